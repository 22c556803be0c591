// crop_frames: a batch of pictures [N, 3, H, W] in [0, 1] from 8-bit frames: cropped, mirrored where wanted, and divided
// by 255 with the help of a table, since a division on the device need not be exact.
// Layout: frames are bytes, RGB pixel by pixel, rows of any length; result [N, H, W, 1 slot] as vec4. One thread owns one
// pixel of the result.

struct Params {
  pixels: u32, // N * H * W
  height: u32,
  width: u32,
}

// Of one picture.
struct Crop {
  first: u32, // byte of its upper left pixel
  row: u32, // bytes from one row to the next
  mirror_x: u32, // 0 or 1
  mirror_y: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> frames: array<u32>;
@group(0) @binding(2) var<storage, read> crops: array<Crop>;
@group(0) @binding(3) var<storage, read> fractions: array<f32>;
@group(0) @binding(4) var<storage, read_write> result: array<vec4<f32>>;

fn fraction_at(byte: u32) -> f32 {
  return fractions[(frames[byte / 4u] >> (8u * (byte % 4u))) & 255u];
}

@compute @workgroup_size(64)
fn crop(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.pixels) { return; }
  let row = i / params.width;
  let x = i % params.width;
  let y = row % params.height;
  let part = crops[row / params.height];
  let from_x = select(x, params.width - 1u - x, part.mirror_x == 1u);
  let from_y = select(y, params.height - 1u - y, part.mirror_y == 1u);
  let byte = part.first + from_y * part.row + 3u * from_x;
  result[i] = vec4(fraction_at(byte), fraction_at(byte + 1u), fraction_at(byte + 2u), 0.0);
}
