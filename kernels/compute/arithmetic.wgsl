// arithmetic: add: out = scale_a * a + scale_b * b; scale: out = scale_a * a; copy: out = a; element by element.
// Shapes: any, as vec4; one thread owns one vec4 of the output.

struct Params {
  count: u32, // vec4 of the output
  scale_a: f32,
  scale_b: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> sum: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;

fn index_of(id: vec3<u32>, groups: vec3<u32>) -> u32 {
  return id.y * (groups.x * 64u) + id.x;
}

@compute @workgroup_size(64)
fn add(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = index_of(id, groups);
  if (i >= params.count) { return; }
  sum[i] = params.scale_a * a[i] + params.scale_b * b[i];
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
