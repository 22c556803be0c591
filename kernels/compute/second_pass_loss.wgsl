// second_pass_loss: map = (|prediction - target| + epsilon)^q * mask, [N, 2, H, W] and [N, 1, H, W] (method, section 6);
// backward: dprediction = dmap * q (|d| + epsilon)^(q - 1) sign(d) * mask with d = prediction - target.
// Layout: one vec4 per pixel; one thread owns one pixel.

struct Params {
  pixels: u32, // N * H * W
  epsilon: f32,
  exponent: f32, // q
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> prediction: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> wanted: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mask: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> map: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dmap: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dprediction: array<vec4<f32>>;

// base^exponent for a base > 0; 0 for the base 0, whatever the exponent.
fn power(base: vec2<f32>, exponent: f32) -> vec2<f32> {
  let positive = base > vec2(0.0);
  return select(vec2(0.0), pow(select(vec2(1.0), base, positive), vec2(exponent)), positive);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.pixels) { return; }
  let base = abs(prediction[pixel].xy - wanted[pixel].xy) + params.epsilon;
  var penalty = base;
  if (params.exponent != 1.0) { penalty = power(base, params.exponent); }
  map[pixel] = vec4(penalty * mask[pixel].x, 0.0, 0.0);
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.pixels) { return; }
  let difference = prediction[pixel].xy - wanted[pixel].xy;
  let slope = params.exponent * power(abs(difference) + params.epsilon, params.exponent - 1.0);
  dprediction[pixel] = vec4(dmap[pixel].xy * slope * sign(difference) * mask[pixel].x, 0.0, 0.0);
}
