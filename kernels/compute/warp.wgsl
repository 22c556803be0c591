// warp: out(x) = image(x + flow(x)), bilinear (method, section 3). image [N, C, H, W], flow [N, 2, H, W] in pixels.
// The sampled coordinate is scale * (x + flow(x)) + shift: 1 and 0 for align_corners = true, W / (W - 1) and -1/2 for
// false. Border padding clamps it to [0, W - 1], and where it is clamped (<= 0 or >= W - 1) the gradient to that flow
// component is 0; zero padding takes what lies outside the picture as 0.
// The image gradient is a scatter, made a gather with a fixed order: every pixel falls into one cell, that of the upper
// left corner it samples; each cell has a linked list of its pixels (next = pixel + 1, 0 = end), sorted by pixel.
// Cells reach from -1 to W - 1 and from -1 to H - 1.
// Layout: [N, H, W, slots] as vec4. forward, flow_gradient, build_lists: one thread owns one pixel; clear_heads and
// sort_lists: one cell; image_gradient: one vec4 of dimage.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  slots: u32, // vec4 per pixel of the image
  border: u32, // 1 border padding, 0 zero padding
  scale_x: f32,
  scale_y: f32,
  shift: f32,
}

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dresult: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dflow: array<vec4<f32>>;

@group(0) @binding(1) var<storage, read_write> cleared_heads: array<u32>;

@group(0) @binding(1) var<storage, read> listed_flow: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> shared_heads: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> built_next: array<u32>;
@group(0) @binding(4) var<storage, read_write> built_fractions: array<vec2<f32>>;

@group(0) @binding(1) var<storage, read_write> sorted_heads: array<u32>;
@group(0) @binding(2) var<storage, read_write> sorted_next: array<u32>;

@group(0) @binding(1) var<storage, read> gathered: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> heads: array<u32>;
@group(0) @binding(3) var<storage, read> next: array<u32>;
@group(0) @binding(4) var<storage, read> fractions: array<vec2<f32>>;
@group(0) @binding(5) var<storage, read_write> dimage: array<vec4<f32>>;

struct Place {
  left: i32, // the cell along one axis
  fraction: f32, // weight of its right neighbour
  free: f32, // 0 where the coordinate is clamped, else 1
}

fn place_of(exact: f32, side: u32) -> Place {
  let last = f32(side) - 1.0;
  if (params.border == 1u) {
    let clamped = clamp(exact, 0.0, last);
    // The second clamp keeps a coordinate that is no number inside the picture.
    let left = clamp(i32(floor(clamped)), 0, i32(side) - 1);
    return Place(left, clamped - f32(left), select(0.0, 1.0, exact > 0.0 && exact < last));
  }
  let reachable = clamp(exact, -2.0, last + 2.0);
  let left = clamp(i32(floor(reachable)), -2, i32(side) + 1);
  return Place(left, reachable - f32(left), 1.0);
}

struct Sample {
  x: Place,
  y: Place,
  base: i32, // first pixel of the image
}

fn sample_of(pixel: u32, displacement: vec2<f32>) -> Sample {
  let row = pixel / params.width;
  let x = f32(pixel % params.width) + displacement.x;
  let y = f32(row % params.height) + displacement.y;
  return Sample(
    place_of(params.scale_x * x + params.shift, params.width),
    place_of(params.scale_y * y + params.shift, params.height),
    i32((row / params.height) * (params.height * params.width)));
}

fn is_inside(index: i32, side: u32) -> bool {
  return index >= 0 && index < i32(side);
}

// The four corners of a sample: where they lie in the image, and 1 for those inside it.
struct Corners {
  start: vec4<u32>, // upper left, upper right, lower left, lower right
  inside: vec4<f32>,
}

fn corners_of(sample: Sample) -> Corners {
  let left_inside = is_inside(sample.x.left, params.width);
  let right_inside = is_inside(sample.x.left + 1, params.width);
  let top_inside = is_inside(sample.y.left, params.height);
  let bottom_inside = is_inside(sample.y.left + 1, params.height);
  let left = select(0, sample.x.left, left_inside);
  let right = select(0, sample.x.left + 1, right_inside);
  let top = sample.base + i32(params.width) * select(0, sample.y.left, top_inside);
  let bottom = sample.base + i32(params.width) * select(0, sample.y.left + 1, bottom_inside);
  return Corners(
    vec4<u32>(vec4(top + left, top + right, bottom + left, bottom + right)) * params.slots,
    select(vec4(0.0), vec4(1.0), vec4(
      top_inside && left_inside, top_inside && right_inside,
      bottom_inside && left_inside, bottom_inside && right_inside)));
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let sample = sample_of(pixel, flow[pixel].xy);
  let corners = corners_of(sample);
  let x = sample.x.fraction;
  let y = sample.y.fraction;
  let weights = corners.inside * vec4((1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y);
  for (var slot = 0u; slot < params.slots; slot++) {
    result[pixel * params.slots + slot] =
      weights.x * image[corners.start.x + slot] + weights.y * image[corners.start.y + slot] +
      weights.z * image[corners.start.z + slot] + weights.w * image[corners.start.w + slot];
  }
}

@compute @workgroup_size(64)
fn flow_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let sample = sample_of(pixel, flow[pixel].xy);
  let corners = corners_of(sample);
  var sum = vec2(0.0);
  for (var slot = 0u; slot < params.slots; slot++) {
    let upper_left = corners.inside.x * image[corners.start.x + slot];
    let upper_right = corners.inside.y * image[corners.start.y + slot];
    let lower_left = corners.inside.z * image[corners.start.z + slot];
    let lower_right = corners.inside.w * image[corners.start.w + slot];
    let gradient = dresult[pixel * params.slots + slot];
    sum += vec2(
      dot(gradient, mix(upper_right - upper_left, lower_right - lower_left, sample.y.fraction)),
      dot(gradient, mix(lower_left - upper_left, lower_right - upper_right, sample.x.fraction)));
  }
  let slope = vec2(params.scale_x * sample.x.free, params.scale_y * sample.y.free);
  dflow[pixel] = vec4(slope * sum, 0.0, 0.0);
}

fn cell_count() -> u32 {
  return params.batch * (params.height + 1u) * (params.width + 1u);
}

@compute @workgroup_size(64)
fn clear_heads(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let cell = id.y * (groups.x * 64u) + id.x;
  if (cell >= cell_count()) { return; }
  cleared_heads[cell] = 0u;
}

@compute @workgroup_size(64)
fn build_lists(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let sample = sample_of(pixel, listed_flow[pixel].xy);
  built_fractions[pixel] = vec2(sample.x.fraction, sample.y.fraction);
  let column = sample.x.left + 1;
  let row = sample.y.left + 1;
  if (!is_inside(column, params.width + 1u) || !is_inside(row, params.height + 1u)) { return; }
  let of_image = pixel / (params.height * params.width);
  let cell = (of_image * (params.height + 1u) + u32(row)) * (params.width + 1u) + u32(column);
  built_next[pixel] = atomicExchange(&shared_heads[cell], pixel + 1u);
}

// Merge sort of a linked list: merges neighbouring sorted runs of 1, 2, 4, ... entries until one is left.
@compute @workgroup_size(64)
fn sort_lists(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let cell = id.y * (groups.x * 64u) + id.x;
  if (cell >= cell_count()) { return; }
  var list = sorted_heads[cell];
  if (list == 0u) { return; }
  var run = 1u;
  loop {
    var rest = list;
    var tail = 0u;
    var merges = 0u;
    while (rest != 0u) {
      var first = rest;
      var second = rest;
      var first_left = 0u;
      while (first_left < run && second != 0u) {
        second = sorted_next[second - 1u];
        first_left++;
      }
      var second_left = run;
      while (first_left > 0u || (second_left > 0u && second != 0u)) {
        let from_first = first_left > 0u && (second_left == 0u || second == 0u || first < second);
        let taken = select(second, first, from_first);
        let following = sorted_next[taken - 1u];
        if (from_first) {
          first = following;
          first_left--;
        } else {
          second = following;
          second_left--;
        }
        if (tail == 0u) { list = taken; } else { sorted_next[tail - 1u] = taken; }
        tail = taken;
      }
      rest = second;
      merges++;
    }
    sorted_next[tail - 1u] = 0u;
    if (merges == 1u) { break; }
    run *= 2u;
  }
  sorted_heads[cell] = list;
}

@compute @workgroup_size(64)
fn image_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.height * params.width * params.slots) { return; }
  let slot = i % params.slots;
  let pixel = i / params.slots;
  let row = pixel / params.width;
  // The cell that has this pixel as its upper left corner; the rows of cells are one longer than those of pixels.
  let cell_row = row + row / params.height + 1u;
  let cell = cell_row * (params.width + 1u) + pixel % params.width + 1u;
  var sum = vec4(0.0);
  for (var corner = 0u; corner < 4u; corner++) {
    let right = corner & 1u;
    let lower = corner >> 1u;
    var entry = heads[cell - right - lower * (params.width + 1u)];
    while (entry != 0u) {
      let from_pixel = entry - 1u;
      let fraction = fractions[from_pixel];
      let weight = select(1.0 - fraction.x, fraction.x, right == 1u) *
        select(1.0 - fraction.y, fraction.y, lower == 1u);
      sum += weight * gathered[from_pixel * params.slots + slot];
      entry = next[from_pixel];
    }
  }
  dimage[i] = sum;
}
