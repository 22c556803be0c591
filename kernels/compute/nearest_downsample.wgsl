// nearest_downsample: [N, C, H, W] to [N, C, h, w]; output row i is input row floor(i H / h), columns likewise.
// No gradient. Up to three outputs at once. Layout: [N, H, W, slots] as vec4; one thread owns one vec4 of an output.

struct Params {
  batch: u32,
  slots: u32, // vec4 per pixel
  input_height: u32,
  input_width: u32,
  outputs: array<Output, 3>, // in turn; those that there are not begin at the end
  end: u32, // vec4 of all outputs
}

struct Output {
  height: u32,
  width: u32,
  first: u32, // its first thread
  unused: u32, // elements of arrays are 16 bytes long
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result_0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result_1: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> result_2: array<vec4<f32>>;

fn store(output: u32, at: u32, value: vec4<f32>) {
  switch output {
    case 0u: { result_0[at] = value; }
    case 1u: { result_1[at] = value; }
    default: { result_2[at] = value; }
  }
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.end) { return; }
  let which = u32(i >= params.outputs[1].first) + u32(i >= params.outputs[2].first);
  let output = params.outputs[which];
  let at = i - output.first;
  let slot = at % params.slots;
  let pixel = at / params.slots;
  let row = pixel / output.width;
  let x = (pixel % output.width) * params.input_width / output.width;
  let y = (row % output.height) * params.input_height / output.height;
  let source_row = (row / output.height) * params.input_height + y;
  store(which, at, source[(source_row * params.input_width + x) * params.slots + slot]);
}
