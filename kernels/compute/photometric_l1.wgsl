// photometric_l1: |I1 - I2w| * m, element by element (method, section 4).
// image1, image2 (warped) [N, 3, H, W], visible m [N, 1, H, W]; map and dimage2 like the images. No neighbours, no border.
// Layout: [N, H, W] of vec4. One thread owns one pixel of the output.

struct Params {
  pixels: u32, // N * H * W
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> image1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> image2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> visible: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> map: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dmap: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dimage2: array<vec4<f32>>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.pixels) { return; }
  map[i] = abs(image1[i] - image2[i]) * visible[i].x;
}

// d|a - b| / db = sign(b - a), 0 where they are equal.
@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.pixels) { return; }
  dimage2[i] = dmap[i] * sign(image2[i] - image1[i]) * visible[i].x;
}
