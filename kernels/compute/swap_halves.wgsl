// swap_halves: out[i] = in[(i + N / 2) mod N] for the images of a batch of even N; its own inverse and gradient.
// Layout: [N, H, W, slots] as vec4; one thread owns one vec4 of the output.

struct Params {
  half_count: u32, // vec4 of half the batch
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;

@compute @workgroup_size(64)
fn swap(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= 2u * params.half_count) { return; }
  result[i] = source[select(i - params.half_count, i + params.half_count, i < params.half_count)];
}
