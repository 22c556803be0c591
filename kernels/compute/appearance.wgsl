// appearance: how a picture looks, changed: blur, then colours, then gamma, then noise, [N, 3, H, W] in [0, 1].
//   blurred: Gaussian of 7 x 7 taps, the edge repeated; not at all where sigma is 0
//   coloured = clamp(M (blurred, 1)); toned = coloured^gamma; out = clamp(toned + noise * normal(seed, pixel, channel))
// Normal numbers by Box and Muller from a hash of seed and place (pcg4d of Jarzynski & Olano 2020): they follow from these alone.
// Layout: one vec4 per pixel, padding 0. One thread owns one pixel of the output.

struct Params {
  pixels: u32, // N * H * W
  height: u32,
  width: u32,
}

// Of one picture.
struct Look {
  red: vec4<f32>, // rows of M
  green: vec4<f32>,
  blue: vec4<f32>,
  gamma: f32,
  blur: f32, // sigma in pixels
  noise: f32, // sigma
  seed: f32, // a whole number below 2^24
}

const RADIUS = 3;
const TURN = 6.283185307179586;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> pictures: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> looks: array<Look>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;

fn blurred(first: u32, x: i32, y: i32, sigma: f32) -> vec3<f32> {
  let last = vec2<i32>(i32(params.width), i32(params.height)) - 1;
  var sum = vec3(0.0);
  var weights = 0.0;
  for (var dy = -RADIUS; dy <= RADIUS; dy++) {
    for (var dx = -RADIUS; dx <= RADIUS; dx++) {
      let place = clamp(vec2(x + dx, y + dy), vec2(0), last);
      let weight = exp(-f32(dx * dx + dy * dy) / (2.0 * sigma * sigma));
      sum += weight * pictures[first + u32(place.y) * params.width + u32(place.x)].xyz;
      weights += weight;
    }
  }
  return sum / weights;
}

fn hash(key: vec4<u32>) -> vec4<u32> {
  var v = key * 1664525u + 1013904223u;
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  v ^= v >> vec4(16u);
  v.x += v.y * v.w; v.y += v.z * v.x; v.z += v.x * v.y; v.w += v.y * v.z;
  return v;
}

fn normal(seed: u32, x: u32, y: u32) -> vec3<f32> {
  // 24 bits, away from 0.
  let uniform_numbers = (vec4<f32>(hash(vec4(x, y, seed, 1u)) >> vec4(8u)) + 0.5) / 16777216.0;
  let radius = sqrt(-2.0 * log(uniform_numbers.xy));
  let angle = TURN * uniform_numbers.zw;
  return vec3(radius.x * cos(angle.x), radius.x * sin(angle.x), radius.y * cos(angle.y));
}

@compute @workgroup_size(64)
fn change(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.pixels) { return; }
  let x = i % params.width;
  let row = i / params.width;
  let y = row % params.height;
  let look = looks[row / params.height];
  var colour = pictures[i].xyz;
  if (look.blur > 0.0) { colour = blurred(i - y * params.width - x, i32(x), i32(y), look.blur); }
  let whole = vec4(colour, 1.0);
  colour = clamp(vec3(dot(look.red, whole), dot(look.green, whole), dot(look.blue, whole)), vec3(0.0), vec3(1.0));
  if (look.gamma != 1.0) { colour = select(vec3(0.0), pow(colour, vec3(look.gamma)), colour > vec3(0.0)); }
  if (look.noise > 0.0) { colour = clamp(colour + look.noise * normal(u32(look.seed), x, y), vec3(0.0), vec3(1.0)); }
  result[i] = vec4(colour, 0.0);
}
