// weighted_median: what medians of flow over neighbours that look alike are made of; weighted_median.ts writes their kernels, one for
// each neighbourhood, below this.
//   gather     for each pixel of the band u and v, in whole numbers in the order of the floats, its colours, and whether it is hidden
// Flows are those of a band of rows of the pictures; neighbours beyond it do not count. One thread owns one pixel.

struct Params {
  width: u32,
  rows: u32, // of the band
}

// Difference of colours, summed over three, at which a neighbour counts half.
const HALVING = 21u;
const LARGEST_LIKENESS = 32768u;

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> flow: array<vec2<u32>>; // bits of floats
@group(0) @binding(2) var<storage, read> features: array<vec2<u32>>; // as in propagation.wgsl
@group(0) @binding(3) var<storage, read> hidden: array<u32>;
@group(0) @binding(4) var<storage, read> place: array<u32>; // row of the window where the band begins
@group(0) @binding(5) var<storage, read_write> gathered_out: array<vec4<u32>>;

fn ordered(bits: vec2<u32>) -> vec2<u32> {
  return bits ^ select(vec2(1u << 31u), vec2(~0u), bits >= vec2(1u << 31u));
}

@compute @workgroup_size(64)
fn gather(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.width) { return; }
  let i = id.y * params.width + id.x;
  let colours = features[(place[0] + id.y) * params.width + id.x].x;
  gathered_out[i] = vec4(ordered(flow[i]), colours, hidden[i]);
}

@group(0) @binding(1) var<storage, read> gathered: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read_write> flow_out: array<vec2<u32>>;

fn floats(key: vec2<u32>) -> vec2<u32> {
  return key ^ select(vec2(~0u), vec2(1u << 31u), key >= vec2(1u << 31u));
}

struct Neighbour {
  x: u32,
  y: u32,
  colours: u32,
  hidden: bool,
  exists: bool,
}

// Halved again and again, in straight lines between; of what is nothing like it a little is left.
fn likeness(colours1: u32, colours2: u32) -> u32 {
  let a = (vec3(colours1) >> vec3(0u, 8u, 16u)) & vec3(255u);
  let b = (vec3(colours2) >> vec3(0u, 8u, 16u)) & vec3(255u);
  let apart = max(a, b) - min(a, b);
  let difference = apart.x + apart.y + apart.z;
  let halved = LARGEST_LIKENESS >> min(difference / HALVING, 15u);
  return max(1u, halved * (2u * HALVING - difference % HALVING) / (2u * HALVING));
}

fn neighbour(x: u32, y: u32, dx: i32, dy: i32) -> Neighbour {
  let there = vec2<i32>(vec2(x, y)) + vec2(dx, dy);
  let exists = all(there >= vec2(0)) && all(there < vec2<i32>(vec2(params.width, params.rows)));
  let found = gathered[select(0u, u32(there.y) * params.width + u32(there.x), exists)];
  return Neighbour(found.x, found.y, found.z, found.w != 0u, exists);
}

fn weight(own: Neighbour, other: Neighbour, nearness: u32, if_seen: bool) -> u32 {
  return select(0u, nearness * likeness(own.colours, other.colours), other.exists && !(if_seen && other.hidden));
}
