// concatenate: the channels of two or three parts [N, C_k, H, W] one after another, [N, C_1 + C_2 (+ C_3), H, W]; each
// part keeps its padding. The gradient of a part is a part of the gradient, which is read where it lies.
// Layout: [N, H, W, slots] as vec4. `lanes` threads own a pixel of the whole, each every lanes-th slot of each part.

struct Params {
  pixels: u32, // N * H * W
  first: u32, // vec4 per pixel of each part
  second: u32,
  third: u32,
  lanes: u32, // threads of a pixel
}

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> part_1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> part_2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> part_3: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> joined_2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> joined_3: array<vec4<f32>>;

@compute @workgroup_size(64)
fn join_2(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let pixel = i / params.lanes;
  let lane = i % params.lanes;
  if (pixel >= params.pixels) { return; }
  let start = pixel * (params.first + params.second);
  for (var slot = lane; slot < params.first; slot += params.lanes) {
    joined_2[start + slot] = part_1[pixel * params.first + slot];
  }
  for (var slot = lane; slot < params.second; slot += params.lanes) {
    joined_2[start + params.first + slot] = part_2[pixel * params.second + slot];
  }
}

@compute @workgroup_size(64)
fn join_3(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let pixel = i / params.lanes;
  let lane = i % params.lanes;
  if (pixel >= params.pixels) { return; }
  let start = pixel * (params.first + params.second + params.third);
  for (var slot = lane; slot < params.first; slot += params.lanes) {
    joined_3[start + slot] = part_1[pixel * params.first + slot];
  }
  for (var slot = lane; slot < params.second; slot += params.lanes) {
    joined_3[start + params.first + slot] = part_2[pixel * params.second + slot];
  }
  for (var slot = lane; slot < params.third; slot += params.lanes) {
    joined_3[start + params.first + params.second + slot] = part_3[pixel * params.third + slot];
  }
}
