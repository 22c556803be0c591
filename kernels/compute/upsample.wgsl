// upsample: bilinear enlargement of [N, C, h, w] to [N, C, H, W], align_corners = true: output row i samples input row
// i * (h - 1) / (H - 1), 0 where H = 1; the value is multiplied by a factor. backward is its transpose, as a gather.
// forward_two enlarges to two sizes. Layout: [N, H, W, slots] as vec4. forward, forward_two: one thread owns one vec4 of an
// output; backward: one vec4 of the input.

struct Params {
  batch: u32,
  slots: u32, // vec4 per pixel
  input_height: u32,
  input_width: u32,
  output_height: u32,
  output_width: u32,
  factor: f32, // multiplies every value
  second_height: u32, // of the second output, where there is one
  second_width: u32,
  second_factor: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> second_result: array<vec4<f32>>;

// Left input cell of an output index and the weight of its right neighbour.
fn position(index: u32, output_side: u32, input_side: u32) -> vec2<f32> {
  if (output_side == 1u || input_side == 1u) { return vec2(0.0, 0.0); }
  let exact = f32(index * (input_side - 1u)) / f32(output_side - 1u);
  let left = min(floor(exact), f32(input_side - 2u));
  return vec2(left, exact - left);
}

// One vec4 of a picture enlarged to a size.
fn enlarged(i: u32, height: u32, width: u32) -> vec4<f32> {
  let slot = i % params.slots;
  let pixel = i / params.slots;
  let x = position(pixel % width, width, params.input_width);
  let row = pixel / width;
  let y = position(row % height, height, params.input_height);
  let top = (row / height) * params.input_height + u32(y.x);
  let bottom = select(top, top + 1u, params.input_height > 1u);
  let left = u32(x.x);
  let right = select(left, left + 1u, params.input_width > 1u);
  let upper = mix(
    source[(top * params.input_width + left) * params.slots + slot],
    source[(top * params.input_width + right) * params.slots + slot], x.y);
  let lower = mix(
    source[(bottom * params.input_width + left) * params.slots + slot],
    source[(bottom * params.input_width + right) * params.slots + slot], x.y);
  return mix(upper, lower, y.y);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.output_height * params.output_width * params.slots) { return; }
  result[i] = params.factor * enlarged(i, params.output_height, params.output_width);
}

@compute @workgroup_size(64)
fn forward_two(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let count = params.batch * params.output_height * params.output_width * params.slots;
  if (i >= count + params.batch * params.second_height * params.second_width * params.slots) { return; }
  let second = i >= count;
  let at = select(i, i - count, second);
  let height = select(params.output_height, params.second_height, second);
  let value = enlarged(at, height, select(params.output_width, params.second_width, second));
  if (second) { second_result[at] = params.second_factor * value; } else { result[at] = params.factor * value; }
}

// First and one past the last output index whose samples can touch an input index.
fn touching(index: u32, output_side: u32, input_side: u32) -> vec2<u32> {
  if (input_side == 1u) { return vec2(0u, output_side); }
  let scale = f32(output_side - 1u) / f32(input_side - 1u);
  let first = u32(max(0.0, ceil((f32(index) - 1.0) * scale - 0.5)));
  let last = min(output_side, u32(floor((f32(index) + 1.0) * scale + 0.5)) + 1u);
  return vec2(first, last);
}

// Weight of an input index in the sample of an output index.
fn share(index: u32, input_side: u32, place: vec2<f32>) -> f32 {
  if (input_side == 1u) { return 1.0; }
  let left = u32(place.x);
  return select(0.0, 1.0 - place.y, left == index) + select(0.0, place.y, left + 1u == index);
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.input_height * params.input_width * params.slots) { return; }
  let slot = i % params.slots;
  let pixel = i / params.slots;
  let x = pixel % params.input_width;
  let row = pixel / params.input_width;
  let y = row % params.input_height;
  let image = row / params.input_height;
  let rows = touching(y, params.output_height, params.input_height);
  let columns = touching(x, params.output_width, params.input_width);
  var sum = vec4(0.0);
  for (var output_y = rows.x; output_y < rows.y; output_y++) {
    let from_row = share(y, params.input_height, position(output_y, params.output_height, params.input_height));
    if (from_row == 0.0) { continue; }
    for (var output_x = columns.x; output_x < columns.y; output_x++) {
      let weight = from_row * share(x, params.input_width, position(output_x, params.output_width, params.input_width));
      let cell = (image * params.output_height + output_y) * params.output_width + output_x;
      sum += weight * source[cell * params.slots + slot];
    }
  }
  result[i] = params.factor * sum;
}
