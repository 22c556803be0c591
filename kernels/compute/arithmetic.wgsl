// arithmetic: add: out = scale_a * a + scale_b * b; scale: out = scale_a * a; copy: out = a; element by element.
// Shapes: any, as vec4; one thread owns one vec4 of the output. That of add may be some slots of every pixel of a buffer.
// add_summands: out = summand_1 + summand_2 + ..., each some slots of every pixel of a buffer, for gradients.

struct Params {
  count: u32, // vec4 of the output
  scale_a: f32,
  scale_b: f32,
  slots: u32, // vec4 per pixel of the output
  out_stride: u32, // vec4 per pixel of its buffer
  out_first: u32, // where the output begins in a pixel
  copy_stride: u32, // the same of a second such buffer (gpu/twice.ts)
  copy_first: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> sum: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;

fn index_of(id: vec3<u32>, groups: vec3<u32>) -> u32 {
  return id.y * (groups.x * 64u) + id.x;
}

fn store_output(pixel: u32, slot: u32, value: vec4<f32>) {
  sum[pixel * params.out_stride + params.out_first + slot] = value;
}

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = index_of(id, groups);
  if (i >= params.count) { return; }
  store_output(i / params.slots, i % params.slots, params.scale_a * a[i] + params.scale_b * b[i]);
}

@compute @workgroup_size(64)
fn scale(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = index_of(id, groups);
  if (i >= params.count) { return; }
  result[i] = params.scale_a * a[i];
}

@compute @workgroup_size(64)
fn copy(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = index_of(id, groups);
  if (i >= params.count) { return; }
  result[i] = a[i];
}

struct Summands {
  count: u32, // vec4 of the output
  slots: u32, // vec4 per pixel of the output
  stride_1: u32, // vec4 per pixel of a summand's buffer
  first_1: u32, // the summand's first vec4 in a pixel
  stride_2: u32,
  first_2: u32,
  stride_3: u32,
  first_3: u32,
  stride_4: u32,
  first_4: u32,
  stride_5: u32,
  first_5: u32,
}

override SUMMANDS: u32 = 1u;

@group(0) @binding(0) var<uniform> summands: Summands;
@group(0) @binding(1) var<storage, read> summand_1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> summand_2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> summand_3: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> summand_4: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> summand_5: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> total: array<vec4<f32>>;

@compute @workgroup_size(64)
fn add_summands(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = index_of(id, groups);
  if (i >= summands.count) { return; }
  let pixel = i / summands.slots;
  let slot = i % summands.slots;
  var value = summand_1[pixel * summands.stride_1 + summands.first_1 + slot];
  if (SUMMANDS > 1u) { value += summand_2[pixel * summands.stride_2 + summands.first_2 + slot]; }
  if (SUMMANDS > 2u) { value += summand_3[pixel * summands.stride_3 + summands.first_3 + slot]; }
  if (SUMMANDS > 3u) { value += summand_4[pixel * summands.stride_4 + summands.first_4 + slot]; }
  if (SUMMANDS > 4u) { value += summand_5[pixel * summands.stride_5 + summands.first_5 + slot]; }
  total[i] = value;
}
