// unrolled_cost: scale * sum over all elements of sum_{t = 0..T} (q_t - c + beta_t)^2, where q_0 = beta_0 = 0 and
//   q_t = soft(c - beta_{t-1}, threshold),  beta_t = beta_{t-1} + eta (q_t - c).
// soft(d, h) = d - h sign(d) where |d| >= h, else 0; its derivative is 1 where |d| >= h, else 0.
// Every element is independent, so the gradient is carried forward with the iterates: d_q = dq/dc, d_beta = dbeta/dc.
// stop_gradient takes q and beta as constants.
// Shapes: c, its gradient, q and beta [N, C, h, w] as vec4 with zero padding, for which every term is zero.
// residuals: one thread owns one partial sum; backward and iterates: one thread owns one vec4.

struct Params {
  count: u32, // vec4 of c
  partials: u32, // invocations of residuals
  iterations: u32, // T
  stop_gradient: u32,
  threshold: f32, // lambda / rho
  eta: f32,
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<storage, read> d_loss: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> d_c: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> q_out: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> beta_out: array<vec4<f32>>;

// q_t - c from beta_{t-1}. Where q_t is not 0, c cancels; left in, its rounding would outweigh small thresholds.
fn change_to(derivative: vec4<f32>, beta: vec4<f32>) -> vec4<f32> {
  let d = derivative - beta;
  return select(-derivative, -beta - params.threshold * sign(d), abs(d) >= vec4(params.threshold));
}

fn squared_residuals(derivative: vec4<f32>) -> f32 {
  var beta = vec4(0.0);
  var sum = dot(derivative, derivative);
  for (var t = 0u; t < params.iterations; t++) {
    let change = change_to(derivative, beta);
    beta += params.eta * change;
    let residual = change + beta;
    sum += dot(residual, residual);
  }
  return sum;
}

@compute @workgroup_size(64)
fn residuals(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.partials) { return; }
  var sum = 0.0;
  for (var i = id.x; i < params.count; i += params.partials) { sum += squared_residuals(c[i]); }
  partials[id.x] = params.scale * sum;
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  let derivative = c[i];
  let follow = select(1.0, 0.0, params.stop_gradient == 1u);
  var beta = vec4(0.0);
  var d_beta = vec4(0.0);
  var sum = derivative; // t = 0: residual -c, its derivative -1
  for (var t = 0u; t < params.iterations; t++) {
    let kept = abs(derivative - beta) >= vec4(params.threshold);
    let d_q = follow * select(vec4(0.0), 1.0 - d_beta, kept);
    let change = change_to(derivative, beta);
    beta += params.eta * change;
    d_beta += follow * params.eta * (d_q - 1.0);
    sum += (change + beta) * (d_q - 1.0 + d_beta);
  }
  d_c[i] = d_loss[0].x * params.scale * 2.0 * sum;
}

@compute @workgroup_size(64)
fn iterates(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  let derivative = c[i];
  var q = vec4(0.0);
  var beta = vec4(0.0);
  for (var t = 0u; t < params.iterations; t++) {
    let change = change_to(derivative, beta);
    q = derivative + change;
    beta += params.eta * change;
  }
  q_out[i] = q;
  beta_out[i] = beta;
}
