// normalise_features_tree: normalise_features (see there for the formulas) for GPUs: sums by whole workgroups, in trees.
// A sample's vec4 are shared by `parts` workgroups of 256 threads, each a run of neighbouring ones; thread t of a workgroup
// takes the vec4 t, t + 256, ... of its run. combine: one workgroup for each sample, one thread for each part, of which there
// are at most 256. Means and squared deviations are combined by Chan, Golub and LeVeque (1983), in pairs.
// gradient_sums leaves (sum of g, sum of g * out, 0, 0) of each part, which sum_partials adds.
// Layout: [N, H, W, slots] as vec4; padding stays 0. normalise, gradient: one thread owns one vec4.

override REVERSED: bool = false; // turns the order of the threads, which changes no bit

struct Params {
  batch: u32, // samples of each map
  vectors: u32, // of a sample: H * W * slots
  slots: u32, // vec4 per pixel
  channels: u32, // C, without padding
  parts: u32, // of a sample
  run: u32, // vec4 of a part; the last one may have fewer
  epsilon: f32,
}

struct Moments {
  count: f32,
  mean: f32,
  deviations: f32,
}

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> first: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> second: array<vec4<f32>>;
// Count, mean, sum of squared deviations of each part.
@group(0) @binding(3) var<storage, read_write> written_moments: array<vec4<f32>>;

@group(0) @binding(1) var<storage, read> moments: array<vec4<f32>>;
// Mean and 1 / sqrt(variance + epsilon) of each sample.
@group(0) @binding(2) var<storage, read_write> written_scales: array<vec2<f32>>;

@group(0) @binding(3) var<storage, read> scales: array<vec2<f32>>;
@group(0) @binding(4) var<storage, read_write> first_result: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> second_result: array<vec4<f32>>;

// Backward, first and second are the gradients of the normalised maps.
@group(0) @binding(3) var<storage, read> first_normalised: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> second_normalised: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> written_sums: array<vec4<f32>>;

@group(0) @binding(5) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> given_scales: array<vec2<f32>>;
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

const THREADS = 256u;
var<workgroup> tree: array<vec2<f32>, THREADS>;
var<workgroup> merged: array<Moments, THREADS>;

// 1 for the logical channels of the slot that a vec4 of a sample is, 0 for padding.
fn mask_of(vector: u32) -> vec4<f32> {
  let channel = 4u * (vector % params.slots);
  return select(vec4(0.0), vec4(1.0), vec4(channel) + vec4(0u, 1u, 2u, 3u) < vec4(params.channels));
}

// First and one past the last vec4, of its sample, that a part takes.
fn run_of(part: u32) -> vec2<u32> {
  let start = min(part * params.run, params.vectors);
  return vec2(start, min(start + params.run, params.vectors));
}

// The sum over all threads of a workgroup, for all of them.
fn add_up(thread: u32, own: vec2<f32>) -> vec2<f32> {
  tree[thread] = own;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { tree[thread] += tree[thread + half]; }
  }
  workgroupBarrier();
  return tree[0];
}

@compute @workgroup_size(THREADS)
fn statistics(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let thread = select(index, THREADS - 1u - index, REVERSED);
  let run = run_of(group.x);
  let base = group.y % params.batch * params.vectors;
  var own = vec2(0.0); // sum and count
  for (var i = run.x + thread; i < run.y; i += THREADS) {
    own += vec2(dot(source(group.y, base + i), vec4(1.0)), dot(mask_of(i), vec4(1.0)));
  }
  let both = add_up(thread, own);
  let mean = both.x / max(both.y, 1.0);
  workgroupBarrier();
  var deviations = 0.0;
  for (var i = run.x + thread; i < run.y; i += THREADS) {
    let deviation = mask_of(i) * (source(group.y, base + i) - mean);
    deviations += dot(deviation, deviation);
  }
  let squares = add_up(thread, vec2(deviations, 0.0)).x;
  if (thread == 0u) {
    written_moments[group.y * params.parts + group.x] = vec4(both.y, mean, squares, 0.0);
  }
}

fn merge(a: Moments, b: Moments) -> Moments {
  let count = a.count + b.count;
  let share = b.count / max(count, 1.0);
  let step = b.mean - a.mean;
  return Moments(count, a.mean + step * share, a.deviations + b.deviations + step * step * (a.count * share));
}

@compute @workgroup_size(THREADS)
fn combine(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let thread = select(index, THREADS - 1u - index, REVERSED);
  let part = moments[group.x * params.parts + min(thread, params.parts - 1u)];
  let own = Moments(part.x, part.y, part.z);
  if (thread < params.parts) { merged[thread] = own; } else { merged[thread] = Moments(0.0, 0.0, 0.0); }
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { merged[thread] = merge(merged[thread], merged[thread + half]); }
  }
  if (thread == 0u) {
    let all = merged[0];
    written_scales[group.x] = vec2(all.mean, 1.0 / sqrt(all.deviations / all.count + params.epsilon));
  }
}

@compute @workgroup_size(THREADS)
fn normalise(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * THREADS) + id.x;
  let sample = i / params.vectors;
  if (sample >= 2u * params.batch) { return; }
  let at = i % (params.batch * params.vectors);
  let scale = scales[sample];
  let value = mask_of(at) * (source(sample, at) - scale.x) * scale.y;
  if (sample < params.batch) { first_result[at] = value; } else { second_result[at] = value; }
}

@compute @workgroup_size(THREADS)
fn gradient_sums(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let thread = select(index, THREADS - 1u - index, REVERSED);
  let run = run_of(group.x);
  let base = group.y % params.batch * params.vectors;
  var own = vec2(0.0);
  for (var i = run.x + thread; i < run.y; i += THREADS) {
    let g = source(group.y, base + i);
    own += vec2(dot(g, vec4(1.0)), dot(g, normalised(group.y, base + i)));
  }
  let both = add_up(thread, own);
  if (thread == 0u) { written_sums[group.y * params.parts + group.x] = vec4(both, 0.0, 0.0); }
}

@compute @workgroup_size(THREADS)
fn gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * THREADS) + id.x;
  let sample = i / params.vectors;
  if (sample >= 2u * params.batch) { return; }
  let at = i % (params.batch * params.vectors);
  let means = sums[sample].xy / (f32(params.vectors / params.slots) * f32(params.channels));
  let scale = given_scales[sample].y;
  let value = mask_of(at) * scale * (source(sample, at) - means.x - normalised(sample, at) * means.y);
  if (sample < params.batch) { dfirst[at] = value; } else { dsecond[at] = value; }
}
