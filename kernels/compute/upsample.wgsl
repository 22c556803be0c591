// upsample: bilinear enlargement of [N, C, h, w] to [N, C, H, W], align_corners = true: output row i samples input row
// i * (h - 1) / (H - 1), 0 where H = 1; the value is multiplied by a factor. forward_two enlarges to two sizes. backward is the
// transpose of either, as a gather: dinput = factor * gather(doutput), or second_factor * gather(dsecond) + that; doutput comes as
// one to five summands, each some slots of every pixel of a buffer, added in their order; dsecond, of the second output, is whole.
// Layout: [N, H, W, slots] as vec4. forward, forward_two: one thread owns one vec4 of an output; backward: one of the input.

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
  out_stride: u32, // vec4 per pixel of the buffer of the first of two outputs, and its first one of a pixel
  out_first: u32,
  copy_stride: u32, // the same of a second such buffer (gpu/twice.ts)
  copy_first: u32,
  stride_1: u32, // vec4 per pixel of a summand's buffer
  first_1: u32, // the summand's first vec4 in a pixel
  stride_2: u32,
  first_2: u32,
  stride_3: u32,
  first_3: u32,
  stride_4: u32,
  first_4: u32,
  stride_5: u32,
  first_5: u32,
}

override SUMMANDS: u32 = 1u; // of the gradient of the first output
override OUTPUTS: u32 = 1u; // that have a gradient

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> second_result: array<vec4<f32>>;

@group(0) @binding(1) var<storage, read> doutput_1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> doutput_2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> doutput_3: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> doutput_4: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> doutput_5: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> dsecond: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dinput: array<vec4<f32>>;

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

fn store_output(pixel: u32, slot: u32, value: vec4<f32>) {
  result[pixel * params.out_stride + params.out_first + slot] = value;
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
  if (second) {
    second_result[at] = params.second_factor * value;
  } else {
    store_output(at / params.slots, at % params.slots, params.factor * value);
  }
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

// The gradient of an output's pixel, summands added up.
fn doutput_of(pixel: u32, slot: u32, second: bool) -> vec4<f32> {
  if (second) { return dsecond[pixel * params.slots + slot]; }
  var value = doutput_1[pixel * params.stride_1 + params.first_1 + slot];
  if (SUMMANDS > 1u) { value += doutput_2[pixel * params.stride_2 + params.first_2 + slot]; }
  if (SUMMANDS > 2u) { value += doutput_3[pixel * params.stride_3 + params.first_3 + slot]; }
  if (SUMMANDS > 3u) { value += doutput_4[pixel * params.stride_4 + params.first_4 + slot]; }
  if (SUMMANDS > 4u) { value += doutput_5[pixel * params.stride_5 + params.first_5 + slot]; }
  return value;
}

// What one vec4 of the input gets from an output of a size.
fn gathered(i: u32, height: u32, width: u32, second: bool) -> vec4<f32> {
  let slot = i % params.slots;
  let pixel = i / params.slots;
  let x = pixel % params.input_width;
  let row = pixel / params.input_width;
  let y = row % params.input_height;
  let image = row / params.input_height;
  let rows = touching(y, height, params.input_height);
  let columns = touching(x, width, params.input_width);
  var sum = vec4(0.0);
  for (var output_y = rows.x; output_y < rows.y; output_y++) {
    let from_row = share(y, params.input_height, position(output_y, height, params.input_height));
    if (from_row == 0.0) { continue; }
    for (var output_x = columns.x; output_x < columns.y; output_x++) {
      let weight = from_row * share(x, params.input_width, position(output_x, width, params.input_width));
      if (weight == 0.0) { continue; }
      sum += weight * doutput_of((image * height + output_y) * width + output_x, slot, second);
    }
  }
  return sum;
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.input_height * params.input_width * params.slots) { return; }
  var sum = params.factor * gathered(i, params.output_height, params.output_width, false);
  if (OUTPUTS > 1u) { sum = params.second_factor * gathered(i, params.second_height, params.second_width, true) + sum; }
  dinput[i] = sum;
}
