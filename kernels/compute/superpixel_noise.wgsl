// superpixel_noise: the second half of a batch of pictures [2B, 3, H, W] with some superpixels of each replaced by uniform noise;
// the first half as it is.
// A superpixel is what lies nearest to one seed, as in the first step of SLIC (Achanta et al. 2012): one seed at a random place of
// each square of `spacing` pixels, those of the 3 x 3 squares around a pixel compete by |places|^2 / spacing^2 + 20 |colours|^2.
// All that is random follows from a hash (pcg4d of Jarzynski & Olano 2020) of a picture's key and the square or pixel.
// Layout: one vec4 per pixel, padding 0. One thread owns one pixel of the output.

struct Params {
  pixels: u32, // 2B * H * W
  height: u32,
  width: u32,
  half: u32, // B
  spacing: u32,
  chosen: u32, // a superpixel is replaced where its hash is below this
}

const COLOUR_WEIGHT = 20.0;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pictures: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> keys: array<u32>; // of each picture of the second half
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;

fn hash(key: vec4<u32>) -> vec4<u32> {
  var v = key * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v ^= v >> vec4(16u);
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  return v;
}

fn unit(bits: vec4<u32>) -> vec4<f32> {
  return vec4<f32>(bits >> vec4(8u)) / 16777216.0;
}

@compute @workgroup_size(64)
fn replace(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.pixels) { return; }
  let row = i / params.width;
  let image = row / params.height;
  let own = pictures[i];
  if (image < params.half) {
    result[i] = own;
    return;
  }
  let key = keys[image - params.half];
  let x = i % params.width;
  let y = row % params.height;
  let spacing = f32(params.spacing);
  let last = vec2(f32(params.width), f32(params.height)) - 1.0;
  let here = vec2(f32(x), f32(y));
  let cell = vec2<i32>(i32(x / params.spacing), i32(y / params.spacing));
  var nearest = 1e30;
  var bits = 0u;
  for (var dy = -1; dy <= 1; dy++) {
    for (var dx = -1; dx <= 1; dx++) {
      let square = cell + vec2(dx, dy);
      let random = hash(vec4(bitcast<u32>(square.x), bitcast<u32>(square.y), key, 1u));
      let place = (vec2<f32>(square) + unit(random).xy) * spacing;
      let at = vec2<u32>(clamp(round(place), vec2(0.0), last));
      let colour = pictures[(image * params.height + at.y) * params.width + at.x].xyz;
      let apart = (here - place) / spacing;
      let unlike = colour - own.xyz;
      let distance = dot(apart, apart) + COLOUR_WEIGHT * dot(unlike, unlike);
      if (distance < nearest) {
        nearest = distance;
        bits = random.z;
      }
    }
  }
  let noise = unit(hash(vec4(x, y, key, 2u))).xyz;
  result[i] = select(own, vec4(noise, 0.0), bits < params.chosen);
}
