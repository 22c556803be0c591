// occlusion_splat: coverage[p] = sum over all pixels q of the bilinear share that q + flow(q) has in p, corners outside
// dropped one by one; visible = 1 where min(coverage, 1) >= threshold. Flow i lands on image (i + partner) mod N; partner is 0 or
// N / 2, for directions of the same pairs.
// Shapes: flow [N, 2, H, W], coverage and visible [N, 1, H, W], one vec4 per pixel.
// The sum is an integer, so the order of additions does not matter: shares in units of 2^-30, 64 bits in two words,
// the upper one counting the overflows of the lower; finish leaves them 0, as the next scatter needs them. scatter: one thread owns
// one source pixel; finish: one thread owns one target pixel.

struct Params {
  batch: i32,
  height: i32,
  width: i32,
  threshold: f32,
  partner: i32, // images from a flow's to the one that it lands on
}

const UNITS = 1073741824.0; // 2^30
// Displacements beyond this, and those that are not numbers, land nowhere; below it cells fit an i32.
const FARTHEST = 1048576.0;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> counters: array<atomic<u32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec2<u32>>;
@group(0) @binding(2) var<storage, read_write> coverage: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> visible: array<vec4<f32>>;

fn add(image: i32, y: i32, x: i32, share: f32) {
  if (y < 0 || y >= params.height || x < 0 || x >= params.width) { return; }
  let units = u32(round(share * UNITS));
  let cell = 2u * u32((image * params.height + y) * params.width + x);
  let before = atomicAdd(&counters[cell], units);
  if (before + units < before) { atomicAdd(&counters[cell + 1u], 1u); }
}

@compute @workgroup_size(64)
fn scatter(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= u32(params.batch * params.height * params.width)) { return; }
  let moved = flow[i].xy;
  if (!(abs(moved.x) < FARTHEST && abs(moved.y) < FARTHEST)) { return; }
  let row = i32(i) / params.width;
  let image = (row / params.height + params.partner) % params.batch;
  // The fraction comes from the displacement alone: adding the pixel's place first would round it.
  let whole = floor(moved);
  let right = moved - whole;
  let left = 1.0 - right;
  let x = i32(i) % params.width + i32(whole.x);
  let y = row % params.height + i32(whole.y);
  add(image, y, x, left.y * left.x);
  add(image, y, x + 1, left.y * right.x);
  add(image, y + 1, x, right.y * left.x);
  add(image, y + 1, x + 1, right.y * right.x);
}

@compute @workgroup_size(64)
fn finish(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= u32(params.batch * params.height * params.width)) { return; }
  let sum = sums[i];
  sums[i] = vec2(0u);
  let covered = f32(sum.y) * 4.0 + f32(sum.x) / UNITS;
  coverage[i] = vec4(covered, 0.0, 0.0, 0.0);
  visible[i] = vec4(select(0.0, 1.0, min(covered, 1.0) >= params.threshold), 0.0, 0.0, 0.0);
}
