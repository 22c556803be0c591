// affine: the second pass's transform of pictures, masks and flows (method, section 6). theta = (a1 .. a6) maps source
// to destination, (a1 x + a2 y + a3, a4 x + a5 y + a6), in coordinates where -1 and 1 are the centres of the first and
// last pixel; along a side of one pixel coordinates, and so flows, are 0.
//   transform_image: out(x) = in(theta^-1 x)
//   transform_flow: out(x) = g(theta1^-1 x), g(x) = theta2(x + f(x)) - theta1(x), in pixels
// Bilinear; 0 where the coordinate lies outside [0, W) x [0, H), the edge is repeated between W - 1 and W. No gradient.
// Layout: [N, H, W, slots] as vec4, theta [N, 6] as two vec4 a sample. One thread owns one pixel of the output.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  slots: u32, // vec4 per pixel
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> theta: array<vec4<f32>>; // theta1 of a flow
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> theta_2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> result_flow: array<vec4<f32>>;

// Half the distance between the first and the last pixel centre.
fn half_extent() -> vec2<f32> {
  return 0.5 * vec2(f32(params.width) - 1.0, f32(params.height) - 1.0);
}

// Pixels from the centre to coordinates.
fn to_coordinates(pixels: vec2<f32>) -> vec2<f32> {
  let h = half_extent();
  return select(vec2(0.0), pixels / h, h > vec2(0.0));
}

struct Affine {
  diagonal: vec2<f32>, // a1, a5
  crossed: vec2<f32>, // a2, a4: x from y, y from x
  shift: vec2<f32>, // a3, a6
}

fn affine_of(first: vec4<f32>, second: vec4<f32>) -> Affine {
  return Affine(vec2(first.x, second.x), first.yw, vec2(first.z, second.y));
}

struct Sample {
  corners: vec4<u32>, // pixels: upper left, upper right, lower left, lower right
  weights: vec4<f32>, // 0 outside
}

// Where theta^-1 of a pixel lies. Along its own axis it is computed in pixels, so that mirrors are exact.
fn sample_of(pixel: u32, theta_of: Affine) -> Sample {
  let row = pixel / params.width;
  let y = row % params.height;
  let h = half_extent();
  let centred = vec2(f32(pixel % params.width), f32(y)) - h;
  let coordinates = to_coordinates(centred) - theta_of.shift;
  let determinant = theta_of.diagonal.x * theta_of.diagonal.y - theta_of.crossed.x * theta_of.crossed.y;
  let place = h + theta_of.diagonal.yx / determinant * (centred - theta_of.shift * h) -
    theta_of.crossed / determinant * h * coordinates.yx;
  let size = vec2(f32(params.width), f32(params.height));
  let inside = all(place >= vec2(0.0)) && all(place < size);
  let last = vec2<u32>(params.width - 1u, params.height - 1u);
  let upper_left = min(vec2<u32>(clamp(floor(place), vec2(0.0), size)), last);
  let lower_right = min(upper_left + vec2(1u), last);
  let f = place - floor(place);
  let first_row = row - y;
  let top = (first_row + upper_left.y) * params.width;
  let bottom = (first_row + lower_right.y) * params.width;
  let weights = vec4((1.0 - f.x) * (1.0 - f.y), f.x * (1.0 - f.y), (1.0 - f.x) * f.y, f.x * f.y);
  return Sample(
    vec4(top + upper_left.x, top + lower_right.x, bottom + upper_left.x, bottom + lower_right.x),
    select(vec4(0.0), weights, inside));
}

@compute @workgroup_size(64)
fn transform_image(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let image = pixel / (params.height * params.width);
  let sample = sample_of(pixel, affine_of(theta[2u * image], theta[2u * image + 1u]));
  let start = sample.corners * params.slots;
  for (var slot = 0u; slot < params.slots; slot++) {
    result[pixel * params.slots + slot] =
      sample.weights.x * source[start.x + slot] + sample.weights.y * source[start.y + slot] +
      sample.weights.z * source[start.z + slot] + sample.weights.w * source[start.w + slot];
  }
}

// g at one pixel: the difference of both transforms there, and the second one's image of the flow.
fn moved(pixel: u32, first: Affine, second: Affine) -> vec2<f32> {
  let row = pixel / params.width;
  let h = half_extent();
  let centred = vec2(f32(pixel % params.width), f32(row % params.height)) - h;
  let displacement = source[pixel].xy;
  let exact = (second.diagonal - first.diagonal) * centred + second.diagonal * displacement + h * (
    (second.crossed - first.crossed) * to_coordinates(centred).yx +
    second.crossed * to_coordinates(displacement).yx + second.shift - first.shift);
  return select(vec2(0.0), exact, h > vec2(0.0));
}

@compute @workgroup_size(64)
fn transform_flow(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let image = pixel / (params.height * params.width);
  let first = affine_of(theta[2u * image], theta[2u * image + 1u]);
  let second = affine_of(theta_2[2u * image], theta_2[2u * image + 1u]);
  let sample = sample_of(pixel, first);
  let flow = sample.weights.x * moved(sample.corners.x, first, second) +
    sample.weights.y * moved(sample.corners.y, first, second) +
    sample.weights.z * moved(sample.corners.z, first, second) +
    sample.weights.w * moved(sample.corners.w, first, second);
  result_flow[pixel] = vec4(flow, 0.0, 0.0);
}
