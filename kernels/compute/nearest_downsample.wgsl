// nearest_downsample: [N, C, H, W] to [N, C, h, w]; output row i is input row floor(i H / h), columns likewise.
// No gradient. Layout: [N, H, W, slots] as vec4; one thread owns one vec4 of the output.

struct Params {
  batch: u32,
  slots: u32, // vec4 per pixel
  input_height: u32,
  input_width: u32,
  output_height: u32,
  output_width: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.output_height * params.output_width * params.slots) { return; }
  let slot = i % params.slots;
  let pixel = i / params.slots;
  let row = pixel / params.output_width;
  let x = (pixel % params.output_width) * params.input_width / params.output_width;
  let y = (row % params.output_height) * params.input_height / params.output_height;
  let source_row = (row / params.output_height) * params.input_height + y;
  result[i] = source[(source_row * params.input_width + x) * params.slots + slot];
}
