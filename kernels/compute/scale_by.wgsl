// scale_by: out = factor * in, and its gradient: the factor is a number in a buffer, which the host sets before each run.
// Shapes: any, as vec4; one thread owns one vec4 of the output.

struct Params {
  count: u32, // vec4 of the output
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> factor: f32;
@group(0) @binding(2) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;

@compute @workgroup_size(64)
fn scale_by(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  result[i] = factor * source[i];
}
