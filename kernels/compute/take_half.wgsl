// take_half: one half of the images of a batch. take: out[i] = in[first + i]; give_back, its gradient: din is dout in that
// half of the batch and 0 in the other.
// Layout: [N, H, W, slots] as vec4; one thread owns one vec4 of the output.

struct Params {
  half_count: u32, // vec4 of half the batch
  first: u32, // 0 or half_count
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;

@compute @workgroup_size(64)
fn take(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.half_count) { return; }
  result[i] = source[params.first + i];
}

@compute @workgroup_size(64)
fn give_back(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= 2u * params.half_count) { return; }
  var value = vec4(0.0);
  if (i >= params.first && i - params.first < params.half_count) { value = source[i - params.first]; }
  result[i] = value;
}
