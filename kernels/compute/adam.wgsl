// adam: one step of Adam with coupled (L2) weight decay (method, section 7; Kingma & Ba 2015), in place:
//   g = clip * gradient + decay * p;  m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g g;
//   p = p - step_size * m / (sqrt(v) * root_correction + epsilon),
// step_size = learning rate / (1 - beta1^t), root_correction = 1 / sqrt(1 - beta2^t).
// All buffers are flat, weights before biases; padding stays 0, because its gradient is 0.
// One thread owns one vec4 of values and both moments.

struct Params {
  count: u32, // vec4 of all parameters
  weights: u32, // vec4 of the weights
  weight_decay: f32,
  bias_decay: f32,
  beta1: f32,
  beta1_rest: f32, // 1 - beta1, rounded from more digits than beta1 has here
  beta2: f32,
  beta2_rest: f32,
  epsilon: f32,
}

// What changes from step to step.
struct Step {
  step_size: f32,
  root_correction: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> step: Step;
@group(0) @binding(3) var<storage, read> clip_factor: f32;
@group(0) @binding(4) var<storage, read_write> values: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> first_moments: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> second_moments: array<vec4<f32>>;

@compute @workgroup_size(64)
fn update(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  let value = values[i];
  let decay = select(params.bias_decay, params.weight_decay, i < params.weights);
  let gradient = clip_factor * gradients[i] + decay * value;
  let first = params.beta1 * first_moments[i] + params.beta1_rest * gradient;
  let second = params.beta2 * second_moments[i] + params.beta2_rest * gradient * gradient;
  first_moments[i] = first;
  second_moments[i] = second;
  values[i] = value - step.step_size * first / (sqrt(second) * step.root_correction + params.epsilon);
}
