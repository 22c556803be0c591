// area_downsample: averages [N, C, H, W] over the area of each output pixel, to [N, C, h, w]: output row i covers input
// rows floor(i H / h) .. ceil((i + 1) H / h) - 1, columns likewise. No gradient.
// Layout: [N, H, W, slots] as vec4; one thread owns one vec4 of the output.

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

// First and one past the last input index under an output index.
fn covered(index: u32, input_side: u32, output_side: u32) -> vec2<u32> {
  return vec2(
    index * input_side / output_side,
    ((index + 1u) * input_side + output_side - 1u) / output_side);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.output_height * params.output_width * params.slots) { return; }
  let slot = i % params.slots;
  let pixel = i / params.slots;
  let row = pixel / params.output_width;
  let columns = covered(pixel % params.output_width, params.input_width, params.output_width);
  let rows = covered(row % params.output_height, params.input_height, params.output_height);
  let first_row = (row / params.output_height) * params.input_height;
  var sum = vec4(0.0);
  for (var y = rows.x; y < rows.y; y++) {
    for (var x = columns.x; x < columns.y; x++) {
      sum += source[((first_row + y) * params.input_width + x) * params.slots + slot];
    }
  }
  result[i] = sum / f32((rows.y - rows.x) * (columns.y - columns.x));
}
