// smoothness: sum over both directions d of factor_d * sum over pixels and components of w_d * phi(D_d flow / side), with
// D the forward difference (order 1) or the second difference (order 2), w_d = exp(-edge_alpha mean_RGB |first forward
// difference of the image|) taken at the term's start (order 1) or one pixel further (order 2), phi(x) one of
//   l1          |x|
//   charbonnier sqrt(x^2 + 0.01^2)
//   huber       x^2 / (2 0.01) where |x| <= 0.01, |x| - 0.01 / 2 beyond
// A term exists where all its pixels do; factor_d holds the mean over them.
// Shapes: flow and its gradient [N, 2, H, W], image [N, 3, H, W], one vec4 per pixel.
// forward: one thread owns one partial sum; backward: one thread owns one pixel and gathers the terms that contain it.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  order: u32,
  penalty: u32, // CHARBONNIER, HUBER, or l1
  partials: u32, // invocations of forward
  edge_alpha: f32,
  inverse_side: f32,
  factor_x: f32,
  factor_y: f32,
}

const CHARBONNIER = 1u;
const HUBER = 2u;
const EPSILON_SQUARED = 1e-4;
const DELTA = 0.01;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partials: array<f32>;
@group(0) @binding(3) var<storage, read> d_loss: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> d_flow: array<vec4<f32>>;

// A direction is the distance of neighbours: 1 along x, the width along y.

// Edge weight of the term that starts at a pixel.
fn weight(start: u32, stride: u32) -> f32 {
  let pixel = start + (params.order - 1u) * stride;
  let change = abs(image[pixel + stride].xyz - image[pixel].xyz);
  return exp(-params.edge_alpha * (change.x + change.y + change.z) / 3.0);
}

// Difference of the term that starts at a pixel, divided by the side.
fn difference(start: u32, stride: u32) -> vec2<f32> {
  let next = flow[start + stride].xy;
  let near = next - flow[start].xy;
  if (params.order == 1u) { return params.inverse_side * near; }
  return params.inverse_side * ((flow[start + 2u * stride].xy - next) - near);
}

fn term(start: u32, stride: u32) -> f32 {
  let change = difference(start, stride);
  var penalty = abs(change);
  if (params.penalty == CHARBONNIER) { penalty = sqrt(change * change + EPSILON_SQUARED); }
  if (params.penalty == HUBER) {
    penalty = select(penalty - 0.5 * DELTA, change * change / (2.0 * DELTA), penalty <= vec2(DELTA));
  }
  return weight(start, stride) * (penalty.x + penalty.y);
}

// Derivative of a term by its difference, before the division by the side.
fn slope(start: u32, stride: u32) -> vec2<f32> {
  let change = difference(start, stride);
  var derivative = sign(change);
  if (params.penalty == CHARBONNIER) { derivative = change / sqrt(change * change + EPSILON_SQUARED); }
  if (params.penalty == HUBER) { derivative = clamp(change / DELTA, vec2(-1.0), vec2(1.0)); }
  return weight(start, stride) * derivative;
}

// Factor of the pixel `steps` after the start in a difference: -1, 1 or 1, -2, 1.
fn coefficient(steps: u32) -> f32 {
  if (params.order == 1u) { return select(-1.0, 1.0, steps == 1u); }
  return select(1.0, -2.0, steps == 1u);
}

// Derivative of one direction's terms by the flow at a pixel, `place` of `side` along that direction.
fn gather(pixel: u32, place: u32, side: u32, stride: u32) -> vec2<f32> {
  var sum = vec2(0.0);
  for (var steps = 0u; steps <= params.order; steps++) {
    if (place >= steps && place - steps + params.order < side) {
      sum += coefficient(steps) * slope(pixel - steps * stride, stride);
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.partials) { return; }
  var sum = vec2(0.0);
  for (var i = id.x; i < params.batch * params.height * params.width; i += params.partials) {
    if (i % params.width + params.order < params.width) { sum.x += term(i, 1u); }
    if ((i / params.width) % params.height + params.order < params.height) { sum.y += term(i, params.width); }
  }
  partials[id.x] = params.factor_x * sum.x + params.factor_y * sum.y;
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.height * params.width) { return; }
  let along_x = gather(i, i % params.width, params.width, 1u);
  let along_y = gather(i, (i / params.width) % params.height, params.height, params.width);
  let sum = params.factor_x * along_x + params.factor_y * along_y;
  d_flow[i] = vec4(d_loss[0].x * params.inverse_side * sum, 0.0, 0.0);
}
