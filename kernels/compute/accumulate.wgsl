// accumulate: total = share * value where a step begins, else total + share * value, in place: for the micro-batches of a step.
// Shapes: any, as vec4; begins is a number in a buffer, not 0 in the first micro-batch. One thread owns one vec4 of the total.

struct Params {
  count: u32, // vec4 of the total
  share: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> begins: f32;
@group(0) @binding(2) var<storage, read> value: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> total: array<vec4<f32>>;

@compute @workgroup_size(64)
fn accumulate(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  let before = select(total[i], vec4(0.0), begins != 0.0);
  total[i] = before + params.share * value[i];
}
