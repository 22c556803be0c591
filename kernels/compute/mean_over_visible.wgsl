// mean_over_visible: mean(map) / (mean(visible) + 1e-7) for each of `groups` equal parts of the batch (method, section 4);
// 0 where nothing is visible, whatever rounding has left in the map, which 1e-7 would make a loss of. Terms of a loss each have a
// map, a mask and a weight; total [1, 1, 1, 1] is the sum of all weighted means.
// map [N, C, h, w] with C <= 4, visible [N, 1, H, W], means [terms * groups, 1, 1, 1], weighted; scale, as many = d total / d(sum
// of map).
// Ordered two-pass sums: thread t of a group adds pixels t, t + threads, t + 2 threads, ... (partial_sums, for each term), then one
// thread adds the partial sums, or what trees leave of them on a GPU (sum_partials), in order (finish, for all terms). Both add
// blocks of BLOCK terms first and then the blocks, because losses are compared to seven digits; compensated sums do not help,
// compilers take them for x - x.
// Layout: one vec4 per pixel. backward, for each term: one thread owns one pixel of dmap.

struct Params {
  groups: u32,
  threads: u32, // per group
  map_pixels: u32, // per group
  visible_pixels: u32, // per group
  channels: u32,
  term: u32,
}

struct AllTerms {
  groups: u32,
  threads: u32, // partial sums per group, the same for all terms
  count: u32,
  unused: u32, // arrays begin at multiples of 16 bytes
  terms: array<Term, 12>,
}

struct Term {
  map_pixels: u32, // per group
  visible_pixels: u32, // per group
  channels: u32,
  weight: f32,
}

const BLOCK = 16u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(0) var<uniform> all: AllTerms;
@group(0) @binding(1) var<storage, read> map: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> visible: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> partial_out: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> partial_in: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> total: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> means: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> scale_out: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dtotal: array<vec4<f32>>;
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
  partial_out[params.term * params.groups * params.threads + i] = vec4((sum.x + sum.y) + (sum.z + sum.w), seen, 0.0, 0.0);
}

// Sum of the map and sum of the mask of a group of a term.
fn sums_of(part: u32) -> vec2<f32> {
  var sum = vec2(0.0);
  for (var start = 0u; start < all.threads; start += BLOCK) {
    var block_sum = vec2(0.0);
    for (var thread = start; thread < min(start + BLOCK, all.threads); thread++) {
      block_sum += partial_in[part * all.threads + thread].xy;
    }
    sum += block_sum;
  }
  return sum;
}

@compute @workgroup_size(1)
fn finish() {
  var sum_of_means = 0.0;
  for (var part = 0u; part < all.count * all.groups; part++) {
    let term = all.terms[part / all.groups];
    let sum = sums_of(part);
    let values = f32(term.map_pixels * term.channels);
    let seen = sum.y / f32(term.visible_pixels) + 1e-7;
    let hidden = sum.y == 0.0;
    let mean = select(term.weight * (sum.x / values / seen), 0.0, hidden);
    means[part] = vec4(mean, 0.0, 0.0, 0.0);
    scale_out[part] = vec4(select(term.weight / (values * seen), 0.0, hidden), 0.0, 0.0, 0.0);
    sum_of_means += mean;
  }
  total[0] = vec4(sum_of_means, 0.0, 0.0, 0.0);
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.groups * params.map_pixels) { return; }
  let part = params.term * params.groups + i / params.map_pixels;
  let logical = vec4(0u, 1u, 2u, 3u) < vec4(params.channels);
  dmap[i] = select(vec4(0.0), vec4(dtotal[0].x * scale_in[part].x), logical);
}
