// mean_over_visible: mean(map) / (mean(visible) + 1e-7) for each of `groups` equal parts of the batch (method, section 4);
// 0 where nothing is visible, whatever rounding has left in the map, which 1e-7 would make a loss of.
// map [N, C, h, w] with C <= 4, visible [N, 1, H, W], mean [groups, 1, 1, 1]; scale [groups] = d mean / d(sum of map).
// Ordered two-pass sums: thread t of a group adds pixels t, t + threads, t + 2 threads, ... (partial_sums), then one thread
// per group adds the partial sums, or what trees leave of them on a GPU (sum_partials), in order (finish). Both add blocks
// of BLOCK terms first and then the blocks, because losses are compared to seven digits; compensated sums do not help,
// compilers take them for x - x.
// Layout: one vec4 per pixel. backward: one thread owns one pixel of dmap.

struct Params {
  groups: u32,
  threads: u32, // per group
  map_pixels: u32, // per group
  visible_pixels: u32, // per group
  channels: u32,
}

const BLOCK = 16u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> map: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> visible: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial_out: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> partial_in: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> mean: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> scale_out: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dmean: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> scale_in: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dmap: array<vec4<f32>>;

@compute @workgroup_size(64)
fn partial_sums(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.groups * params.threads) { return; }
  let group = i / params.threads;
  let thread = i % params.threads;
  let block = BLOCK * params.threads;
  var sum = vec4(0.0);
  for (var start = thread; start < params.map_pixels; start += block) {
    var block_sum = vec4(0.0);
    for (var pixel = start; pixel < min(start + block, params.map_pixels); pixel += params.threads) {
      block_sum += map[group * params.map_pixels + pixel];
    }
    sum += block_sum;
  }
  var seen = 0.0;
  for (var start = thread; start < params.visible_pixels; start += block) {
    var block_seen = 0.0;
    for (var pixel = start; pixel < min(start + block, params.visible_pixels); pixel += params.threads) {
      block_seen += visible[group * params.visible_pixels + pixel].x;
    }
    seen += block_seen;
  }
  partial_out[i] = vec4((sum.x + sum.y) + (sum.z + sum.w), seen, 0.0, 0.0);
}

@compute @workgroup_size(64)
fn finish(@builtin(global_invocation_id) id: vec3<u32>) {
  let group = id.x;
  if (group >= params.groups) { return; }
  var sum = vec2(0.0);
  for (var start = 0u; start < params.threads; start += BLOCK) {
    var block_sum = vec2(0.0);
    for (var thread = start; thread < min(start + BLOCK, params.threads); thread++) {
      block_sum += partial_in[group * params.threads + thread].xy;
    }
    sum += block_sum;
  }
  if (sum.y == 0.0) {
    mean[group] = vec4(0.0);
    scale_out[group] = vec4(0.0);
    return;
  }
  let terms = f32(params.map_pixels * params.channels);
  let seen = sum.y / f32(params.visible_pixels) + 1e-7;
  mean[group] = vec4(sum.x / terms / seen, 0.0, 0.0, 0.0);
  scale_out[group] = vec4(1.0 / (terms * seen), 0.0, 0.0, 0.0);
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.groups * params.map_pixels) { return; }
  let group = i / params.map_pixels;
  let logical = vec4(0u, 1u, 2u, 3u) < vec4(params.channels);
  dmap[i] = select(vec4(0.0), vec4(dmean[group].x * scale_in[group].x), logical);
}
