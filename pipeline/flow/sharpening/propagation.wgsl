// propagation: each pixel tries another flow, that of a neighbour (dx, dy) away or its own changed by (du, dv), and takes it where
// its surroundings match better by it.
//   features   colours and slopes of a picture: brightness (ITU-R BT.601, whole), then Sobel's sums along x and y; beyond the
//              border, the nearest pixel
//   keep       flows as they are before a round of tries
//   mismatch   of the flow that is tried: difference of colours and of slopes to where it leads, bilinear, each limited
//   begin      sums over the square of 2 RADIUS + 1 pixels around each pixel, as far as it lies inside: what its own flow costs
//   choose     the same for the flow that is tried, which is taken where it costs less
// Costs are whole numbers, so that every device chooses the same: places are rounded to 1 / STEPS of a pixel, where the weights of
// four pixels are whole numbers that add up to STEPS^2, and all sums of them lie below 2^24, which floats hold exactly. Flows are
// floats, and a change of one is a single sum.
// A picture is one u32 a pixel, its colours from the lowest byte up; features are that and two i16. Of the pictures there is a
// window of rows, and in it a band of rows, of which flows, mismatches and costs are; the latter two are u16, since no sum over a
// square is larger, four along x in a vec2<u32>, beyond the last pixel 0. One thread owns a pixel of features and of what is kept,
// four in a row of mismatches, and four rows of these of costs.

struct Params {
  width: u32,
  height: u32, // of the window
  rows: u32, // of the band
  dx: i32,
  dy: i32,
  du: i32, // in 1 / STEPS of a pixel
  dv: i32,
  least_gain: u32, // in the mean over the square, in units
}

const RADIUS = 3; // written out in the sums
const STEPS = 64;
// A level of 0 to 255 of the colours' mean counts a quarter of a level of brightness along both axes, which counts so many units.
const UNITS = 192;
// Beyond these, a difference is no match at all.
const MOST_COLOUR = 10 * UNITS / 4;
const MOST_SLOPE = 4 * UNITS;
const FARTHEST = 1048576.0; // beyond any picture, in pixels

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> picture: array<u32>;
@group(0) @binding(2) var<storage, read_write> features_out: array<vec2<u32>>;

fn brightness(x: i32, y: i32) -> i32 {
  let inside = clamp(vec2(x, y), vec2(0), vec2(i32(params.width), i32(params.height)) - 1);
  let pixel = picture[u32(inside.y) * params.width + u32(inside.x)];
  return i32((299u * (pixel & 255u) + 587u * ((pixel >> 8u) & 255u) + 114u * ((pixel >> 16u) & 255u) + 500u) / 1000u);
}

@compute @workgroup_size(64)
fn features(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.width) { return; }
  let x = i32(id.x);
  let y = i32(id.y);
  let a = brightness(x - 1, y - 1);
  let b = brightness(x, y - 1);
  let c = brightness(x + 1, y - 1);
  let d = brightness(x - 1, y);
  let e = brightness(x + 1, y);
  let f = brightness(x - 1, y + 1);
  let g = brightness(x, y + 1);
  let h = brightness(x + 1, y + 1);
  let along_x = bitcast<u32>(c + 2 * e + h - a - 2 * d - f);
  let along_y = bitcast<u32>(f + 2 * g + h - a - 2 * b - c);
  let i = id.y * params.width + id.x;
  features_out[i] = vec2(picture[i], (along_x & 65535u) | (along_y << 16u));
}

@group(0) @binding(1) var<storage, read> flow_in: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> kept: array<vec2<f32>>;

@compute @workgroup_size(64)
fn keep(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.width) { return; }
  let i = id.y * params.width + id.x;
  kept[i] = flow_in[i];
}

@group(0) @binding(1) var<storage, read> before: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read> features1: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> features2: array<vec2<u32>>;
@group(0) @binding(4) var<storage, read> place: array<u32>; // row of the window where the band begins
@group(0) @binding(5) var<storage, read_write> mismatches: array<vec2<u32>>;

// Where it is beyond the border, the nearest pixel.
fn neighbour_of(x: u32, y: u32) -> u32 {
  let last = vec2(i32(params.width), i32(params.rows)) - 1;
  let there = clamp(vec2(i32(x) + params.dx, i32(y) + params.dy), vec2(0), last);
  return u32(there.y) * params.width + u32(there.x);
}

// In steps from the top left pixel of the window, where the flow leads.
fn lead(x: u32, y: u32, flow: vec2<f32>) -> vec2<i32> {
  return STEPS * vec2(i32(x), i32(y)) + vec2<i32>(round(f32(STEPS) * clamp(flow, vec2(-FARTHEST), vec2(FARTHEST))));
}

fn changed(flow: vec2<f32>) -> vec2<f32> {
  return flow + vec2(f32(params.du), f32(params.dv)) * (1.0 / f32(STEPS));
}

fn is_inside(at: vec2<i32>) -> bool {
  return all(at >= vec2(0)) && all(at <= STEPS * (vec2(i32(params.width), i32(params.height)) - 1));
}

fn colours(feature: vec2<u32>) -> vec3<f32> {
  return vec3<f32>((vec3(feature.x) >> vec3(0u, 8u, 16u)) & vec3(255u));
}

fn slopes(feature: vec2<u32>) -> vec2<f32> {
  return vec2<f32>(vec2(bitcast<i32>(feature.y << 16u), bitcast<i32>(feature.y)) >> vec2(16u));
}

fn mismatch_at(x: u32, y: u32, first: u32) -> u32 {
  let at = lead(x, first + y, changed(before[neighbour_of(x, y)]));
  if (x >= params.width) { return 0u; }
  if (!is_inside(at)) { return u32(MOST_COLOUR + MOST_SLOPE); }
  let left = vec2<u32>(at) / u32(STEPS);
  let part = vec2<f32>(vec2<u32>(at) % u32(STEPS));
  let rest = f32(STEPS) - part;
  let a = left.y * params.width + left.x;
  let right = select(0u, 1u, left.x + 1u < params.width);
  let below = select(0u, params.width, left.y + 1u < params.height);
  let here = features1[(first + y) * params.width + x];
  let fa = features2[a];
  let fb = features2[a + right];
  let fc = features2[a + below];
  let fd = features2[a + below + right];
  let wa = rest.x * rest.y;
  let wb = part.x * rest.y;
  let wc = rest.x * part.y;
  let wd = part.x * part.y;
  let whole = f32(STEPS * STEPS);
  let colour = abs(whole * colours(here) - wa * colours(fa) - wb * colours(fb) - wc * colours(fc) - wd * colours(fd));
  let slope = abs(whole * slopes(here) - wa * slopes(fa) - wb * slopes(fb) - wc * slopes(fc) - wd * slopes(fd));
  // The mean of three colours, and Sobel's sums, which are eight times the derivative.
  let colour_units = u32(colour.x + colour.y + colour.z) * u32(UNITS / 12) / u32(STEPS * STEPS);
  let slope_units = u32(slope.x + slope.y) * u32(UNITS / 8) / u32(STEPS * STEPS);
  return min(colour_units, u32(MOST_COLOUR)) + min(slope_units, u32(MOST_SLOPE));
}

// Of a row, fours of pixels.
fn quads() -> u32 {
  return (params.width + 3u) / 4u;
}

fn packed(values: vec4<u32>) -> vec2<u32> {
  return values.xz | (values.yw << vec2(16u));
}

fn unpacked(pairs: vec2<u32>) -> vec4<u32> {
  return vec4(pairs.x & 65535u, pairs.x >> 16u, pairs.y & 65535u, pairs.y >> 16u);
}

@compute @workgroup_size(64)
fn mismatch(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= quads()) { return; }
  let x = 4u * id.x;
  let first = place[0];
  mismatches[id.y * quads() + id.x] = packed(vec4(
    mismatch_at(x, id.y, first),
    mismatch_at(x + 1u, id.y, first),
    mismatch_at(x + 2u, id.y, first),
    mismatch_at(x + 3u, id.y, first),
  ));
}

@group(0) @binding(1) var<storage, read> summands: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> first_costs: array<vec2<u32>>;

// Sums of seven, the middle ones of which are four in a row.
fn along_x(quad: u32, y: i32) -> vec4<u32> {
  if (y < 0 || y >= i32(params.rows)) { return vec4(0u); }
  let i = u32(y) * quads() + quad;
  let here = unpacked(summands[i]);
  var left = vec4(0u);
  var right = vec4(0u);
  if (quad > 0u) { left = unpacked(summands[i - 1u]); }
  if (quad + 1u < quads()) { right = unpacked(summands[i + 1u]); }
  let a = left.y + left.z + left.w + here.x + here.y + here.z + here.w;
  let b = a + right.x - left.y;
  let c = b + right.y - left.z;
  return vec4(a, b, c, c + right.z - left.w);
}

// Of four rows, from the square's sums of the first one on.
fn costs_of(quad: u32, y: i32) -> array<vec4<u32>, 4> {
  let r0 = along_x(quad, y - 3);
  let r1 = along_x(quad, y - 2);
  let r2 = along_x(quad, y - 1);
  let r3 = along_x(quad, y);
  let r4 = along_x(quad, y + 1);
  let r5 = along_x(quad, y + 2);
  let r6 = along_x(quad, y + 3);
  let a = r0 + r1 + r2 + r3 + r4 + r5 + r6;
  let b = a + along_x(quad, y + 4) - r0;
  let c = b + along_x(quad, y + 5) - r1;
  return array(a, b, c, c + along_x(quad, y + 6) - r2);
}

@compute @workgroup_size(64)
fn begin(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= quads()) { return; }
  let y = 4u * id.y;
  let found = costs_of(id.x, i32(y));
  let i = y * quads() + id.x;
  first_costs[i] = packed(found[0]);
  if (y + 1u < params.rows) { first_costs[i + quads()] = packed(found[1]); }
  if (y + 2u < params.rows) { first_costs[i + 2u * quads()] = packed(found[2]); }
  if (y + 3u < params.rows) { first_costs[i + 3u * quads()] = packed(found[3]); }
}

@group(0) @binding(2) var<storage, read> flows_before: array<vec2<f32>>;
@group(0) @binding(3) var<storage, read> place_of_band: array<u32>;
@group(0) @binding(4) var<storage, read_write> flows: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> costs: array<vec2<u32>>;

// How many pixels of the square around one lie inside the band, along one axis.
fn span(at: vec4<u32>, count: u32) -> vec4<u32> {
  let middle = vec4<i32>(at);
  return vec4<u32>(min(middle + RADIUS, vec4(i32(count) - 1)) - max(middle - RADIUS, vec4(0)) + 1);
}

fn choose_in_row(quad: u32, y: u32, cost: vec4<u32>) {
  if (y >= params.rows) { return; }
  let i = y * quads() + quad;
  let x = 4u * quad + vec4(0u, 1u, 2u, 3u);
  let least_gain = params.least_gain * span(x, params.width) * span(vec4(y), params.rows);
  var kept_costs = unpacked(costs[i]);
  let better = (cost + least_gain < kept_costs) & (x < vec4(params.width));
  if (!any(better)) { return; }
  for (var k = 0u; k < 4u; k++) {
    if (!better[k]) { continue; }
    let own = y * params.width + x[k];
    // Where a pixel is to leave the picture, nothing speaks against it: there is nothing to match.
    if (!is_inside(lead(x[k], place_of_band[0] + y, flows[own]))) { continue; }
    kept_costs[k] = cost[k];
    flows[own] = changed(flows_before[neighbour_of(x[k], y)]);
  }
  costs[i] = packed(kept_costs);
}

@compute @workgroup_size(64)
fn choose(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= quads()) { return; }
  let y = 4u * id.y;
  let tried = costs_of(id.x, i32(y));
  choose_in_row(id.x, y, tried[0]);
  choose_in_row(id.x, y + 1u, tried[1]);
  choose_in_row(id.x, y + 2u, tried[2]);
  choose_in_row(id.x, y + 3u, tried[3]);
}
