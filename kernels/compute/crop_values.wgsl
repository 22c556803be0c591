// crop_values: a part of each picture, out(x, y) = in(x + left, y + top); pictures n and n + period have the same place.
// Layout: [N, H, W, slots] as vec4, places [period] as (left, top), which must leave room. One thread owns one pixel of the output.

struct Params {
  pixels: u32, // N * h * w of the output
  height: u32,
  width: u32,
  source_height: u32,
  source_width: u32,
  slots: u32, // vec4 per pixel
  period: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> places: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;

@compute @workgroup_size(64)
fn crop(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.pixels) { return; }
  let row = i / params.width;
  let image = row / params.height;
  let place = places[image % params.period];
  let x = i % params.width + place.x;
  let y = row % params.height + place.y;
  let from_pixel = (image * params.source_height + y) * params.source_width + x;
  for (var slot = 0u; slot < params.slots; slot++) {
    result[i * params.slots + slot] = source[from_pixel * params.slots + slot];
  }
}
