// normalise_features: out = (x - mean) / sqrt(variance + epsilon), both over the C * H * W logical values of a sample;
// variance biased. Backward, gradients through both: dx = (g - mean(g) - out * mean(g * out)) / sqrt(variance + epsilon).
// Two maps are normalised at once; the samples of the second count on from those of the first.
// Sums are ordered: `parts` threads per sample each take consecutive pixels, then every thread that needs the whole
// combines the parts in order. Means and squared deviations are combined by Chan, Golub and LeVeque (1983), which does
// not subtract large numbers.
// Layout: [N, H, W, slots] as vec4; padding stays 0. statistics, gradient_sums: one thread owns one part of a sample;
// normalise, gradient: PIXELS neighbouring pixels of a sample.

struct Params {
  batch: u32, // samples of each map
  pixels: u32, // H * W
  slots: u32, // vec4 per pixel
  channels: u32, // C, without padding
  parts: u32, // per sample
  epsilon: f32,
}

const PIXELS = 8u;

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> first: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> second: array<vec4<f32>>;
// mean, sum of squared deviations, count of each part.
@group(0) @binding(3) var<storage, read_write> written_moments: array<vec4<f32>>;

@group(0) @binding(3) var<storage, read> moments: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> first_result: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> second_result: array<vec4<f32>>;
// 1 / sqrt(variance + epsilon) of each sample.
@group(0) @binding(6) var<storage, read_write> written_scales: array<f32>;

// Backward, first and second are the gradients of the normalised maps.
@group(0) @binding(3) var<storage, read> first_normalised: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> second_normalised: array<vec4<f32>>;
// Sums of g and of g * out of each part.
@group(0) @binding(5) var<storage, read_write> written_sums: array<vec2<f32>>;

@group(0) @binding(5) var<storage, read> sums: array<vec2<f32>>;
@group(0) @binding(6) var<storage, read> scales: array<f32>;
@group(0) @binding(7) var<storage, read_write> dfirst: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> dsecond: array<vec4<f32>>;

fn source(sample: u32, at: u32) -> vec4<f32> {
  if (sample < params.batch) { return first[at]; }
  return second[at];
}

fn normalised(sample: u32, at: u32) -> vec4<f32> {
  if (sample < params.batch) { return first_normalised[at]; }
  return second_normalised[at];
}

// 1 for the logical channels of a slot, 0 for padding.
fn mask_of(slot: u32) -> vec4<f32> {
  return select(vec4(0.0), vec4(1.0), vec4(4u * slot) + vec4(0u, 1u, 2u, 3u) < vec4(params.channels));
}

fn total(v: vec4<f32>) -> f32 {
  return v.x + v.y + v.z + v.w;
}

// First and one past the last pixel, of all samples of its map, that a part takes.
fn part_of(sample: u32, part: u32) -> vec2<u32> {
  let length = (params.pixels + params.parts - 1u) / params.parts;
  let start = min(part * length, params.pixels);
  return vec2(sample % params.batch * params.pixels) + vec2(start, min(start + length, params.pixels));
}

@compute @workgroup_size(8)
fn statistics(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 8u) + id.x;
  let sample = i / params.parts;
  if (sample >= 2u * params.batch) { return; }
  let range = part_of(sample, i % params.parts);
  let count = f32((range.y - range.x) * params.channels);
  var sum = vec4(0.0);
  for (var at = range.x * params.slots; at < range.y * params.slots; at++) {
    sum += source(sample, at);
  }
  let mean = total(sum) / max(count, 1.0);
  var deviations = 0.0;
  for (var pixel = range.x; pixel < range.y; pixel++) {
    for (var slot = 0u; slot < params.slots; slot++) {
      let deviation = mask_of(slot) * (source(sample, pixel * params.slots + slot) - mean);
      deviations += dot(deviation, deviation);
    }
  }
  written_moments[i] = vec4(mean, deviations, count, 0.0);
}

@compute @workgroup_size(64)
fn normalise(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let threads = (params.pixels + PIXELS - 1u) / PIXELS; // per sample
  let sample = i / threads;
  if (sample >= 2u * params.batch) { return; }
  var mean = 0.0;
  var deviations = 0.0;
  var count = 0.0;
  for (var part = 0u; part < params.parts; part++) {
    let moment = moments[sample * params.parts + part];
    let both = max(count + moment.z, 1.0);
    let step = moment.x - mean;
    mean += step * (moment.z / both);
    deviations += moment.y + step * step * (count * (moment.z / both));
    count += moment.z;
  }
  let scale = 1.0 / sqrt(deviations / count + params.epsilon);
  let first = (i % threads) * PIXELS;
  if (first == 0u) { written_scales[sample] = scale; }
  for (var pixel = first; pixel < min(first + PIXELS, params.pixels); pixel++) {
    for (var slot = 0u; slot < params.slots; slot++) {
      let at = (sample % params.batch * params.pixels + pixel) * params.slots + slot;
      let value = mask_of(slot) * (source(sample, at) - mean) * scale;
      if (sample < params.batch) { first_result[at] = value; } else { second_result[at] = value; }
    }
  }
}

@compute @workgroup_size(8)
fn gradient_sums(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 8u) + id.x;
  let sample = i / params.parts;
  if (sample >= 2u * params.batch) { return; }
  let range = part_of(sample, i % params.parts);
  var plain = vec4(0.0);
  var projected = vec4(0.0);
  for (var at = range.x * params.slots; at < range.y * params.slots; at++) {
    let g = source(sample, at);
    plain += g;
    projected += g * normalised(sample, at);
  }
  written_sums[i] = vec2(total(plain), total(projected));
}

@compute @workgroup_size(64)
fn gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let threads = (params.pixels + PIXELS - 1u) / PIXELS;
  let sample = i / threads;
  if (sample >= 2u * params.batch) { return; }
  var sum = vec2(0.0);
  for (var part = 0u; part < params.parts; part++) {
    sum += sums[sample * params.parts + part];
  }
  let means = sum / f32(params.pixels * params.channels);
  let scale = scales[sample];
  let first = (i % threads) * PIXELS;
  for (var pixel = first; pixel < min(first + PIXELS, params.pixels); pixel++) {
    for (var slot = 0u; slot < params.slots; slot++) {
      let at = (sample % params.batch * params.pixels + pixel) * params.slots + slot;
      let value = mask_of(slot) * scale * (source(sample, at) - means.x - normalised(sample, at) * means.y);
      if (sample < params.batch) { dfirst[at] = value; } else { dsecond[at] = value; }
    }
  }
}
