// second_pass_loss: mean((|prediction - target| + epsilon)^q * mask) / (mean(mask) + 1e-7), the first mean over
// [N, 2, H, W], the second over [N, 1, H, W] (method, section 6).
// d_prediction = d_loss * q (|d| + epsilon)^(q - 1) sign(d) mask / (2 N H W (mean(mask) + 1e-7)), d = prediction - target.
// Layout: one vec4 per pixel. partial_sums: one thread sums the pixels part, part + parts, ...; finish: one thread adds
// the partial sums in order; gradient: one thread owns one pixel.

struct Params {
  pixels: u32, // N * H * W
  parts: u32,
  epsilon: f32,
  exponent: f32,
}

const TINY = 1e-7;

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> prediction: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> wanted: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> mask: array<vec4<f32>>;
// Sums of the masked penalty and of the mask.
@group(0) @binding(4) var<storage, read_write> written_sums: array<vec2<f32>>;

@group(0) @binding(1) var<storage, read> sums: array<vec2<f32>>;
@group(0) @binding(2) var<storage, read_write> loss: array<vec4<f32>>;
// 1 / (2 N H W (mean(mask) + 1e-7)).
@group(0) @binding(3) var<storage, read_write> written_factor: array<f32>;

@group(0) @binding(4) var<storage, read> factor: array<f32>;
@group(0) @binding(5) var<storage, read> d_loss: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> d_prediction: array<vec4<f32>>;

// base^exponent for base >= 0; 0 for 0, whatever the exponent.
fn power(base: vec2<f32>, exponent: f32) -> vec2<f32> {
  if (exponent == 0.0) { return select(vec2(0.0), vec2(1.0), base > vec2(0.0)); }
  if (exponent == 1.0) { return base; }
  let positive = base > vec2(0.0);
  return select(vec2(0.0), pow(select(vec2(1.0), base, positive), vec2(exponent)), positive);
}

@compute @workgroup_size(8)
fn partial_sums(@builtin(global_invocation_id) id: vec3<u32>) {
  let part = id.x;
  if (part >= params.parts) { return; }
  var sum = vec2(0.0);
  for (var pixel = part; pixel < params.pixels; pixel += params.parts) {
    let visible = mask[pixel].x;
    let penalty = power(abs(prediction[pixel].xy - wanted[pixel].xy) + params.epsilon, params.exponent);
    sum += vec2((penalty.x + penalty.y) * visible, visible);
  }
  written_sums[part] = sum;
}

@compute @workgroup_size(1)
fn finish() {
  var sum = vec2(0.0);
  for (var part = 0u; part < params.parts; part++) {
    sum += sums[part];
  }
  let values = 2.0 * f32(params.pixels);
  let visible = sum.y / f32(params.pixels) + TINY;
  loss[0] = vec4(sum.x / values / visible, 0.0, 0.0, 0.0);
  written_factor[0] = 1.0 / values / visible;
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.pixels) { return; }
  let difference = prediction[pixel].xy - wanted[pixel].xy;
  let slope = params.exponent * power(abs(difference) + params.epsilon, params.exponent - 1.0);
  let scale = d_loss[0].x * factor[0] * mask[pixel].x;
  d_prediction[pixel] = vec4(scale * slope * sign(difference), 0.0, 0.0);
}
