// photometric_census: soft difference of 3x3 census transforms (method, section 4). With g the gray value times 255 of image * m,
// per neighbour p of a pixel c: t = (g_p - g_c) / sqrt(0.81 + (g_p - g_c)^2), d = (t1 - t2)^2, f = d / (0.1 + d);
// map = mean of f over the patch of nine (f = 0 at the centre). The outer ring of pixels is 0, so no patch leaves the image.
// image1, image2 (warped), dimage2 [N, 3, H, W], visible m, map and dmap [N, 1, H, W].
// backward: f(p, c) = f(c, p), so a pixel collects from each neighbour (dmap of both) * df / d(difference), as a gather.
// Layout: [N, H, W] of vec4. One thread owns up to SEGMENT rows of one column of the output and walks down.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
}

const SEGMENT = 8u;
const GRAY = vec3(0.2989 * 255.0, 0.5870 * 255.0, 0.1140 * 255.0);
const SOFTNESS = 0.81;
const SATURATION = 0.1;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> image1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> image2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> visible: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> map: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dmap: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dimage2: array<vec4<f32>>;

// The column that a thread walks down: image, column, first row and one past the last (equal: nothing to do).
struct Walk {
  image: u32,
  x: u32,
  first: u32,
  last: u32,
}

fn walk_of(i: u32) -> Walk {
  let segments = (params.height + SEGMENT - 1u) / SEGMENT;
  let image = i / params.width / segments;
  let first = (i / params.width) % segments * SEGMENT;
  let last = min(first + SEGMENT, params.height);
  return Walk(image, i % params.width, first, select(first, last, image < params.batch));
}

// Pixel index with row and column clamped into the image; what is read outside never counts.
fn pixel_at(image: u32, y: i32, x: i32) -> u32 {
  let row = u32(clamp(y, 0, i32(params.height) - 1));
  return (image * params.height + row) * params.width + u32(clamp(x, 0, i32(params.width) - 1));
}

fn is_inner(y: u32, x: u32) -> bool {
  return y > 0u && y + 1u < params.height && x > 0u && x + 1u < params.width;
}

// The colours of images 1 and 2 where a walk starts. Only differences of gray values matter: taken from a colour nearby they
// are small numbers, and lose no digits when they are subtracted.
struct Origin {
  colour1: vec3<f32>,
  colour2: vec3<f32>,
}

fn origin_of(walk: Walk) -> Origin {
  let pixel = (walk.image * params.height + walk.first) * params.width + walk.x;
  return Origin(image1[pixel].xyz, image2[pixel].xyz);
}

// Gray values of a pixel of images 1 and 2 above the origin.
fn gray(pixel: u32, origin: Origin) -> vec2<f32> {
  let m = visible[pixel].x;
  return vec2(
    dot(image1[pixel].xyz * m - origin.colour1, GRAY), dot(image2[pixel].xyz * m - origin.colour2, GRAY));
}

// Gray values of three pixels of a row in images 1 and 2.
struct Row {
  gray1: vec3<f32>,
  gray2: vec3<f32>,
}

fn row_at(walk: Walk, y: i32, origin: Origin) -> Row {
  let left = gray(pixel_at(walk.image, y, i32(walk.x) - 1), origin);
  let middle = gray(pixel_at(walk.image, y, i32(walk.x)), origin);
  let right = gray(pixel_at(walk.image, y, i32(walk.x) + 1), origin);
  return Row(vec3(left.x, middle.x, right.x), vec3(left.y, middle.y, right.y));
}

// f for four neighbours, from the differences neighbour - centre.
fn penalty(difference1: vec4<f32>, difference2: vec4<f32>) -> vec4<f32> {
  let t1 = difference1 * inverseSqrt(SOFTNESS + difference1 * difference1);
  let t2 = difference2 * inverseSqrt(SOFTNESS + difference2 * difference2);
  let d = (t1 - t2) * (t1 - t2);
  return d / (SATURATION + d);
}

// df / d(difference2).
fn slope(difference1: vec4<f32>, difference2: vec4<f32>) -> vec4<f32> {
  let t1 = difference1 * inverseSqrt(SOFTNESS + difference1 * difference1);
  let root2 = inverseSqrt(SOFTNESS + difference2 * difference2);
  let e = difference2 * root2 - t1;
  let saturated = SATURATION + e * e;
  return 2.0 * SATURATION * SOFTNESS * e / (saturated * saturated) * root2 * root2 * root2;
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let walk = walk_of(id.y * (groups.x * 64u) + id.x);
  if (walk.first == walk.last) { return; }
  let origin = origin_of(walk);
  var upper = row_at(walk, i32(walk.first) - 1, origin);
  var middle = row_at(walk, i32(walk.first), origin);
  for (var y = walk.first; y < walk.last; y++) {
    let lower = row_at(walk, i32(y) + 1, origin);
    let above = penalty(
      vec4(upper.gray1, middle.gray1.x) - middle.gray1.y, vec4(upper.gray2, middle.gray2.x) - middle.gray2.y);
    let below = penalty(
      vec4(lower.gray1, middle.gray1.z) - middle.gray1.y, vec4(lower.gray2, middle.gray2.z) - middle.gray2.y);
    let mean = dot(above + below, vec4(1.0)) / 9.0;
    let pixel = (walk.image * params.height + y) * params.width + walk.x;
    map[pixel] = vec4(select(0.0, mean, is_inner(y, walk.x)), 0.0, 0.0, 0.0);
    upper = middle;
    middle = lower;
  }
}

// dmap / 9 of a pixel, 0 in the outer ring and outside.
fn share(image: u32, y: i32, x: i32) -> f32 {
  let inner = y > 0 && y + 1 < i32(params.height) && x > 0 && x + 1 < i32(params.width);
  return select(0.0, dmap[pixel_at(image, y, x)].x / 9.0, inner);
}

fn shares_at(image: u32, y: i32, x: i32) -> vec3<f32> {
  return vec3(share(image, y, x - 1), share(image, y, x), share(image, y, x + 1));
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let walk = walk_of(id.y * (groups.x * 64u) + id.x);
  if (walk.first == walk.last) { return; }
  let origin = origin_of(walk);
  var upper = row_at(walk, i32(walk.first) - 1, origin);
  var middle = row_at(walk, i32(walk.first), origin);
  var upper_share = shares_at(walk.image, i32(walk.first) - 1, i32(walk.x));
  var middle_share = shares_at(walk.image, i32(walk.first), i32(walk.x));
  for (var y = walk.first; y < walk.last; y++) {
    let lower = row_at(walk, i32(y) + 1, origin);
    let lower_share = shares_at(walk.image, i32(y) + 1, i32(walk.x));
    // Differences from the pixel's side, so that the derivative to its own gray value has no minus.
    let above = slope(
      middle.gray1.y - vec4(upper.gray1, middle.gray1.x), middle.gray2.y - vec4(upper.gray2, middle.gray2.x));
    let below = slope(
      middle.gray1.y - vec4(lower.gray1, middle.gray1.z), middle.gray2.y - vec4(lower.gray2, middle.gray2.z));
    let dgray = dot(above, vec4(upper_share, middle_share.x) + middle_share.y)
      + dot(below, vec4(lower_share, middle_share.z) + middle_share.y);
    let pixel = (walk.image * params.height + y) * params.width + walk.x;
    dimage2[pixel] = vec4(dgray * visible[pixel].x * GRAY, 0.0);
    upper = middle;
    middle = lower;
    upper_share = middle_share;
    middle_share = lower_share;
  }
}
