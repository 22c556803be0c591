// weight_average: average = average + rate * (value - average), in place; the rate is a number in a buffer.
// Flat buffers of all parameters, as vec4; one thread owns one vec4 of the average.

struct Params {
  count: u32, // vec4 of all parameters
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> rate: f32;
@group(0) @binding(2) var<storage, read> values: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> average: array<vec4<f32>>;

@compute @workgroup_size(64)
fn update(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  average[i] += rate * (values[i] - average[i]);
}
