// convolution_shuffle_direct: direct convolution and its gradients for subgroups of eight lanes.
// Written by tools/generate_kernels.ts; change it there. Shapes, layouts and a readable kernel of each function:
// convolution_direct.wgsl, whose declarations are repeated here.
// A group of NAME_8, _4 or _2 lanes owns 32 pixels (dweight: 8 vec4 of input channels of one tap) x as many vec4 of channels.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  input_slots: u32, // vec4 per pixel
  output_height: u32,
  output_width: u32,
  output_slots: u32, // vec4 per pixel
  kernel: u32, // side of the square of taps that meet the picture
  stride: u32,
  dilation: u32,
  padding: u32,
  leaky: u32,
  weight_offset: u32, // vec4 in the flat buffers
  bias_offset: u32,
  first_tap: u32, // the first of these taps
  taps: u32, // all taps of the weight
  chunk: u32, // output pixels per partial sum
  chunks: u32,
  bias_chunks: u32,
  keep_weight: u32, // 1: add to the gradient that is there
  keep_bias: u32,
}

const SLOPE: f32 = 0.1;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x_values: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> parameters: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dout: array<vec4<f32>>; // d(loss)/d(out before the activation)
@group(0) @binding(1) var<storage, read> weight_values: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> bias_sums: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> sums: array<vec4<f32>>;

struct Source {
  first: u32,
  inside: f32,
}

fn corner(pixel: u32) -> vec3<i32> {
  let place = min(pixel, params.batch * params.output_height * params.output_width - 1u);
  let row = place / params.output_width;
  return vec3<i32>(vec3(
    row / params.output_height * params.height,
    row % params.output_height * params.stride,
    place % params.output_width * params.stride)) - vec3(0, i32(params.padding), i32(params.padding));
}

fn input_of(corner: vec3<i32>, tap: vec2<i32>) -> Source {
  let y = corner.y + tap.x;
  let x = corner.z + tap.y;
  let inside = y >= 0 && y < i32(params.height) && x >= 0 && x < i32(params.width);
  let pixel = select(0, (corner.x + y) * i32(params.width) + x, inside);
  return Source(u32(pixel) * params.input_slots, select(0.0, 1.0, inside));
}

fn activate(value: vec4<f32>) -> vec4<f32> {
  return select(value, select(SLOPE * value, value, value > vec4(0.0)), params.leaky == 1u);
}

fn input_place(index: u32, first: vec2<u32>, size: vec2<u32>, step: u32) -> vec3<u32> {
  let i = min(index, params.batch * size.x * size.y - 1u);
  let row = i / size.y;
  return vec3(row / size.x, first.x + step * (row % size.x), first.y + step * (i % size.y));
}

fn reach(place: vec3<u32>) -> vec3<i32> {
  return vec3<i32>(vec3(place.x * params.output_height, place.y + params.padding, place.z + params.padding));
}

fn reach_of(pixel: u32) -> vec3<i32> {
  return reach(input_place(pixel, vec2(0u), vec2(params.height, params.width), 1u));
}

fn output_of(reach: vec3<i32>, tap: vec2<i32>) -> Source {
  let shift = params.stride - 1u;
  let y = reach.y - tap.x;
  let x = reach.z - tap.y;
  let inside = y >= 0 && (y >> shift) < i32(params.output_height) && x >= 0 && (x >> shift) < i32(params.output_width) &&
    ((y | x) & i32(shift)) == 0;
  let pixel = select(0, (reach.x + (y >> shift)) * i32(params.output_width) + (x >> shift), inside);
  return Source(u32(pixel) * params.output_slots, select(0.0, 1.0, inside));
}

fn tap_cells() -> u32 {
  return 4u * params.input_slots * params.output_slots;
}

fn next(corner: vec3<i32>) -> vec3<i32> {
  let first = -i32(params.padding);
  let step = i32(params.stride);
  let in_row = corner.z + step < first + step * i32(params.output_width);
  let in_image = in_row || corner.y + step < first + step * i32(params.output_height);
  return vec3(
    select(corner.x + i32(params.height), corner.x, in_image),
    select(select(first, corner.y + step, in_image), corner.y, in_row),
    select(first, corner.z + step, in_row));
}

fn outer(d: vec4<f32>, value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(value.x * d, value.y * d, value.z * d, value.w * d);
}

fn store_sums(cell: u32, whole: bool, values: mat4x4<f32>) {
  let step = params.output_slots;
  var kept = mat4x4<f32>();
  if (whole && params.keep_weight == 1u) {
    kept = mat4x4(sums[cell], sums[cell + step], sums[cell + 2u * step], sums[cell + 3u * step]);
  }
  sums[cell] = kept[0] + values[0];
  sums[cell + step] = kept[1] + values[1];
  sums[cell + 2u * step] = kept[2] + values[2];
  sums[cell + 3u * step] = kept[3] + values[3];
}

fn clear_other_taps(c: u32, o: u32) {
  if (params.kernel != 1u || params.keep_weight == 1u) { return; }
  for (var tap = 0u; tap < params.taps; tap++) {
    let cell = params.weight_offset + tap * tap_cells() + 4u * c * params.output_slots + o;
    if (tap != params.first_tap) { store_sums(cell, false, mat4x4<f32>()); }
  }
}

fn store_bias(o: u32) {
  var sum = vec4(0.0);
  for (var chunk = 0u; chunk < params.bias_chunks; chunk++) { sum += bias_sums[chunk * params.output_slots + o]; }
  if (params.keep_bias == 1u) { sum += sums[params.bias_offset + o]; }
  sums[params.bias_offset + o] = sum;
}

struct Column {
  top: vec4<f32>,
  middle: vec4<f32>,
  bottom: vec4<f32>,
}

fn read_input(corner: vec3<i32>, tap: vec2<i32>, c: u32) -> vec4<f32> {
  let source = input_of(corner, tap);
  return source.inside * x_values[source.first + c];
}

fn read_column(corner: vec3<i32>, x: i32, c: u32) -> Column {
  let step = i32(params.dilation);
  return Column(
    read_input(corner, vec2(0, x), c), read_input(corner, vec2(step, x), c), read_input(corner, vec2(2 * step, x), c));
}

struct Sums {
  top: mat4x4<f32>,
  middle: mat4x4<f32>,
  bottom: mat4x4<f32>,
}

fn add_outer(sums: Sums, d: vec4<f32>, values: Column) -> Sums {
  return Sums(sums.top + outer(d, values.top), sums.middle + outer(d, values.middle), sums.bottom + outer(d, values.bottom));
}

@compute @workgroup_size(8)
fn forward_8(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 8u;
  let column = group.x * 8u + lane;
  let first = (group.y * 1u + local / 8u) * 32u;
  let rows = params.batch * params.output_height * params.output_width;
  let n = min(column, params.output_slots - 1u);
  let right_step = params.output_slots;
  let corner0 = corner(first + lane + 0u);
  let corner1 = corner(first + lane + 8u);
  let corner2 = corner(first + lane + 16u);
  let corner3 = corner(first + lane + 24u);
  let bias = parameters[params.bias_offset + n];
  var x: vec4<f32>;
  var a0 = bias;
  var a1 = bias;
  var a2 = bias;
  var a3 = bias;
  var a4 = bias;
  var a5 = bias;
  var a6 = bias;
  var a7 = bias;
  var a8 = bias;
  var a9 = bias;
  var a10 = bias;
  var a11 = bias;
  var a12 = bias;
  var a13 = bias;
  var a14 = bias;
  var a15 = bias;
  var a16 = bias;
  var a17 = bias;
  var a18 = bias;
  var a19 = bias;
  var a20 = bias;
  var a21 = bias;
  var a22 = bias;
  var a23 = bias;
  var a24 = bias;
  var a25 = bias;
  var a26 = bias;
  var a27 = bias;
  var a28 = bias;
  var a29 = bias;
  var a30 = bias;
  var a31 = bias;
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let right_start = params.weight_offset + (params.first_tap + t) * tap_cells() + n;
    let s0 = input_of(corner0, tap);
    let s1 = input_of(corner1, tap);
    let s2 = input_of(corner2, tap);
    let s3 = input_of(corner3, tap);
    for (var k = 0u; k < params.input_slots; k++) {
      let w = right_start + 4u * k * right_step;
      let w0 = parameters[w + 0u * right_step];
      let w1 = parameters[w + 1u * right_step];
      let w2 = parameters[w + 2u * right_step];
      let w3 = parameters[w + 3u * right_step];
      let x0 = s0.inside * x_values[s0.first + k];
      let x1 = s1.inside * x_values[s1.first + k];
      let x2 = s2.inside * x_values[s2.first + k];
      let x3 = s3.inside * x_values[s3.first + k];
      x = subgroupShuffle(x0, 0u); a0 += x.x * w0; a0 += x.y * w1; a0 += x.z * w2; a0 += x.w * w3;
      x = subgroupShuffle(x0, 1u); a1 += x.x * w0; a1 += x.y * w1; a1 += x.z * w2; a1 += x.w * w3;
      x = subgroupShuffle(x0, 2u); a2 += x.x * w0; a2 += x.y * w1; a2 += x.z * w2; a2 += x.w * w3;
      x = subgroupShuffle(x0, 3u); a3 += x.x * w0; a3 += x.y * w1; a3 += x.z * w2; a3 += x.w * w3;
      x = subgroupShuffle(x0, 4u); a4 += x.x * w0; a4 += x.y * w1; a4 += x.z * w2; a4 += x.w * w3;
      x = subgroupShuffle(x0, 5u); a5 += x.x * w0; a5 += x.y * w1; a5 += x.z * w2; a5 += x.w * w3;
      x = subgroupShuffle(x0, 6u); a6 += x.x * w0; a6 += x.y * w1; a6 += x.z * w2; a6 += x.w * w3;
      x = subgroupShuffle(x0, 7u); a7 += x.x * w0; a7 += x.y * w1; a7 += x.z * w2; a7 += x.w * w3;
      x = subgroupShuffle(x1, 0u); a8 += x.x * w0; a8 += x.y * w1; a8 += x.z * w2; a8 += x.w * w3;
      x = subgroupShuffle(x1, 1u); a9 += x.x * w0; a9 += x.y * w1; a9 += x.z * w2; a9 += x.w * w3;
      x = subgroupShuffle(x1, 2u); a10 += x.x * w0; a10 += x.y * w1; a10 += x.z * w2; a10 += x.w * w3;
      x = subgroupShuffle(x1, 3u); a11 += x.x * w0; a11 += x.y * w1; a11 += x.z * w2; a11 += x.w * w3;
      x = subgroupShuffle(x1, 4u); a12 += x.x * w0; a12 += x.y * w1; a12 += x.z * w2; a12 += x.w * w3;
      x = subgroupShuffle(x1, 5u); a13 += x.x * w0; a13 += x.y * w1; a13 += x.z * w2; a13 += x.w * w3;
      x = subgroupShuffle(x1, 6u); a14 += x.x * w0; a14 += x.y * w1; a14 += x.z * w2; a14 += x.w * w3;
      x = subgroupShuffle(x1, 7u); a15 += x.x * w0; a15 += x.y * w1; a15 += x.z * w2; a15 += x.w * w3;
      x = subgroupShuffle(x2, 0u); a16 += x.x * w0; a16 += x.y * w1; a16 += x.z * w2; a16 += x.w * w3;
      x = subgroupShuffle(x2, 1u); a17 += x.x * w0; a17 += x.y * w1; a17 += x.z * w2; a17 += x.w * w3;
      x = subgroupShuffle(x2, 2u); a18 += x.x * w0; a18 += x.y * w1; a18 += x.z * w2; a18 += x.w * w3;
      x = subgroupShuffle(x2, 3u); a19 += x.x * w0; a19 += x.y * w1; a19 += x.z * w2; a19 += x.w * w3;
      x = subgroupShuffle(x2, 4u); a20 += x.x * w0; a20 += x.y * w1; a20 += x.z * w2; a20 += x.w * w3;
      x = subgroupShuffle(x2, 5u); a21 += x.x * w0; a21 += x.y * w1; a21 += x.z * w2; a21 += x.w * w3;
      x = subgroupShuffle(x2, 6u); a22 += x.x * w0; a22 += x.y * w1; a22 += x.z * w2; a22 += x.w * w3;
      x = subgroupShuffle(x2, 7u); a23 += x.x * w0; a23 += x.y * w1; a23 += x.z * w2; a23 += x.w * w3;
      x = subgroupShuffle(x3, 0u); a24 += x.x * w0; a24 += x.y * w1; a24 += x.z * w2; a24 += x.w * w3;
      x = subgroupShuffle(x3, 1u); a25 += x.x * w0; a25 += x.y * w1; a25 += x.z * w2; a25 += x.w * w3;
      x = subgroupShuffle(x3, 2u); a26 += x.x * w0; a26 += x.y * w1; a26 += x.z * w2; a26 += x.w * w3;
      x = subgroupShuffle(x3, 3u); a27 += x.x * w0; a27 += x.y * w1; a27 += x.z * w2; a27 += x.w * w3;
      x = subgroupShuffle(x3, 4u); a28 += x.x * w0; a28 += x.y * w1; a28 += x.z * w2; a28 += x.w * w3;
      x = subgroupShuffle(x3, 5u); a29 += x.x * w0; a29 += x.y * w1; a29 += x.z * w2; a29 += x.w * w3;
      x = subgroupShuffle(x3, 6u); a30 += x.x * w0; a30 += x.y * w1; a30 += x.z * w2; a30 += x.w * w3;
      x = subgroupShuffle(x3, 7u); a31 += x.x * w0; a31 += x.y * w1; a31 += x.z * w2; a31 += x.w * w3;
    }
  }
  if (column >= params.output_slots) { return; }
  if (first + 0u < rows) { result[(first + 0u) * params.output_slots + column] = activate(a0); }
  if (first + 1u < rows) { result[(first + 1u) * params.output_slots + column] = activate(a1); }
  if (first + 2u < rows) { result[(first + 2u) * params.output_slots + column] = activate(a2); }
  if (first + 3u < rows) { result[(first + 3u) * params.output_slots + column] = activate(a3); }
  if (first + 4u < rows) { result[(first + 4u) * params.output_slots + column] = activate(a4); }
  if (first + 5u < rows) { result[(first + 5u) * params.output_slots + column] = activate(a5); }
  if (first + 6u < rows) { result[(first + 6u) * params.output_slots + column] = activate(a6); }
  if (first + 7u < rows) { result[(first + 7u) * params.output_slots + column] = activate(a7); }
  if (first + 8u < rows) { result[(first + 8u) * params.output_slots + column] = activate(a8); }
  if (first + 9u < rows) { result[(first + 9u) * params.output_slots + column] = activate(a9); }
  if (first + 10u < rows) { result[(first + 10u) * params.output_slots + column] = activate(a10); }
  if (first + 11u < rows) { result[(first + 11u) * params.output_slots + column] = activate(a11); }
  if (first + 12u < rows) { result[(first + 12u) * params.output_slots + column] = activate(a12); }
  if (first + 13u < rows) { result[(first + 13u) * params.output_slots + column] = activate(a13); }
  if (first + 14u < rows) { result[(first + 14u) * params.output_slots + column] = activate(a14); }
  if (first + 15u < rows) { result[(first + 15u) * params.output_slots + column] = activate(a15); }
  if (first + 16u < rows) { result[(first + 16u) * params.output_slots + column] = activate(a16); }
  if (first + 17u < rows) { result[(first + 17u) * params.output_slots + column] = activate(a17); }
  if (first + 18u < rows) { result[(first + 18u) * params.output_slots + column] = activate(a18); }
  if (first + 19u < rows) { result[(first + 19u) * params.output_slots + column] = activate(a19); }
  if (first + 20u < rows) { result[(first + 20u) * params.output_slots + column] = activate(a20); }
  if (first + 21u < rows) { result[(first + 21u) * params.output_slots + column] = activate(a21); }
  if (first + 22u < rows) { result[(first + 22u) * params.output_slots + column] = activate(a22); }
  if (first + 23u < rows) { result[(first + 23u) * params.output_slots + column] = activate(a23); }
  if (first + 24u < rows) { result[(first + 24u) * params.output_slots + column] = activate(a24); }
  if (first + 25u < rows) { result[(first + 25u) * params.output_slots + column] = activate(a25); }
  if (first + 26u < rows) { result[(first + 26u) * params.output_slots + column] = activate(a26); }
  if (first + 27u < rows) { result[(first + 27u) * params.output_slots + column] = activate(a27); }
  if (first + 28u < rows) { result[(first + 28u) * params.output_slots + column] = activate(a28); }
  if (first + 29u < rows) { result[(first + 29u) * params.output_slots + column] = activate(a29); }
  if (first + 30u < rows) { result[(first + 30u) * params.output_slots + column] = activate(a30); }
  if (first + 31u < rows) { result[(first + 31u) * params.output_slots + column] = activate(a31); }
}

@compute @workgroup_size(8)
fn forward_4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 4u;
  let first_lane = local - lane;
  let column = group.x * 4u + lane;
  let first = (group.y * 2u + local / 4u) * 32u;
  let rows = params.batch * params.output_height * params.output_width;
  let n = min(column, params.output_slots - 1u);
  let right_step = params.output_slots;
  let corner0 = corner(first + lane + 0u);
  let corner1 = corner(first + lane + 4u);
  let corner2 = corner(first + lane + 8u);
  let corner3 = corner(first + lane + 12u);
  let corner4 = corner(first + lane + 16u);
  let corner5 = corner(first + lane + 20u);
  let corner6 = corner(first + lane + 24u);
  let corner7 = corner(first + lane + 28u);
  let bias = parameters[params.bias_offset + n];
  var x: vec4<f32>;
  var a0 = bias;
  var a1 = bias;
  var a2 = bias;
  var a3 = bias;
  var a4 = bias;
  var a5 = bias;
  var a6 = bias;
  var a7 = bias;
  var a8 = bias;
  var a9 = bias;
  var a10 = bias;
  var a11 = bias;
  var a12 = bias;
  var a13 = bias;
  var a14 = bias;
  var a15 = bias;
  var a16 = bias;
  var a17 = bias;
  var a18 = bias;
  var a19 = bias;
  var a20 = bias;
  var a21 = bias;
  var a22 = bias;
  var a23 = bias;
  var a24 = bias;
  var a25 = bias;
  var a26 = bias;
  var a27 = bias;
  var a28 = bias;
  var a29 = bias;
  var a30 = bias;
  var a31 = bias;
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let right_start = params.weight_offset + (params.first_tap + t) * tap_cells() + n;
    let s0 = input_of(corner0, tap);
    let s1 = input_of(corner1, tap);
    let s2 = input_of(corner2, tap);
    let s3 = input_of(corner3, tap);
    let s4 = input_of(corner4, tap);
    let s5 = input_of(corner5, tap);
    let s6 = input_of(corner6, tap);
    let s7 = input_of(corner7, tap);
    for (var k = 0u; k < params.input_slots; k++) {
      let w = right_start + 4u * k * right_step;
      let w0 = parameters[w + 0u * right_step];
      let w1 = parameters[w + 1u * right_step];
      let w2 = parameters[w + 2u * right_step];
      let w3 = parameters[w + 3u * right_step];
      let x0 = s0.inside * x_values[s0.first + k];
      let x1 = s1.inside * x_values[s1.first + k];
      let x2 = s2.inside * x_values[s2.first + k];
      let x3 = s3.inside * x_values[s3.first + k];
      let x4 = s4.inside * x_values[s4.first + k];
      let x5 = s5.inside * x_values[s5.first + k];
      let x6 = s6.inside * x_values[s6.first + k];
      let x7 = s7.inside * x_values[s7.first + k];
      x = subgroupShuffle(x0, first_lane + 0u); a0 += x.x * w0; a0 += x.y * w1; a0 += x.z * w2; a0 += x.w * w3;
      x = subgroupShuffle(x0, first_lane + 1u); a1 += x.x * w0; a1 += x.y * w1; a1 += x.z * w2; a1 += x.w * w3;
      x = subgroupShuffle(x0, first_lane + 2u); a2 += x.x * w0; a2 += x.y * w1; a2 += x.z * w2; a2 += x.w * w3;
      x = subgroupShuffle(x0, first_lane + 3u); a3 += x.x * w0; a3 += x.y * w1; a3 += x.z * w2; a3 += x.w * w3;
      x = subgroupShuffle(x1, first_lane + 0u); a4 += x.x * w0; a4 += x.y * w1; a4 += x.z * w2; a4 += x.w * w3;
      x = subgroupShuffle(x1, first_lane + 1u); a5 += x.x * w0; a5 += x.y * w1; a5 += x.z * w2; a5 += x.w * w3;
      x = subgroupShuffle(x1, first_lane + 2u); a6 += x.x * w0; a6 += x.y * w1; a6 += x.z * w2; a6 += x.w * w3;
      x = subgroupShuffle(x1, first_lane + 3u); a7 += x.x * w0; a7 += x.y * w1; a7 += x.z * w2; a7 += x.w * w3;
      x = subgroupShuffle(x2, first_lane + 0u); a8 += x.x * w0; a8 += x.y * w1; a8 += x.z * w2; a8 += x.w * w3;
      x = subgroupShuffle(x2, first_lane + 1u); a9 += x.x * w0; a9 += x.y * w1; a9 += x.z * w2; a9 += x.w * w3;
      x = subgroupShuffle(x2, first_lane + 2u); a10 += x.x * w0; a10 += x.y * w1; a10 += x.z * w2; a10 += x.w * w3;
      x = subgroupShuffle(x2, first_lane + 3u); a11 += x.x * w0; a11 += x.y * w1; a11 += x.z * w2; a11 += x.w * w3;
      x = subgroupShuffle(x3, first_lane + 0u); a12 += x.x * w0; a12 += x.y * w1; a12 += x.z * w2; a12 += x.w * w3;
      x = subgroupShuffle(x3, first_lane + 1u); a13 += x.x * w0; a13 += x.y * w1; a13 += x.z * w2; a13 += x.w * w3;
      x = subgroupShuffle(x3, first_lane + 2u); a14 += x.x * w0; a14 += x.y * w1; a14 += x.z * w2; a14 += x.w * w3;
      x = subgroupShuffle(x3, first_lane + 3u); a15 += x.x * w0; a15 += x.y * w1; a15 += x.z * w2; a15 += x.w * w3;
      x = subgroupShuffle(x4, first_lane + 0u); a16 += x.x * w0; a16 += x.y * w1; a16 += x.z * w2; a16 += x.w * w3;
      x = subgroupShuffle(x4, first_lane + 1u); a17 += x.x * w0; a17 += x.y * w1; a17 += x.z * w2; a17 += x.w * w3;
      x = subgroupShuffle(x4, first_lane + 2u); a18 += x.x * w0; a18 += x.y * w1; a18 += x.z * w2; a18 += x.w * w3;
      x = subgroupShuffle(x4, first_lane + 3u); a19 += x.x * w0; a19 += x.y * w1; a19 += x.z * w2; a19 += x.w * w3;
      x = subgroupShuffle(x5, first_lane + 0u); a20 += x.x * w0; a20 += x.y * w1; a20 += x.z * w2; a20 += x.w * w3;
      x = subgroupShuffle(x5, first_lane + 1u); a21 += x.x * w0; a21 += x.y * w1; a21 += x.z * w2; a21 += x.w * w3;
      x = subgroupShuffle(x5, first_lane + 2u); a22 += x.x * w0; a22 += x.y * w1; a22 += x.z * w2; a22 += x.w * w3;
      x = subgroupShuffle(x5, first_lane + 3u); a23 += x.x * w0; a23 += x.y * w1; a23 += x.z * w2; a23 += x.w * w3;
      x = subgroupShuffle(x6, first_lane + 0u); a24 += x.x * w0; a24 += x.y * w1; a24 += x.z * w2; a24 += x.w * w3;
      x = subgroupShuffle(x6, first_lane + 1u); a25 += x.x * w0; a25 += x.y * w1; a25 += x.z * w2; a25 += x.w * w3;
      x = subgroupShuffle(x6, first_lane + 2u); a26 += x.x * w0; a26 += x.y * w1; a26 += x.z * w2; a26 += x.w * w3;
      x = subgroupShuffle(x6, first_lane + 3u); a27 += x.x * w0; a27 += x.y * w1; a27 += x.z * w2; a27 += x.w * w3;
      x = subgroupShuffle(x7, first_lane + 0u); a28 += x.x * w0; a28 += x.y * w1; a28 += x.z * w2; a28 += x.w * w3;
      x = subgroupShuffle(x7, first_lane + 1u); a29 += x.x * w0; a29 += x.y * w1; a29 += x.z * w2; a29 += x.w * w3;
      x = subgroupShuffle(x7, first_lane + 2u); a30 += x.x * w0; a30 += x.y * w1; a30 += x.z * w2; a30 += x.w * w3;
      x = subgroupShuffle(x7, first_lane + 3u); a31 += x.x * w0; a31 += x.y * w1; a31 += x.z * w2; a31 += x.w * w3;
    }
  }
  if (column >= params.output_slots) { return; }
  if (first + 0u < rows) { result[(first + 0u) * params.output_slots + column] = activate(a0); }
  if (first + 1u < rows) { result[(first + 1u) * params.output_slots + column] = activate(a1); }
  if (first + 2u < rows) { result[(first + 2u) * params.output_slots + column] = activate(a2); }
  if (first + 3u < rows) { result[(first + 3u) * params.output_slots + column] = activate(a3); }
  if (first + 4u < rows) { result[(first + 4u) * params.output_slots + column] = activate(a4); }
  if (first + 5u < rows) { result[(first + 5u) * params.output_slots + column] = activate(a5); }
  if (first + 6u < rows) { result[(first + 6u) * params.output_slots + column] = activate(a6); }
  if (first + 7u < rows) { result[(first + 7u) * params.output_slots + column] = activate(a7); }
  if (first + 8u < rows) { result[(first + 8u) * params.output_slots + column] = activate(a8); }
  if (first + 9u < rows) { result[(first + 9u) * params.output_slots + column] = activate(a9); }
  if (first + 10u < rows) { result[(first + 10u) * params.output_slots + column] = activate(a10); }
  if (first + 11u < rows) { result[(first + 11u) * params.output_slots + column] = activate(a11); }
  if (first + 12u < rows) { result[(first + 12u) * params.output_slots + column] = activate(a12); }
  if (first + 13u < rows) { result[(first + 13u) * params.output_slots + column] = activate(a13); }
  if (first + 14u < rows) { result[(first + 14u) * params.output_slots + column] = activate(a14); }
  if (first + 15u < rows) { result[(first + 15u) * params.output_slots + column] = activate(a15); }
  if (first + 16u < rows) { result[(first + 16u) * params.output_slots + column] = activate(a16); }
  if (first + 17u < rows) { result[(first + 17u) * params.output_slots + column] = activate(a17); }
  if (first + 18u < rows) { result[(first + 18u) * params.output_slots + column] = activate(a18); }
  if (first + 19u < rows) { result[(first + 19u) * params.output_slots + column] = activate(a19); }
  if (first + 20u < rows) { result[(first + 20u) * params.output_slots + column] = activate(a20); }
  if (first + 21u < rows) { result[(first + 21u) * params.output_slots + column] = activate(a21); }
  if (first + 22u < rows) { result[(first + 22u) * params.output_slots + column] = activate(a22); }
  if (first + 23u < rows) { result[(first + 23u) * params.output_slots + column] = activate(a23); }
  if (first + 24u < rows) { result[(first + 24u) * params.output_slots + column] = activate(a24); }
  if (first + 25u < rows) { result[(first + 25u) * params.output_slots + column] = activate(a25); }
  if (first + 26u < rows) { result[(first + 26u) * params.output_slots + column] = activate(a26); }
  if (first + 27u < rows) { result[(first + 27u) * params.output_slots + column] = activate(a27); }
  if (first + 28u < rows) { result[(first + 28u) * params.output_slots + column] = activate(a28); }
  if (first + 29u < rows) { result[(first + 29u) * params.output_slots + column] = activate(a29); }
  if (first + 30u < rows) { result[(first + 30u) * params.output_slots + column] = activate(a30); }
  if (first + 31u < rows) { result[(first + 31u) * params.output_slots + column] = activate(a31); }
}

@compute @workgroup_size(8)
fn forward_2(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 2u;
  let first_lane = local - lane;
  let column = group.x * 2u + lane;
  let first = (group.y * 4u + local / 2u) * 32u;
  let rows = params.batch * params.output_height * params.output_width;
  let n = min(column, params.output_slots - 1u);
  let right_step = params.output_slots;
  let corner0 = corner(first + lane + 0u);
  let corner1 = corner(first + lane + 2u);
  let corner2 = corner(first + lane + 4u);
  let corner3 = corner(first + lane + 6u);
  let corner4 = corner(first + lane + 8u);
  let corner5 = corner(first + lane + 10u);
  let corner6 = corner(first + lane + 12u);
  let corner7 = corner(first + lane + 14u);
  let corner8 = corner(first + lane + 16u);
  let corner9 = corner(first + lane + 18u);
  let corner10 = corner(first + lane + 20u);
  let corner11 = corner(first + lane + 22u);
  let corner12 = corner(first + lane + 24u);
  let corner13 = corner(first + lane + 26u);
  let corner14 = corner(first + lane + 28u);
  let corner15 = corner(first + lane + 30u);
  let bias = parameters[params.bias_offset + n];
  var x: vec4<f32>;
  var a0 = bias;
  var a1 = bias;
  var a2 = bias;
  var a3 = bias;
  var a4 = bias;
  var a5 = bias;
  var a6 = bias;
  var a7 = bias;
  var a8 = bias;
  var a9 = bias;
  var a10 = bias;
  var a11 = bias;
  var a12 = bias;
  var a13 = bias;
  var a14 = bias;
  var a15 = bias;
  var a16 = bias;
  var a17 = bias;
  var a18 = bias;
  var a19 = bias;
  var a20 = bias;
  var a21 = bias;
  var a22 = bias;
  var a23 = bias;
  var a24 = bias;
  var a25 = bias;
  var a26 = bias;
  var a27 = bias;
  var a28 = bias;
  var a29 = bias;
  var a30 = bias;
  var a31 = bias;
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let right_start = params.weight_offset + (params.first_tap + t) * tap_cells() + n;
    let s0 = input_of(corner0, tap);
    let s1 = input_of(corner1, tap);
    let s2 = input_of(corner2, tap);
    let s3 = input_of(corner3, tap);
    let s4 = input_of(corner4, tap);
    let s5 = input_of(corner5, tap);
    let s6 = input_of(corner6, tap);
    let s7 = input_of(corner7, tap);
    let s8 = input_of(corner8, tap);
    let s9 = input_of(corner9, tap);
    let s10 = input_of(corner10, tap);
    let s11 = input_of(corner11, tap);
    let s12 = input_of(corner12, tap);
    let s13 = input_of(corner13, tap);
    let s14 = input_of(corner14, tap);
    let s15 = input_of(corner15, tap);
    for (var k = 0u; k < params.input_slots; k++) {
      let w = right_start + 4u * k * right_step;
      let w0 = parameters[w + 0u * right_step];
      let w1 = parameters[w + 1u * right_step];
      let w2 = parameters[w + 2u * right_step];
      let w3 = parameters[w + 3u * right_step];
      let x0 = s0.inside * x_values[s0.first + k];
      let x1 = s1.inside * x_values[s1.first + k];
      let x2 = s2.inside * x_values[s2.first + k];
      let x3 = s3.inside * x_values[s3.first + k];
      let x4 = s4.inside * x_values[s4.first + k];
      let x5 = s5.inside * x_values[s5.first + k];
      let x6 = s6.inside * x_values[s6.first + k];
      let x7 = s7.inside * x_values[s7.first + k];
      let x8 = s8.inside * x_values[s8.first + k];
      let x9 = s9.inside * x_values[s9.first + k];
      let x10 = s10.inside * x_values[s10.first + k];
      let x11 = s11.inside * x_values[s11.first + k];
      let x12 = s12.inside * x_values[s12.first + k];
      let x13 = s13.inside * x_values[s13.first + k];
      let x14 = s14.inside * x_values[s14.first + k];
      let x15 = s15.inside * x_values[s15.first + k];
      x = subgroupShuffle(x0, first_lane + 0u); a0 += x.x * w0; a0 += x.y * w1; a0 += x.z * w2; a0 += x.w * w3;
      x = subgroupShuffle(x0, first_lane + 1u); a1 += x.x * w0; a1 += x.y * w1; a1 += x.z * w2; a1 += x.w * w3;
      x = subgroupShuffle(x1, first_lane + 0u); a2 += x.x * w0; a2 += x.y * w1; a2 += x.z * w2; a2 += x.w * w3;
      x = subgroupShuffle(x1, first_lane + 1u); a3 += x.x * w0; a3 += x.y * w1; a3 += x.z * w2; a3 += x.w * w3;
      x = subgroupShuffle(x2, first_lane + 0u); a4 += x.x * w0; a4 += x.y * w1; a4 += x.z * w2; a4 += x.w * w3;
      x = subgroupShuffle(x2, first_lane + 1u); a5 += x.x * w0; a5 += x.y * w1; a5 += x.z * w2; a5 += x.w * w3;
      x = subgroupShuffle(x3, first_lane + 0u); a6 += x.x * w0; a6 += x.y * w1; a6 += x.z * w2; a6 += x.w * w3;
      x = subgroupShuffle(x3, first_lane + 1u); a7 += x.x * w0; a7 += x.y * w1; a7 += x.z * w2; a7 += x.w * w3;
      x = subgroupShuffle(x4, first_lane + 0u); a8 += x.x * w0; a8 += x.y * w1; a8 += x.z * w2; a8 += x.w * w3;
      x = subgroupShuffle(x4, first_lane + 1u); a9 += x.x * w0; a9 += x.y * w1; a9 += x.z * w2; a9 += x.w * w3;
      x = subgroupShuffle(x5, first_lane + 0u); a10 += x.x * w0; a10 += x.y * w1; a10 += x.z * w2; a10 += x.w * w3;
      x = subgroupShuffle(x5, first_lane + 1u); a11 += x.x * w0; a11 += x.y * w1; a11 += x.z * w2; a11 += x.w * w3;
      x = subgroupShuffle(x6, first_lane + 0u); a12 += x.x * w0; a12 += x.y * w1; a12 += x.z * w2; a12 += x.w * w3;
      x = subgroupShuffle(x6, first_lane + 1u); a13 += x.x * w0; a13 += x.y * w1; a13 += x.z * w2; a13 += x.w * w3;
      x = subgroupShuffle(x7, first_lane + 0u); a14 += x.x * w0; a14 += x.y * w1; a14 += x.z * w2; a14 += x.w * w3;
      x = subgroupShuffle(x7, first_lane + 1u); a15 += x.x * w0; a15 += x.y * w1; a15 += x.z * w2; a15 += x.w * w3;
      x = subgroupShuffle(x8, first_lane + 0u); a16 += x.x * w0; a16 += x.y * w1; a16 += x.z * w2; a16 += x.w * w3;
      x = subgroupShuffle(x8, first_lane + 1u); a17 += x.x * w0; a17 += x.y * w1; a17 += x.z * w2; a17 += x.w * w3;
      x = subgroupShuffle(x9, first_lane + 0u); a18 += x.x * w0; a18 += x.y * w1; a18 += x.z * w2; a18 += x.w * w3;
      x = subgroupShuffle(x9, first_lane + 1u); a19 += x.x * w0; a19 += x.y * w1; a19 += x.z * w2; a19 += x.w * w3;
      x = subgroupShuffle(x10, first_lane + 0u); a20 += x.x * w0; a20 += x.y * w1; a20 += x.z * w2; a20 += x.w * w3;
      x = subgroupShuffle(x10, first_lane + 1u); a21 += x.x * w0; a21 += x.y * w1; a21 += x.z * w2; a21 += x.w * w3;
      x = subgroupShuffle(x11, first_lane + 0u); a22 += x.x * w0; a22 += x.y * w1; a22 += x.z * w2; a22 += x.w * w3;
      x = subgroupShuffle(x11, first_lane + 1u); a23 += x.x * w0; a23 += x.y * w1; a23 += x.z * w2; a23 += x.w * w3;
      x = subgroupShuffle(x12, first_lane + 0u); a24 += x.x * w0; a24 += x.y * w1; a24 += x.z * w2; a24 += x.w * w3;
      x = subgroupShuffle(x12, first_lane + 1u); a25 += x.x * w0; a25 += x.y * w1; a25 += x.z * w2; a25 += x.w * w3;
      x = subgroupShuffle(x13, first_lane + 0u); a26 += x.x * w0; a26 += x.y * w1; a26 += x.z * w2; a26 += x.w * w3;
      x = subgroupShuffle(x13, first_lane + 1u); a27 += x.x * w0; a27 += x.y * w1; a27 += x.z * w2; a27 += x.w * w3;
      x = subgroupShuffle(x14, first_lane + 0u); a28 += x.x * w0; a28 += x.y * w1; a28 += x.z * w2; a28 += x.w * w3;
      x = subgroupShuffle(x14, first_lane + 1u); a29 += x.x * w0; a29 += x.y * w1; a29 += x.z * w2; a29 += x.w * w3;
      x = subgroupShuffle(x15, first_lane + 0u); a30 += x.x * w0; a30 += x.y * w1; a30 += x.z * w2; a30 += x.w * w3;
      x = subgroupShuffle(x15, first_lane + 1u); a31 += x.x * w0; a31 += x.y * w1; a31 += x.z * w2; a31 += x.w * w3;
    }
  }
  if (column >= params.output_slots) { return; }
  if (first + 0u < rows) { result[(first + 0u) * params.output_slots + column] = activate(a0); }
  if (first + 1u < rows) { result[(first + 1u) * params.output_slots + column] = activate(a1); }
  if (first + 2u < rows) { result[(first + 2u) * params.output_slots + column] = activate(a2); }
  if (first + 3u < rows) { result[(first + 3u) * params.output_slots + column] = activate(a3); }
  if (first + 4u < rows) { result[(first + 4u) * params.output_slots + column] = activate(a4); }
  if (first + 5u < rows) { result[(first + 5u) * params.output_slots + column] = activate(a5); }
  if (first + 6u < rows) { result[(first + 6u) * params.output_slots + column] = activate(a6); }
  if (first + 7u < rows) { result[(first + 7u) * params.output_slots + column] = activate(a7); }
  if (first + 8u < rows) { result[(first + 8u) * params.output_slots + column] = activate(a8); }
  if (first + 9u < rows) { result[(first + 9u) * params.output_slots + column] = activate(a9); }
  if (first + 10u < rows) { result[(first + 10u) * params.output_slots + column] = activate(a10); }
  if (first + 11u < rows) { result[(first + 11u) * params.output_slots + column] = activate(a11); }
  if (first + 12u < rows) { result[(first + 12u) * params.output_slots + column] = activate(a12); }
  if (first + 13u < rows) { result[(first + 13u) * params.output_slots + column] = activate(a13); }
  if (first + 14u < rows) { result[(first + 14u) * params.output_slots + column] = activate(a14); }
  if (first + 15u < rows) { result[(first + 15u) * params.output_slots + column] = activate(a15); }
  if (first + 16u < rows) { result[(first + 16u) * params.output_slots + column] = activate(a16); }
  if (first + 17u < rows) { result[(first + 17u) * params.output_slots + column] = activate(a17); }
  if (first + 18u < rows) { result[(first + 18u) * params.output_slots + column] = activate(a18); }
  if (first + 19u < rows) { result[(first + 19u) * params.output_slots + column] = activate(a19); }
  if (first + 20u < rows) { result[(first + 20u) * params.output_slots + column] = activate(a20); }
  if (first + 21u < rows) { result[(first + 21u) * params.output_slots + column] = activate(a21); }
  if (first + 22u < rows) { result[(first + 22u) * params.output_slots + column] = activate(a22); }
  if (first + 23u < rows) { result[(first + 23u) * params.output_slots + column] = activate(a23); }
  if (first + 24u < rows) { result[(first + 24u) * params.output_slots + column] = activate(a24); }
  if (first + 25u < rows) { result[(first + 25u) * params.output_slots + column] = activate(a25); }
  if (first + 26u < rows) { result[(first + 26u) * params.output_slots + column] = activate(a26); }
  if (first + 27u < rows) { result[(first + 27u) * params.output_slots + column] = activate(a27); }
  if (first + 28u < rows) { result[(first + 28u) * params.output_slots + column] = activate(a28); }
  if (first + 29u < rows) { result[(first + 29u) * params.output_slots + column] = activate(a29); }
  if (first + 30u < rows) { result[(first + 30u) * params.output_slots + column] = activate(a30); }
  if (first + 31u < rows) { result[(first + 31u) * params.output_slots + column] = activate(a31); }
}

@compute @workgroup_size(8)
fn dinput_8(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 8u;
  let column = group.x * 8u + lane;
  let first = (group.y * 1u + local / 8u) * 32u;
  let phase = vec2(group.z / params.stride, group.z % params.stride);
  let size = (vec2(params.height, params.width) + params.stride - 1u - phase) / params.stride;
  let rows = params.batch * size.x * size.y;
  let n = min(column, params.input_slots - 1u);
  let right_step = params.output_slots;
  let place0 = input_place(first + lane + 0u, phase, size, params.stride);
  let pixel0 = (place0.x * params.height + place0.y) * params.width + place0.z;
  let reach0 = reach(place0);
  let place1 = input_place(first + lane + 8u, phase, size, params.stride);
  let pixel1 = (place1.x * params.height + place1.y) * params.width + place1.z;
  let reach1 = reach(place1);
  let place2 = input_place(first + lane + 16u, phase, size, params.stride);
  let pixel2 = (place2.x * params.height + place2.y) * params.width + place2.z;
  let reach2 = reach(place2);
  let place3 = input_place(first + lane + 24u, phase, size, params.stride);
  let pixel3 = (place3.x * params.height + place3.y) * params.width + place3.z;
  let reach3 = reach(place3);
  let start = (phase + params.padding) % params.stride;
  var x: vec4<f32>;
  var a0 = vec4(0.0);
  var a1 = vec4(0.0);
  var a2 = vec4(0.0);
  var a3 = vec4(0.0);
  var a4 = vec4(0.0);
  var a5 = vec4(0.0);
  var a6 = vec4(0.0);
  var a7 = vec4(0.0);
  var a8 = vec4(0.0);
  var a9 = vec4(0.0);
  var a10 = vec4(0.0);
  var a11 = vec4(0.0);
  var a12 = vec4(0.0);
  var a13 = vec4(0.0);
  var a14 = vec4(0.0);
  var a15 = vec4(0.0);
  var a16 = vec4(0.0);
  var a17 = vec4(0.0);
  var a18 = vec4(0.0);
  var a19 = vec4(0.0);
  var a20 = vec4(0.0);
  var a21 = vec4(0.0);
  var a22 = vec4(0.0);
  var a23 = vec4(0.0);
  var a24 = vec4(0.0);
  var a25 = vec4(0.0);
  var a26 = vec4(0.0);
  var a27 = vec4(0.0);
  var a28 = vec4(0.0);
  var a29 = vec4(0.0);
  var a30 = vec4(0.0);
  var a31 = vec4(0.0);
  for (var tap_row = start.x; tap_row < params.kernel; tap_row += params.stride) {
    for (var tap_column = start.y; tap_column < params.kernel; tap_column += params.stride) {
      let tap = vec2<i32>(vec2(tap_row, tap_column) * params.dilation);
      let t = params.first_tap + tap_row * params.kernel + tap_column;
      let right_start = params.weight_offset + t * tap_cells() + 4u * n * right_step;
      let s0 = output_of(reach0, tap);
      let s1 = output_of(reach1, tap);
      let s2 = output_of(reach2, tap);
      let s3 = output_of(reach3, tap);
      for (var k = 0u; k < params.output_slots; k++) {
        let w = right_start + k;
        let v0 = weight_values[w + 0u * right_step];
        let v1 = weight_values[w + 1u * right_step];
        let v2 = weight_values[w + 2u * right_step];
        let v3 = weight_values[w + 3u * right_step];
        let w0 = vec4(v0.x, v1.x, v2.x, v3.x);
        let w1 = vec4(v0.y, v1.y, v2.y, v3.y);
        let w2 = vec4(v0.z, v1.z, v2.z, v3.z);
        let w3 = vec4(v0.w, v1.w, v2.w, v3.w);
        let x0 = s0.inside * dout[s0.first + k];
        let x1 = s1.inside * dout[s1.first + k];
        let x2 = s2.inside * dout[s2.first + k];
        let x3 = s3.inside * dout[s3.first + k];
        x = subgroupShuffle(x0, 0u); a0 += x.x * w0; a0 += x.y * w1; a0 += x.z * w2; a0 += x.w * w3;
        x = subgroupShuffle(x0, 1u); a1 += x.x * w0; a1 += x.y * w1; a1 += x.z * w2; a1 += x.w * w3;
        x = subgroupShuffle(x0, 2u); a2 += x.x * w0; a2 += x.y * w1; a2 += x.z * w2; a2 += x.w * w3;
        x = subgroupShuffle(x0, 3u); a3 += x.x * w0; a3 += x.y * w1; a3 += x.z * w2; a3 += x.w * w3;
        x = subgroupShuffle(x0, 4u); a4 += x.x * w0; a4 += x.y * w1; a4 += x.z * w2; a4 += x.w * w3;
        x = subgroupShuffle(x0, 5u); a5 += x.x * w0; a5 += x.y * w1; a5 += x.z * w2; a5 += x.w * w3;
        x = subgroupShuffle(x0, 6u); a6 += x.x * w0; a6 += x.y * w1; a6 += x.z * w2; a6 += x.w * w3;
        x = subgroupShuffle(x0, 7u); a7 += x.x * w0; a7 += x.y * w1; a7 += x.z * w2; a7 += x.w * w3;
        x = subgroupShuffle(x1, 0u); a8 += x.x * w0; a8 += x.y * w1; a8 += x.z * w2; a8 += x.w * w3;
        x = subgroupShuffle(x1, 1u); a9 += x.x * w0; a9 += x.y * w1; a9 += x.z * w2; a9 += x.w * w3;
        x = subgroupShuffle(x1, 2u); a10 += x.x * w0; a10 += x.y * w1; a10 += x.z * w2; a10 += x.w * w3;
        x = subgroupShuffle(x1, 3u); a11 += x.x * w0; a11 += x.y * w1; a11 += x.z * w2; a11 += x.w * w3;
        x = subgroupShuffle(x1, 4u); a12 += x.x * w0; a12 += x.y * w1; a12 += x.z * w2; a12 += x.w * w3;
        x = subgroupShuffle(x1, 5u); a13 += x.x * w0; a13 += x.y * w1; a13 += x.z * w2; a13 += x.w * w3;
        x = subgroupShuffle(x1, 6u); a14 += x.x * w0; a14 += x.y * w1; a14 += x.z * w2; a14 += x.w * w3;
        x = subgroupShuffle(x1, 7u); a15 += x.x * w0; a15 += x.y * w1; a15 += x.z * w2; a15 += x.w * w3;
        x = subgroupShuffle(x2, 0u); a16 += x.x * w0; a16 += x.y * w1; a16 += x.z * w2; a16 += x.w * w3;
        x = subgroupShuffle(x2, 1u); a17 += x.x * w0; a17 += x.y * w1; a17 += x.z * w2; a17 += x.w * w3;
        x = subgroupShuffle(x2, 2u); a18 += x.x * w0; a18 += x.y * w1; a18 += x.z * w2; a18 += x.w * w3;
        x = subgroupShuffle(x2, 3u); a19 += x.x * w0; a19 += x.y * w1; a19 += x.z * w2; a19 += x.w * w3;
        x = subgroupShuffle(x2, 4u); a20 += x.x * w0; a20 += x.y * w1; a20 += x.z * w2; a20 += x.w * w3;
        x = subgroupShuffle(x2, 5u); a21 += x.x * w0; a21 += x.y * w1; a21 += x.z * w2; a21 += x.w * w3;
        x = subgroupShuffle(x2, 6u); a22 += x.x * w0; a22 += x.y * w1; a22 += x.z * w2; a22 += x.w * w3;
        x = subgroupShuffle(x2, 7u); a23 += x.x * w0; a23 += x.y * w1; a23 += x.z * w2; a23 += x.w * w3;
        x = subgroupShuffle(x3, 0u); a24 += x.x * w0; a24 += x.y * w1; a24 += x.z * w2; a24 += x.w * w3;
        x = subgroupShuffle(x3, 1u); a25 += x.x * w0; a25 += x.y * w1; a25 += x.z * w2; a25 += x.w * w3;
        x = subgroupShuffle(x3, 2u); a26 += x.x * w0; a26 += x.y * w1; a26 += x.z * w2; a26 += x.w * w3;
        x = subgroupShuffle(x3, 3u); a27 += x.x * w0; a27 += x.y * w1; a27 += x.z * w2; a27 += x.w * w3;
        x = subgroupShuffle(x3, 4u); a28 += x.x * w0; a28 += x.y * w1; a28 += x.z * w2; a28 += x.w * w3;
        x = subgroupShuffle(x3, 5u); a29 += x.x * w0; a29 += x.y * w1; a29 += x.z * w2; a29 += x.w * w3;
        x = subgroupShuffle(x3, 6u); a30 += x.x * w0; a30 += x.y * w1; a30 += x.z * w2; a30 += x.w * w3;
        x = subgroupShuffle(x3, 7u); a31 += x.x * w0; a31 += x.y * w1; a31 += x.z * w2; a31 += x.w * w3;
      }
    }
  }
  let target0 = subgroupShuffle(pixel0, 0u);
  let target1 = subgroupShuffle(pixel0, 1u);
  let target2 = subgroupShuffle(pixel0, 2u);
  let target3 = subgroupShuffle(pixel0, 3u);
  let target4 = subgroupShuffle(pixel0, 4u);
  let target5 = subgroupShuffle(pixel0, 5u);
  let target6 = subgroupShuffle(pixel0, 6u);
  let target7 = subgroupShuffle(pixel0, 7u);
  let target8 = subgroupShuffle(pixel1, 0u);
  let target9 = subgroupShuffle(pixel1, 1u);
  let target10 = subgroupShuffle(pixel1, 2u);
  let target11 = subgroupShuffle(pixel1, 3u);
  let target12 = subgroupShuffle(pixel1, 4u);
  let target13 = subgroupShuffle(pixel1, 5u);
  let target14 = subgroupShuffle(pixel1, 6u);
  let target15 = subgroupShuffle(pixel1, 7u);
  let target16 = subgroupShuffle(pixel2, 0u);
  let target17 = subgroupShuffle(pixel2, 1u);
  let target18 = subgroupShuffle(pixel2, 2u);
  let target19 = subgroupShuffle(pixel2, 3u);
  let target20 = subgroupShuffle(pixel2, 4u);
  let target21 = subgroupShuffle(pixel2, 5u);
  let target22 = subgroupShuffle(pixel2, 6u);
  let target23 = subgroupShuffle(pixel2, 7u);
  let target24 = subgroupShuffle(pixel3, 0u);
  let target25 = subgroupShuffle(pixel3, 1u);
  let target26 = subgroupShuffle(pixel3, 2u);
  let target27 = subgroupShuffle(pixel3, 3u);
  let target28 = subgroupShuffle(pixel3, 4u);
  let target29 = subgroupShuffle(pixel3, 5u);
  let target30 = subgroupShuffle(pixel3, 6u);
  let target31 = subgroupShuffle(pixel3, 7u);
  if (column >= params.input_slots) { return; }
  if (first + 0u < rows) { result[target0 * params.input_slots + column] = a0; }
  if (first + 1u < rows) { result[target1 * params.input_slots + column] = a1; }
  if (first + 2u < rows) { result[target2 * params.input_slots + column] = a2; }
  if (first + 3u < rows) { result[target3 * params.input_slots + column] = a3; }
  if (first + 4u < rows) { result[target4 * params.input_slots + column] = a4; }
  if (first + 5u < rows) { result[target5 * params.input_slots + column] = a5; }
  if (first + 6u < rows) { result[target6 * params.input_slots + column] = a6; }
  if (first + 7u < rows) { result[target7 * params.input_slots + column] = a7; }
  if (first + 8u < rows) { result[target8 * params.input_slots + column] = a8; }
  if (first + 9u < rows) { result[target9 * params.input_slots + column] = a9; }
  if (first + 10u < rows) { result[target10 * params.input_slots + column] = a10; }
  if (first + 11u < rows) { result[target11 * params.input_slots + column] = a11; }
  if (first + 12u < rows) { result[target12 * params.input_slots + column] = a12; }
  if (first + 13u < rows) { result[target13 * params.input_slots + column] = a13; }
  if (first + 14u < rows) { result[target14 * params.input_slots + column] = a14; }
  if (first + 15u < rows) { result[target15 * params.input_slots + column] = a15; }
  if (first + 16u < rows) { result[target16 * params.input_slots + column] = a16; }
  if (first + 17u < rows) { result[target17 * params.input_slots + column] = a17; }
  if (first + 18u < rows) { result[target18 * params.input_slots + column] = a18; }
  if (first + 19u < rows) { result[target19 * params.input_slots + column] = a19; }
  if (first + 20u < rows) { result[target20 * params.input_slots + column] = a20; }
  if (first + 21u < rows) { result[target21 * params.input_slots + column] = a21; }
  if (first + 22u < rows) { result[target22 * params.input_slots + column] = a22; }
  if (first + 23u < rows) { result[target23 * params.input_slots + column] = a23; }
  if (first + 24u < rows) { result[target24 * params.input_slots + column] = a24; }
  if (first + 25u < rows) { result[target25 * params.input_slots + column] = a25; }
  if (first + 26u < rows) { result[target26 * params.input_slots + column] = a26; }
  if (first + 27u < rows) { result[target27 * params.input_slots + column] = a27; }
  if (first + 28u < rows) { result[target28 * params.input_slots + column] = a28; }
  if (first + 29u < rows) { result[target29 * params.input_slots + column] = a29; }
  if (first + 30u < rows) { result[target30 * params.input_slots + column] = a30; }
  if (first + 31u < rows) { result[target31 * params.input_slots + column] = a31; }
}

@compute @workgroup_size(8)
fn dinput_4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 4u;
  let first_lane = local - lane;
  let column = group.x * 4u + lane;
  let first = (group.y * 2u + local / 4u) * 32u;
  let phase = vec2(group.z / params.stride, group.z % params.stride);
  let size = (vec2(params.height, params.width) + params.stride - 1u - phase) / params.stride;
  let rows = params.batch * size.x * size.y;
  let n = min(column, params.input_slots - 1u);
  let right_step = params.output_slots;
  let place0 = input_place(first + lane + 0u, phase, size, params.stride);
  let pixel0 = (place0.x * params.height + place0.y) * params.width + place0.z;
  let reach0 = reach(place0);
  let place1 = input_place(first + lane + 4u, phase, size, params.stride);
  let pixel1 = (place1.x * params.height + place1.y) * params.width + place1.z;
  let reach1 = reach(place1);
  let place2 = input_place(first + lane + 8u, phase, size, params.stride);
  let pixel2 = (place2.x * params.height + place2.y) * params.width + place2.z;
  let reach2 = reach(place2);
  let place3 = input_place(first + lane + 12u, phase, size, params.stride);
  let pixel3 = (place3.x * params.height + place3.y) * params.width + place3.z;
  let reach3 = reach(place3);
  let place4 = input_place(first + lane + 16u, phase, size, params.stride);
  let pixel4 = (place4.x * params.height + place4.y) * params.width + place4.z;
  let reach4 = reach(place4);
  let place5 = input_place(first + lane + 20u, phase, size, params.stride);
  let pixel5 = (place5.x * params.height + place5.y) * params.width + place5.z;
  let reach5 = reach(place5);
  let place6 = input_place(first + lane + 24u, phase, size, params.stride);
  let pixel6 = (place6.x * params.height + place6.y) * params.width + place6.z;
  let reach6 = reach(place6);
  let place7 = input_place(first + lane + 28u, phase, size, params.stride);
  let pixel7 = (place7.x * params.height + place7.y) * params.width + place7.z;
  let reach7 = reach(place7);
  let start = (phase + params.padding) % params.stride;
  var x: vec4<f32>;
  var a0 = vec4(0.0);
  var a1 = vec4(0.0);
  var a2 = vec4(0.0);
  var a3 = vec4(0.0);
  var a4 = vec4(0.0);
  var a5 = vec4(0.0);
  var a6 = vec4(0.0);
  var a7 = vec4(0.0);
  var a8 = vec4(0.0);
  var a9 = vec4(0.0);
  var a10 = vec4(0.0);
  var a11 = vec4(0.0);
  var a12 = vec4(0.0);
  var a13 = vec4(0.0);
  var a14 = vec4(0.0);
  var a15 = vec4(0.0);
  var a16 = vec4(0.0);
  var a17 = vec4(0.0);
  var a18 = vec4(0.0);
  var a19 = vec4(0.0);
  var a20 = vec4(0.0);
  var a21 = vec4(0.0);
  var a22 = vec4(0.0);
  var a23 = vec4(0.0);
  var a24 = vec4(0.0);
  var a25 = vec4(0.0);
  var a26 = vec4(0.0);
  var a27 = vec4(0.0);
  var a28 = vec4(0.0);
  var a29 = vec4(0.0);
  var a30 = vec4(0.0);
  var a31 = vec4(0.0);
  for (var tap_row = start.x; tap_row < params.kernel; tap_row += params.stride) {
    for (var tap_column = start.y; tap_column < params.kernel; tap_column += params.stride) {
      let tap = vec2<i32>(vec2(tap_row, tap_column) * params.dilation);
      let t = params.first_tap + tap_row * params.kernel + tap_column;
      let right_start = params.weight_offset + t * tap_cells() + 4u * n * right_step;
      let s0 = output_of(reach0, tap);
      let s1 = output_of(reach1, tap);
      let s2 = output_of(reach2, tap);
      let s3 = output_of(reach3, tap);
      let s4 = output_of(reach4, tap);
      let s5 = output_of(reach5, tap);
      let s6 = output_of(reach6, tap);
      let s7 = output_of(reach7, tap);
      for (var k = 0u; k < params.output_slots; k++) {
        let w = right_start + k;
        let v0 = weight_values[w + 0u * right_step];
        let v1 = weight_values[w + 1u * right_step];
        let v2 = weight_values[w + 2u * right_step];
        let v3 = weight_values[w + 3u * right_step];
        let w0 = vec4(v0.x, v1.x, v2.x, v3.x);
        let w1 = vec4(v0.y, v1.y, v2.y, v3.y);
        let w2 = vec4(v0.z, v1.z, v2.z, v3.z);
        let w3 = vec4(v0.w, v1.w, v2.w, v3.w);
        let x0 = s0.inside * dout[s0.first + k];
        let x1 = s1.inside * dout[s1.first + k];
        let x2 = s2.inside * dout[s2.first + k];
        let x3 = s3.inside * dout[s3.first + k];
        let x4 = s4.inside * dout[s4.first + k];
        let x5 = s5.inside * dout[s5.first + k];
        let x6 = s6.inside * dout[s6.first + k];
        let x7 = s7.inside * dout[s7.first + k];
        x = subgroupShuffle(x0, first_lane + 0u); a0 += x.x * w0; a0 += x.y * w1; a0 += x.z * w2; a0 += x.w * w3;
        x = subgroupShuffle(x0, first_lane + 1u); a1 += x.x * w0; a1 += x.y * w1; a1 += x.z * w2; a1 += x.w * w3;
        x = subgroupShuffle(x0, first_lane + 2u); a2 += x.x * w0; a2 += x.y * w1; a2 += x.z * w2; a2 += x.w * w3;
        x = subgroupShuffle(x0, first_lane + 3u); a3 += x.x * w0; a3 += x.y * w1; a3 += x.z * w2; a3 += x.w * w3;
        x = subgroupShuffle(x1, first_lane + 0u); a4 += x.x * w0; a4 += x.y * w1; a4 += x.z * w2; a4 += x.w * w3;
        x = subgroupShuffle(x1, first_lane + 1u); a5 += x.x * w0; a5 += x.y * w1; a5 += x.z * w2; a5 += x.w * w3;
        x = subgroupShuffle(x1, first_lane + 2u); a6 += x.x * w0; a6 += x.y * w1; a6 += x.z * w2; a6 += x.w * w3;
        x = subgroupShuffle(x1, first_lane + 3u); a7 += x.x * w0; a7 += x.y * w1; a7 += x.z * w2; a7 += x.w * w3;
        x = subgroupShuffle(x2, first_lane + 0u); a8 += x.x * w0; a8 += x.y * w1; a8 += x.z * w2; a8 += x.w * w3;
        x = subgroupShuffle(x2, first_lane + 1u); a9 += x.x * w0; a9 += x.y * w1; a9 += x.z * w2; a9 += x.w * w3;
        x = subgroupShuffle(x2, first_lane + 2u); a10 += x.x * w0; a10 += x.y * w1; a10 += x.z * w2; a10 += x.w * w3;
        x = subgroupShuffle(x2, first_lane + 3u); a11 += x.x * w0; a11 += x.y * w1; a11 += x.z * w2; a11 += x.w * w3;
        x = subgroupShuffle(x3, first_lane + 0u); a12 += x.x * w0; a12 += x.y * w1; a12 += x.z * w2; a12 += x.w * w3;
        x = subgroupShuffle(x3, first_lane + 1u); a13 += x.x * w0; a13 += x.y * w1; a13 += x.z * w2; a13 += x.w * w3;
        x = subgroupShuffle(x3, first_lane + 2u); a14 += x.x * w0; a14 += x.y * w1; a14 += x.z * w2; a14 += x.w * w3;
        x = subgroupShuffle(x3, first_lane + 3u); a15 += x.x * w0; a15 += x.y * w1; a15 += x.z * w2; a15 += x.w * w3;
        x = subgroupShuffle(x4, first_lane + 0u); a16 += x.x * w0; a16 += x.y * w1; a16 += x.z * w2; a16 += x.w * w3;
        x = subgroupShuffle(x4, first_lane + 1u); a17 += x.x * w0; a17 += x.y * w1; a17 += x.z * w2; a17 += x.w * w3;
        x = subgroupShuffle(x4, first_lane + 2u); a18 += x.x * w0; a18 += x.y * w1; a18 += x.z * w2; a18 += x.w * w3;
        x = subgroupShuffle(x4, first_lane + 3u); a19 += x.x * w0; a19 += x.y * w1; a19 += x.z * w2; a19 += x.w * w3;
        x = subgroupShuffle(x5, first_lane + 0u); a20 += x.x * w0; a20 += x.y * w1; a20 += x.z * w2; a20 += x.w * w3;
        x = subgroupShuffle(x5, first_lane + 1u); a21 += x.x * w0; a21 += x.y * w1; a21 += x.z * w2; a21 += x.w * w3;
        x = subgroupShuffle(x5, first_lane + 2u); a22 += x.x * w0; a22 += x.y * w1; a22 += x.z * w2; a22 += x.w * w3;
        x = subgroupShuffle(x5, first_lane + 3u); a23 += x.x * w0; a23 += x.y * w1; a23 += x.z * w2; a23 += x.w * w3;
        x = subgroupShuffle(x6, first_lane + 0u); a24 += x.x * w0; a24 += x.y * w1; a24 += x.z * w2; a24 += x.w * w3;
        x = subgroupShuffle(x6, first_lane + 1u); a25 += x.x * w0; a25 += x.y * w1; a25 += x.z * w2; a25 += x.w * w3;
        x = subgroupShuffle(x6, first_lane + 2u); a26 += x.x * w0; a26 += x.y * w1; a26 += x.z * w2; a26 += x.w * w3;
        x = subgroupShuffle(x6, first_lane + 3u); a27 += x.x * w0; a27 += x.y * w1; a27 += x.z * w2; a27 += x.w * w3;
        x = subgroupShuffle(x7, first_lane + 0u); a28 += x.x * w0; a28 += x.y * w1; a28 += x.z * w2; a28 += x.w * w3;
        x = subgroupShuffle(x7, first_lane + 1u); a29 += x.x * w0; a29 += x.y * w1; a29 += x.z * w2; a29 += x.w * w3;
        x = subgroupShuffle(x7, first_lane + 2u); a30 += x.x * w0; a30 += x.y * w1; a30 += x.z * w2; a30 += x.w * w3;
        x = subgroupShuffle(x7, first_lane + 3u); a31 += x.x * w0; a31 += x.y * w1; a31 += x.z * w2; a31 += x.w * w3;
      }
    }
  }
  let target0 = subgroupShuffle(pixel0, first_lane + 0u);
  let target1 = subgroupShuffle(pixel0, first_lane + 1u);
  let target2 = subgroupShuffle(pixel0, first_lane + 2u);
  let target3 = subgroupShuffle(pixel0, first_lane + 3u);
  let target4 = subgroupShuffle(pixel1, first_lane + 0u);
  let target5 = subgroupShuffle(pixel1, first_lane + 1u);
  let target6 = subgroupShuffle(pixel1, first_lane + 2u);
  let target7 = subgroupShuffle(pixel1, first_lane + 3u);
  let target8 = subgroupShuffle(pixel2, first_lane + 0u);
  let target9 = subgroupShuffle(pixel2, first_lane + 1u);
  let target10 = subgroupShuffle(pixel2, first_lane + 2u);
  let target11 = subgroupShuffle(pixel2, first_lane + 3u);
  let target12 = subgroupShuffle(pixel3, first_lane + 0u);
  let target13 = subgroupShuffle(pixel3, first_lane + 1u);
  let target14 = subgroupShuffle(pixel3, first_lane + 2u);
  let target15 = subgroupShuffle(pixel3, first_lane + 3u);
  let target16 = subgroupShuffle(pixel4, first_lane + 0u);
  let target17 = subgroupShuffle(pixel4, first_lane + 1u);
  let target18 = subgroupShuffle(pixel4, first_lane + 2u);
  let target19 = subgroupShuffle(pixel4, first_lane + 3u);
  let target20 = subgroupShuffle(pixel5, first_lane + 0u);
  let target21 = subgroupShuffle(pixel5, first_lane + 1u);
  let target22 = subgroupShuffle(pixel5, first_lane + 2u);
  let target23 = subgroupShuffle(pixel5, first_lane + 3u);
  let target24 = subgroupShuffle(pixel6, first_lane + 0u);
  let target25 = subgroupShuffle(pixel6, first_lane + 1u);
  let target26 = subgroupShuffle(pixel6, first_lane + 2u);
  let target27 = subgroupShuffle(pixel6, first_lane + 3u);
  let target28 = subgroupShuffle(pixel7, first_lane + 0u);
  let target29 = subgroupShuffle(pixel7, first_lane + 1u);
  let target30 = subgroupShuffle(pixel7, first_lane + 2u);
  let target31 = subgroupShuffle(pixel7, first_lane + 3u);
  if (column >= params.input_slots) { return; }
  if (first + 0u < rows) { result[target0 * params.input_slots + column] = a0; }
  if (first + 1u < rows) { result[target1 * params.input_slots + column] = a1; }
  if (first + 2u < rows) { result[target2 * params.input_slots + column] = a2; }
  if (first + 3u < rows) { result[target3 * params.input_slots + column] = a3; }
  if (first + 4u < rows) { result[target4 * params.input_slots + column] = a4; }
  if (first + 5u < rows) { result[target5 * params.input_slots + column] = a5; }
  if (first + 6u < rows) { result[target6 * params.input_slots + column] = a6; }
  if (first + 7u < rows) { result[target7 * params.input_slots + column] = a7; }
  if (first + 8u < rows) { result[target8 * params.input_slots + column] = a8; }
  if (first + 9u < rows) { result[target9 * params.input_slots + column] = a9; }
  if (first + 10u < rows) { result[target10 * params.input_slots + column] = a10; }
  if (first + 11u < rows) { result[target11 * params.input_slots + column] = a11; }
  if (first + 12u < rows) { result[target12 * params.input_slots + column] = a12; }
  if (first + 13u < rows) { result[target13 * params.input_slots + column] = a13; }
  if (first + 14u < rows) { result[target14 * params.input_slots + column] = a14; }
  if (first + 15u < rows) { result[target15 * params.input_slots + column] = a15; }
  if (first + 16u < rows) { result[target16 * params.input_slots + column] = a16; }
  if (first + 17u < rows) { result[target17 * params.input_slots + column] = a17; }
  if (first + 18u < rows) { result[target18 * params.input_slots + column] = a18; }
  if (first + 19u < rows) { result[target19 * params.input_slots + column] = a19; }
  if (first + 20u < rows) { result[target20 * params.input_slots + column] = a20; }
  if (first + 21u < rows) { result[target21 * params.input_slots + column] = a21; }
  if (first + 22u < rows) { result[target22 * params.input_slots + column] = a22; }
  if (first + 23u < rows) { result[target23 * params.input_slots + column] = a23; }
  if (first + 24u < rows) { result[target24 * params.input_slots + column] = a24; }
  if (first + 25u < rows) { result[target25 * params.input_slots + column] = a25; }
  if (first + 26u < rows) { result[target26 * params.input_slots + column] = a26; }
  if (first + 27u < rows) { result[target27 * params.input_slots + column] = a27; }
  if (first + 28u < rows) { result[target28 * params.input_slots + column] = a28; }
  if (first + 29u < rows) { result[target29 * params.input_slots + column] = a29; }
  if (first + 30u < rows) { result[target30 * params.input_slots + column] = a30; }
  if (first + 31u < rows) { result[target31 * params.input_slots + column] = a31; }
}

@compute @workgroup_size(8)
fn dinput_2(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 2u;
  let first_lane = local - lane;
  let column = group.x * 2u + lane;
  let first = (group.y * 4u + local / 2u) * 32u;
  let phase = vec2(group.z / params.stride, group.z % params.stride);
  let size = (vec2(params.height, params.width) + params.stride - 1u - phase) / params.stride;
  let rows = params.batch * size.x * size.y;
  let n = min(column, params.input_slots - 1u);
  let right_step = params.output_slots;
  let place0 = input_place(first + lane + 0u, phase, size, params.stride);
  let pixel0 = (place0.x * params.height + place0.y) * params.width + place0.z;
  let reach0 = reach(place0);
  let place1 = input_place(first + lane + 2u, phase, size, params.stride);
  let pixel1 = (place1.x * params.height + place1.y) * params.width + place1.z;
  let reach1 = reach(place1);
  let place2 = input_place(first + lane + 4u, phase, size, params.stride);
  let pixel2 = (place2.x * params.height + place2.y) * params.width + place2.z;
  let reach2 = reach(place2);
  let place3 = input_place(first + lane + 6u, phase, size, params.stride);
  let pixel3 = (place3.x * params.height + place3.y) * params.width + place3.z;
  let reach3 = reach(place3);
  let place4 = input_place(first + lane + 8u, phase, size, params.stride);
  let pixel4 = (place4.x * params.height + place4.y) * params.width + place4.z;
  let reach4 = reach(place4);
  let place5 = input_place(first + lane + 10u, phase, size, params.stride);
  let pixel5 = (place5.x * params.height + place5.y) * params.width + place5.z;
  let reach5 = reach(place5);
  let place6 = input_place(first + lane + 12u, phase, size, params.stride);
  let pixel6 = (place6.x * params.height + place6.y) * params.width + place6.z;
  let reach6 = reach(place6);
  let place7 = input_place(first + lane + 14u, phase, size, params.stride);
  let pixel7 = (place7.x * params.height + place7.y) * params.width + place7.z;
  let reach7 = reach(place7);
  let place8 = input_place(first + lane + 16u, phase, size, params.stride);
  let pixel8 = (place8.x * params.height + place8.y) * params.width + place8.z;
  let reach8 = reach(place8);
  let place9 = input_place(first + lane + 18u, phase, size, params.stride);
  let pixel9 = (place9.x * params.height + place9.y) * params.width + place9.z;
  let reach9 = reach(place9);
  let place10 = input_place(first + lane + 20u, phase, size, params.stride);
  let pixel10 = (place10.x * params.height + place10.y) * params.width + place10.z;
  let reach10 = reach(place10);
  let place11 = input_place(first + lane + 22u, phase, size, params.stride);
  let pixel11 = (place11.x * params.height + place11.y) * params.width + place11.z;
  let reach11 = reach(place11);
  let place12 = input_place(first + lane + 24u, phase, size, params.stride);
  let pixel12 = (place12.x * params.height + place12.y) * params.width + place12.z;
  let reach12 = reach(place12);
  let place13 = input_place(first + lane + 26u, phase, size, params.stride);
  let pixel13 = (place13.x * params.height + place13.y) * params.width + place13.z;
  let reach13 = reach(place13);
  let place14 = input_place(first + lane + 28u, phase, size, params.stride);
  let pixel14 = (place14.x * params.height + place14.y) * params.width + place14.z;
  let reach14 = reach(place14);
  let place15 = input_place(first + lane + 30u, phase, size, params.stride);
  let pixel15 = (place15.x * params.height + place15.y) * params.width + place15.z;
  let reach15 = reach(place15);
  let start = (phase + params.padding) % params.stride;
  var x: vec4<f32>;
  var a0 = vec4(0.0);
  var a1 = vec4(0.0);
  var a2 = vec4(0.0);
  var a3 = vec4(0.0);
  var a4 = vec4(0.0);
  var a5 = vec4(0.0);
  var a6 = vec4(0.0);
  var a7 = vec4(0.0);
  var a8 = vec4(0.0);
  var a9 = vec4(0.0);
  var a10 = vec4(0.0);
  var a11 = vec4(0.0);
  var a12 = vec4(0.0);
  var a13 = vec4(0.0);
  var a14 = vec4(0.0);
  var a15 = vec4(0.0);
  var a16 = vec4(0.0);
  var a17 = vec4(0.0);
  var a18 = vec4(0.0);
  var a19 = vec4(0.0);
  var a20 = vec4(0.0);
  var a21 = vec4(0.0);
  var a22 = vec4(0.0);
  var a23 = vec4(0.0);
  var a24 = vec4(0.0);
  var a25 = vec4(0.0);
  var a26 = vec4(0.0);
  var a27 = vec4(0.0);
  var a28 = vec4(0.0);
  var a29 = vec4(0.0);
  var a30 = vec4(0.0);
  var a31 = vec4(0.0);
  for (var tap_row = start.x; tap_row < params.kernel; tap_row += params.stride) {
    for (var tap_column = start.y; tap_column < params.kernel; tap_column += params.stride) {
      let tap = vec2<i32>(vec2(tap_row, tap_column) * params.dilation);
      let t = params.first_tap + tap_row * params.kernel + tap_column;
      let right_start = params.weight_offset + t * tap_cells() + 4u * n * right_step;
      let s0 = output_of(reach0, tap);
      let s1 = output_of(reach1, tap);
      let s2 = output_of(reach2, tap);
      let s3 = output_of(reach3, tap);
      let s4 = output_of(reach4, tap);
      let s5 = output_of(reach5, tap);
      let s6 = output_of(reach6, tap);
      let s7 = output_of(reach7, tap);
      let s8 = output_of(reach8, tap);
      let s9 = output_of(reach9, tap);
      let s10 = output_of(reach10, tap);
      let s11 = output_of(reach11, tap);
      let s12 = output_of(reach12, tap);
      let s13 = output_of(reach13, tap);
      let s14 = output_of(reach14, tap);
      let s15 = output_of(reach15, tap);
      for (var k = 0u; k < params.output_slots; k++) {
        let w = right_start + k;
        let v0 = weight_values[w + 0u * right_step];
        let v1 = weight_values[w + 1u * right_step];
        let v2 = weight_values[w + 2u * right_step];
        let v3 = weight_values[w + 3u * right_step];
        let w0 = vec4(v0.x, v1.x, v2.x, v3.x);
        let w1 = vec4(v0.y, v1.y, v2.y, v3.y);
        let w2 = vec4(v0.z, v1.z, v2.z, v3.z);
        let w3 = vec4(v0.w, v1.w, v2.w, v3.w);
        let x0 = s0.inside * dout[s0.first + k];
        let x1 = s1.inside * dout[s1.first + k];
        let x2 = s2.inside * dout[s2.first + k];
        let x3 = s3.inside * dout[s3.first + k];
        let x4 = s4.inside * dout[s4.first + k];
        let x5 = s5.inside * dout[s5.first + k];
        let x6 = s6.inside * dout[s6.first + k];
        let x7 = s7.inside * dout[s7.first + k];
        let x8 = s8.inside * dout[s8.first + k];
        let x9 = s9.inside * dout[s9.first + k];
        let x10 = s10.inside * dout[s10.first + k];
        let x11 = s11.inside * dout[s11.first + k];
        let x12 = s12.inside * dout[s12.first + k];
        let x13 = s13.inside * dout[s13.first + k];
        let x14 = s14.inside * dout[s14.first + k];
        let x15 = s15.inside * dout[s15.first + k];
        x = subgroupShuffle(x0, first_lane + 0u); a0 += x.x * w0; a0 += x.y * w1; a0 += x.z * w2; a0 += x.w * w3;
        x = subgroupShuffle(x0, first_lane + 1u); a1 += x.x * w0; a1 += x.y * w1; a1 += x.z * w2; a1 += x.w * w3;
        x = subgroupShuffle(x1, first_lane + 0u); a2 += x.x * w0; a2 += x.y * w1; a2 += x.z * w2; a2 += x.w * w3;
        x = subgroupShuffle(x1, first_lane + 1u); a3 += x.x * w0; a3 += x.y * w1; a3 += x.z * w2; a3 += x.w * w3;
        x = subgroupShuffle(x2, first_lane + 0u); a4 += x.x * w0; a4 += x.y * w1; a4 += x.z * w2; a4 += x.w * w3;
        x = subgroupShuffle(x2, first_lane + 1u); a5 += x.x * w0; a5 += x.y * w1; a5 += x.z * w2; a5 += x.w * w3;
        x = subgroupShuffle(x3, first_lane + 0u); a6 += x.x * w0; a6 += x.y * w1; a6 += x.z * w2; a6 += x.w * w3;
        x = subgroupShuffle(x3, first_lane + 1u); a7 += x.x * w0; a7 += x.y * w1; a7 += x.z * w2; a7 += x.w * w3;
        x = subgroupShuffle(x4, first_lane + 0u); a8 += x.x * w0; a8 += x.y * w1; a8 += x.z * w2; a8 += x.w * w3;
        x = subgroupShuffle(x4, first_lane + 1u); a9 += x.x * w0; a9 += x.y * w1; a9 += x.z * w2; a9 += x.w * w3;
        x = subgroupShuffle(x5, first_lane + 0u); a10 += x.x * w0; a10 += x.y * w1; a10 += x.z * w2; a10 += x.w * w3;
        x = subgroupShuffle(x5, first_lane + 1u); a11 += x.x * w0; a11 += x.y * w1; a11 += x.z * w2; a11 += x.w * w3;
        x = subgroupShuffle(x6, first_lane + 0u); a12 += x.x * w0; a12 += x.y * w1; a12 += x.z * w2; a12 += x.w * w3;
        x = subgroupShuffle(x6, first_lane + 1u); a13 += x.x * w0; a13 += x.y * w1; a13 += x.z * w2; a13 += x.w * w3;
        x = subgroupShuffle(x7, first_lane + 0u); a14 += x.x * w0; a14 += x.y * w1; a14 += x.z * w2; a14 += x.w * w3;
        x = subgroupShuffle(x7, first_lane + 1u); a15 += x.x * w0; a15 += x.y * w1; a15 += x.z * w2; a15 += x.w * w3;
        x = subgroupShuffle(x8, first_lane + 0u); a16 += x.x * w0; a16 += x.y * w1; a16 += x.z * w2; a16 += x.w * w3;
        x = subgroupShuffle(x8, first_lane + 1u); a17 += x.x * w0; a17 += x.y * w1; a17 += x.z * w2; a17 += x.w * w3;
        x = subgroupShuffle(x9, first_lane + 0u); a18 += x.x * w0; a18 += x.y * w1; a18 += x.z * w2; a18 += x.w * w3;
        x = subgroupShuffle(x9, first_lane + 1u); a19 += x.x * w0; a19 += x.y * w1; a19 += x.z * w2; a19 += x.w * w3;
        x = subgroupShuffle(x10, first_lane + 0u); a20 += x.x * w0; a20 += x.y * w1; a20 += x.z * w2; a20 += x.w * w3;
        x = subgroupShuffle(x10, first_lane + 1u); a21 += x.x * w0; a21 += x.y * w1; a21 += x.z * w2; a21 += x.w * w3;
        x = subgroupShuffle(x11, first_lane + 0u); a22 += x.x * w0; a22 += x.y * w1; a22 += x.z * w2; a22 += x.w * w3;
        x = subgroupShuffle(x11, first_lane + 1u); a23 += x.x * w0; a23 += x.y * w1; a23 += x.z * w2; a23 += x.w * w3;
        x = subgroupShuffle(x12, first_lane + 0u); a24 += x.x * w0; a24 += x.y * w1; a24 += x.z * w2; a24 += x.w * w3;
        x = subgroupShuffle(x12, first_lane + 1u); a25 += x.x * w0; a25 += x.y * w1; a25 += x.z * w2; a25 += x.w * w3;
        x = subgroupShuffle(x13, first_lane + 0u); a26 += x.x * w0; a26 += x.y * w1; a26 += x.z * w2; a26 += x.w * w3;
        x = subgroupShuffle(x13, first_lane + 1u); a27 += x.x * w0; a27 += x.y * w1; a27 += x.z * w2; a27 += x.w * w3;
        x = subgroupShuffle(x14, first_lane + 0u); a28 += x.x * w0; a28 += x.y * w1; a28 += x.z * w2; a28 += x.w * w3;
        x = subgroupShuffle(x14, first_lane + 1u); a29 += x.x * w0; a29 += x.y * w1; a29 += x.z * w2; a29 += x.w * w3;
        x = subgroupShuffle(x15, first_lane + 0u); a30 += x.x * w0; a30 += x.y * w1; a30 += x.z * w2; a30 += x.w * w3;
        x = subgroupShuffle(x15, first_lane + 1u); a31 += x.x * w0; a31 += x.y * w1; a31 += x.z * w2; a31 += x.w * w3;
      }
    }
  }
  let target0 = subgroupShuffle(pixel0, first_lane + 0u);
  let target1 = subgroupShuffle(pixel0, first_lane + 1u);
  let target2 = subgroupShuffle(pixel1, first_lane + 0u);
  let target3 = subgroupShuffle(pixel1, first_lane + 1u);
  let target4 = subgroupShuffle(pixel2, first_lane + 0u);
  let target5 = subgroupShuffle(pixel2, first_lane + 1u);
  let target6 = subgroupShuffle(pixel3, first_lane + 0u);
  let target7 = subgroupShuffle(pixel3, first_lane + 1u);
  let target8 = subgroupShuffle(pixel4, first_lane + 0u);
  let target9 = subgroupShuffle(pixel4, first_lane + 1u);
  let target10 = subgroupShuffle(pixel5, first_lane + 0u);
  let target11 = subgroupShuffle(pixel5, first_lane + 1u);
  let target12 = subgroupShuffle(pixel6, first_lane + 0u);
  let target13 = subgroupShuffle(pixel6, first_lane + 1u);
  let target14 = subgroupShuffle(pixel7, first_lane + 0u);
  let target15 = subgroupShuffle(pixel7, first_lane + 1u);
  let target16 = subgroupShuffle(pixel8, first_lane + 0u);
  let target17 = subgroupShuffle(pixel8, first_lane + 1u);
  let target18 = subgroupShuffle(pixel9, first_lane + 0u);
  let target19 = subgroupShuffle(pixel9, first_lane + 1u);
  let target20 = subgroupShuffle(pixel10, first_lane + 0u);
  let target21 = subgroupShuffle(pixel10, first_lane + 1u);
  let target22 = subgroupShuffle(pixel11, first_lane + 0u);
  let target23 = subgroupShuffle(pixel11, first_lane + 1u);
  let target24 = subgroupShuffle(pixel12, first_lane + 0u);
  let target25 = subgroupShuffle(pixel12, first_lane + 1u);
  let target26 = subgroupShuffle(pixel13, first_lane + 0u);
  let target27 = subgroupShuffle(pixel13, first_lane + 1u);
  let target28 = subgroupShuffle(pixel14, first_lane + 0u);
  let target29 = subgroupShuffle(pixel14, first_lane + 1u);
  let target30 = subgroupShuffle(pixel15, first_lane + 0u);
  let target31 = subgroupShuffle(pixel15, first_lane + 1u);
  if (column >= params.input_slots) { return; }
  if (first + 0u < rows) { result[target0 * params.input_slots + column] = a0; }
  if (first + 1u < rows) { result[target1 * params.input_slots + column] = a1; }
  if (first + 2u < rows) { result[target2 * params.input_slots + column] = a2; }
  if (first + 3u < rows) { result[target3 * params.input_slots + column] = a3; }
  if (first + 4u < rows) { result[target4 * params.input_slots + column] = a4; }
  if (first + 5u < rows) { result[target5 * params.input_slots + column] = a5; }
  if (first + 6u < rows) { result[target6 * params.input_slots + column] = a6; }
  if (first + 7u < rows) { result[target7 * params.input_slots + column] = a7; }
  if (first + 8u < rows) { result[target8 * params.input_slots + column] = a8; }
  if (first + 9u < rows) { result[target9 * params.input_slots + column] = a9; }
  if (first + 10u < rows) { result[target10 * params.input_slots + column] = a10; }
  if (first + 11u < rows) { result[target11 * params.input_slots + column] = a11; }
  if (first + 12u < rows) { result[target12 * params.input_slots + column] = a12; }
  if (first + 13u < rows) { result[target13 * params.input_slots + column] = a13; }
  if (first + 14u < rows) { result[target14 * params.input_slots + column] = a14; }
  if (first + 15u < rows) { result[target15 * params.input_slots + column] = a15; }
  if (first + 16u < rows) { result[target16 * params.input_slots + column] = a16; }
  if (first + 17u < rows) { result[target17 * params.input_slots + column] = a17; }
  if (first + 18u < rows) { result[target18 * params.input_slots + column] = a18; }
  if (first + 19u < rows) { result[target19 * params.input_slots + column] = a19; }
  if (first + 20u < rows) { result[target20 * params.input_slots + column] = a20; }
  if (first + 21u < rows) { result[target21 * params.input_slots + column] = a21; }
  if (first + 22u < rows) { result[target22 * params.input_slots + column] = a22; }
  if (first + 23u < rows) { result[target23 * params.input_slots + column] = a23; }
  if (first + 24u < rows) { result[target24 * params.input_slots + column] = a24; }
  if (first + 25u < rows) { result[target25 * params.input_slots + column] = a25; }
  if (first + 26u < rows) { result[target26 * params.input_slots + column] = a26; }
  if (first + 27u < rows) { result[target27 * params.input_slots + column] = a27; }
  if (first + 28u < rows) { result[target28 * params.input_slots + column] = a28; }
  if (first + 29u < rows) { result[target29 * params.input_slots + column] = a29; }
  if (first + 30u < rows) { result[target30 * params.input_slots + column] = a30; }
  if (first + 31u < rows) { result[target31 * params.input_slots + column] = a31; }
}

@compute @workgroup_size(8)
fn dweight_8(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 8u;
  let column = group.x * 8u + lane;
  let first = (group.y * 1u + local / 8u) * 8u;
  let used_taps = params.kernel * params.kernel;
  let t = group.z % used_taps;
  let chunk = group.z / used_taps;
  let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
  let n = min(column, params.output_slots - 1u);
  let m0 = min(first + lane + 0u, params.input_slots - 1u);
  let start = chunk * params.chunk;
  let end = min(start + params.chunk, params.batch * params.output_height * params.output_width);
  var place = corner(start);
  var a0 = vec4(0.0);
  var a1 = vec4(0.0);
  var a2 = vec4(0.0);
  var a3 = vec4(0.0);
  var a4 = vec4(0.0);
  var a5 = vec4(0.0);
  var a6 = vec4(0.0);
  var a7 = vec4(0.0);
  var a8 = vec4(0.0);
  var a9 = vec4(0.0);
  var a10 = vec4(0.0);
  var a11 = vec4(0.0);
  var a12 = vec4(0.0);
  var a13 = vec4(0.0);
  var a14 = vec4(0.0);
  var a15 = vec4(0.0);
  var a16 = vec4(0.0);
  var a17 = vec4(0.0);
  var a18 = vec4(0.0);
  var a19 = vec4(0.0);
  var a20 = vec4(0.0);
  var a21 = vec4(0.0);
  var a22 = vec4(0.0);
  var a23 = vec4(0.0);
  var a24 = vec4(0.0);
  var a25 = vec4(0.0);
  var a26 = vec4(0.0);
  var a27 = vec4(0.0);
  var a28 = vec4(0.0);
  var a29 = vec4(0.0);
  var a30 = vec4(0.0);
  var a31 = vec4(0.0);
  for (var p = start; p < end; p += 2u) {
    let s0 = input_of(place, tap);
    place = next(place);
    let s1 = input_of(place, tap);
    place = next(place);
    let q = min(p + 1u, end - 1u);
    let d0 = s0.inside * dout[p * params.output_slots + n];
    let d1 = select(0.0, s1.inside, p + 1u < end) * dout[q * params.output_slots + n];
    let x0_0 = x_values[s0.first + m0];
    let x1_0 = x_values[s1.first + m0];
    let p0 = subgroupShuffle(x0_0, 0u); let q0 = subgroupShuffle(x1_0, 0u);
    a0 += p0.x * d0; a0 += q0.x * d1;
    a1 += p0.y * d0; a1 += q0.y * d1;
    a2 += p0.z * d0; a2 += q0.z * d1;
    a3 += p0.w * d0; a3 += q0.w * d1;
    let p1 = subgroupShuffle(x0_0, 1u); let q1 = subgroupShuffle(x1_0, 1u);
    a4 += p1.x * d0; a4 += q1.x * d1;
    a5 += p1.y * d0; a5 += q1.y * d1;
    a6 += p1.z * d0; a6 += q1.z * d1;
    a7 += p1.w * d0; a7 += q1.w * d1;
    let p2 = subgroupShuffle(x0_0, 2u); let q2 = subgroupShuffle(x1_0, 2u);
    a8 += p2.x * d0; a8 += q2.x * d1;
    a9 += p2.y * d0; a9 += q2.y * d1;
    a10 += p2.z * d0; a10 += q2.z * d1;
    a11 += p2.w * d0; a11 += q2.w * d1;
    let p3 = subgroupShuffle(x0_0, 3u); let q3 = subgroupShuffle(x1_0, 3u);
    a12 += p3.x * d0; a12 += q3.x * d1;
    a13 += p3.y * d0; a13 += q3.y * d1;
    a14 += p3.z * d0; a14 += q3.z * d1;
    a15 += p3.w * d0; a15 += q3.w * d1;
    let p4 = subgroupShuffle(x0_0, 4u); let q4 = subgroupShuffle(x1_0, 4u);
    a16 += p4.x * d0; a16 += q4.x * d1;
    a17 += p4.y * d0; a17 += q4.y * d1;
    a18 += p4.z * d0; a18 += q4.z * d1;
    a19 += p4.w * d0; a19 += q4.w * d1;
    let p5 = subgroupShuffle(x0_0, 5u); let q5 = subgroupShuffle(x1_0, 5u);
    a20 += p5.x * d0; a20 += q5.x * d1;
    a21 += p5.y * d0; a21 += q5.y * d1;
    a22 += p5.z * d0; a22 += q5.z * d1;
    a23 += p5.w * d0; a23 += q5.w * d1;
    let p6 = subgroupShuffle(x0_0, 6u); let q6 = subgroupShuffle(x1_0, 6u);
    a24 += p6.x * d0; a24 += q6.x * d1;
    a25 += p6.y * d0; a25 += q6.y * d1;
    a26 += p6.z * d0; a26 += q6.z * d1;
    a27 += p6.w * d0; a27 += q6.w * d1;
    let p7 = subgroupShuffle(x0_0, 7u); let q7 = subgroupShuffle(x1_0, 7u);
    a28 += p7.x * d0; a28 += q7.x * d1;
    a29 += p7.y * d0; a29 += q7.y * d1;
    a30 += p7.z * d0; a30 += q7.z * d1;
    a31 += p7.w * d0; a31 += q7.w * d1;
  }
  if (column >= params.output_slots) { return; }
  let whole = params.chunks == 1u;
  let stored_tap = select(chunk * used_taps, params.first_tap, whole) + t;
  let at = select(0u, params.weight_offset, whole) + stored_tap * tap_cells() + 4u * first * params.output_slots + column;
  if (first + 0u < params.input_slots) { store_sums(at + 0u * params.output_slots, whole, mat4x4(a0, a1, a2, a3)); }
  if (first + 1u < params.input_slots) { store_sums(at + 4u * params.output_slots, whole, mat4x4(a4, a5, a6, a7)); }
  if (first + 2u < params.input_slots) { store_sums(at + 8u * params.output_slots, whole, mat4x4(a8, a9, a10, a11)); }
  if (first + 3u < params.input_slots) { store_sums(at + 12u * params.output_slots, whole, mat4x4(a12, a13, a14, a15)); }
  if (first + 4u < params.input_slots) { store_sums(at + 16u * params.output_slots, whole, mat4x4(a16, a17, a18, a19)); }
  if (first + 5u < params.input_slots) { store_sums(at + 20u * params.output_slots, whole, mat4x4(a20, a21, a22, a23)); }
  if (first + 6u < params.input_slots) { store_sums(at + 24u * params.output_slots, whole, mat4x4(a24, a25, a26, a27)); }
  if (first + 7u < params.input_slots) { store_sums(at + 28u * params.output_slots, whole, mat4x4(a28, a29, a30, a31)); }
  if (whole) {
    for (var c = first; c < min(first + 8u, params.input_slots); c++) { clear_other_taps(c, column); }
    if (first == 0u && t == 0u) { store_bias(column); }
  }
}

@compute @workgroup_size(8)
fn dweight_4(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 4u;
  let first_lane = local - lane;
  let column = group.x * 4u + lane;
  let first = (group.y * 2u + local / 4u) * 8u;
  let used_taps = params.kernel * params.kernel;
  let t = group.z % used_taps;
  let chunk = group.z / used_taps;
  let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
  let n = min(column, params.output_slots - 1u);
  let m0 = min(first + lane + 0u, params.input_slots - 1u);
  let m1 = min(first + lane + 4u, params.input_slots - 1u);
  let start = chunk * params.chunk;
  let end = min(start + params.chunk, params.batch * params.output_height * params.output_width);
  var place = corner(start);
  var a0 = vec4(0.0);
  var a1 = vec4(0.0);
  var a2 = vec4(0.0);
  var a3 = vec4(0.0);
  var a4 = vec4(0.0);
  var a5 = vec4(0.0);
  var a6 = vec4(0.0);
  var a7 = vec4(0.0);
  var a8 = vec4(0.0);
  var a9 = vec4(0.0);
  var a10 = vec4(0.0);
  var a11 = vec4(0.0);
  var a12 = vec4(0.0);
  var a13 = vec4(0.0);
  var a14 = vec4(0.0);
  var a15 = vec4(0.0);
  var a16 = vec4(0.0);
  var a17 = vec4(0.0);
  var a18 = vec4(0.0);
  var a19 = vec4(0.0);
  var a20 = vec4(0.0);
  var a21 = vec4(0.0);
  var a22 = vec4(0.0);
  var a23 = vec4(0.0);
  var a24 = vec4(0.0);
  var a25 = vec4(0.0);
  var a26 = vec4(0.0);
  var a27 = vec4(0.0);
  var a28 = vec4(0.0);
  var a29 = vec4(0.0);
  var a30 = vec4(0.0);
  var a31 = vec4(0.0);
  for (var p = start; p < end; p += 2u) {
    let s0 = input_of(place, tap);
    place = next(place);
    let s1 = input_of(place, tap);
    place = next(place);
    let q = min(p + 1u, end - 1u);
    let d0 = s0.inside * dout[p * params.output_slots + n];
    let d1 = select(0.0, s1.inside, p + 1u < end) * dout[q * params.output_slots + n];
    let x0_0 = x_values[s0.first + m0];
    let x0_1 = x_values[s0.first + m1];
    let x1_0 = x_values[s1.first + m0];
    let x1_1 = x_values[s1.first + m1];
    let p0 = subgroupShuffle(x0_0, first_lane + 0u); let q0 = subgroupShuffle(x1_0, first_lane + 0u);
    a0 += p0.x * d0; a0 += q0.x * d1;
    a1 += p0.y * d0; a1 += q0.y * d1;
    a2 += p0.z * d0; a2 += q0.z * d1;
    a3 += p0.w * d0; a3 += q0.w * d1;
    let p1 = subgroupShuffle(x0_0, first_lane + 1u); let q1 = subgroupShuffle(x1_0, first_lane + 1u);
    a4 += p1.x * d0; a4 += q1.x * d1;
    a5 += p1.y * d0; a5 += q1.y * d1;
    a6 += p1.z * d0; a6 += q1.z * d1;
    a7 += p1.w * d0; a7 += q1.w * d1;
    let p2 = subgroupShuffle(x0_0, first_lane + 2u); let q2 = subgroupShuffle(x1_0, first_lane + 2u);
    a8 += p2.x * d0; a8 += q2.x * d1;
    a9 += p2.y * d0; a9 += q2.y * d1;
    a10 += p2.z * d0; a10 += q2.z * d1;
    a11 += p2.w * d0; a11 += q2.w * d1;
    let p3 = subgroupShuffle(x0_0, first_lane + 3u); let q3 = subgroupShuffle(x1_0, first_lane + 3u);
    a12 += p3.x * d0; a12 += q3.x * d1;
    a13 += p3.y * d0; a13 += q3.y * d1;
    a14 += p3.z * d0; a14 += q3.z * d1;
    a15 += p3.w * d0; a15 += q3.w * d1;
    let p4 = subgroupShuffle(x0_1, first_lane + 0u); let q4 = subgroupShuffle(x1_1, first_lane + 0u);
    a16 += p4.x * d0; a16 += q4.x * d1;
    a17 += p4.y * d0; a17 += q4.y * d1;
    a18 += p4.z * d0; a18 += q4.z * d1;
    a19 += p4.w * d0; a19 += q4.w * d1;
    let p5 = subgroupShuffle(x0_1, first_lane + 1u); let q5 = subgroupShuffle(x1_1, first_lane + 1u);
    a20 += p5.x * d0; a20 += q5.x * d1;
    a21 += p5.y * d0; a21 += q5.y * d1;
    a22 += p5.z * d0; a22 += q5.z * d1;
    a23 += p5.w * d0; a23 += q5.w * d1;
    let p6 = subgroupShuffle(x0_1, first_lane + 2u); let q6 = subgroupShuffle(x1_1, first_lane + 2u);
    a24 += p6.x * d0; a24 += q6.x * d1;
    a25 += p6.y * d0; a25 += q6.y * d1;
    a26 += p6.z * d0; a26 += q6.z * d1;
    a27 += p6.w * d0; a27 += q6.w * d1;
    let p7 = subgroupShuffle(x0_1, first_lane + 3u); let q7 = subgroupShuffle(x1_1, first_lane + 3u);
    a28 += p7.x * d0; a28 += q7.x * d1;
    a29 += p7.y * d0; a29 += q7.y * d1;
    a30 += p7.z * d0; a30 += q7.z * d1;
    a31 += p7.w * d0; a31 += q7.w * d1;
  }
  if (column >= params.output_slots) { return; }
  let whole = params.chunks == 1u;
  let stored_tap = select(chunk * used_taps, params.first_tap, whole) + t;
  let at = select(0u, params.weight_offset, whole) + stored_tap * tap_cells() + 4u * first * params.output_slots + column;
  if (first + 0u < params.input_slots) { store_sums(at + 0u * params.output_slots, whole, mat4x4(a0, a1, a2, a3)); }
  if (first + 1u < params.input_slots) { store_sums(at + 4u * params.output_slots, whole, mat4x4(a4, a5, a6, a7)); }
  if (first + 2u < params.input_slots) { store_sums(at + 8u * params.output_slots, whole, mat4x4(a8, a9, a10, a11)); }
  if (first + 3u < params.input_slots) { store_sums(at + 12u * params.output_slots, whole, mat4x4(a12, a13, a14, a15)); }
  if (first + 4u < params.input_slots) { store_sums(at + 16u * params.output_slots, whole, mat4x4(a16, a17, a18, a19)); }
  if (first + 5u < params.input_slots) { store_sums(at + 20u * params.output_slots, whole, mat4x4(a20, a21, a22, a23)); }
  if (first + 6u < params.input_slots) { store_sums(at + 24u * params.output_slots, whole, mat4x4(a24, a25, a26, a27)); }
  if (first + 7u < params.input_slots) { store_sums(at + 28u * params.output_slots, whole, mat4x4(a28, a29, a30, a31)); }
  if (whole) {
    for (var c = first; c < min(first + 8u, params.input_slots); c++) { clear_other_taps(c, column); }
    if (first == 0u && t == 0u) { store_bias(column); }
  }
}

@compute @workgroup_size(8)
fn dweight_2(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let lane = local % 2u;
  let first_lane = local - lane;
  let column = group.x * 2u + lane;
  let first = (group.y * 4u + local / 2u) * 8u;
  let used_taps = params.kernel * params.kernel;
  let t = group.z % used_taps;
  let chunk = group.z / used_taps;
  let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
  let n = min(column, params.output_slots - 1u);
  let m0 = min(first + lane + 0u, params.input_slots - 1u);
  let m1 = min(first + lane + 2u, params.input_slots - 1u);
  let m2 = min(first + lane + 4u, params.input_slots - 1u);
  let m3 = min(first + lane + 6u, params.input_slots - 1u);
  let start = chunk * params.chunk;
  let end = min(start + params.chunk, params.batch * params.output_height * params.output_width);
  var place = corner(start);
  var a0 = vec4(0.0);
  var a1 = vec4(0.0);
  var a2 = vec4(0.0);
  var a3 = vec4(0.0);
  var a4 = vec4(0.0);
  var a5 = vec4(0.0);
  var a6 = vec4(0.0);
  var a7 = vec4(0.0);
  var a8 = vec4(0.0);
  var a9 = vec4(0.0);
  var a10 = vec4(0.0);
  var a11 = vec4(0.0);
  var a12 = vec4(0.0);
  var a13 = vec4(0.0);
  var a14 = vec4(0.0);
  var a15 = vec4(0.0);
  var a16 = vec4(0.0);
  var a17 = vec4(0.0);
  var a18 = vec4(0.0);
  var a19 = vec4(0.0);
  var a20 = vec4(0.0);
  var a21 = vec4(0.0);
  var a22 = vec4(0.0);
  var a23 = vec4(0.0);
  var a24 = vec4(0.0);
  var a25 = vec4(0.0);
  var a26 = vec4(0.0);
  var a27 = vec4(0.0);
  var a28 = vec4(0.0);
  var a29 = vec4(0.0);
  var a30 = vec4(0.0);
  var a31 = vec4(0.0);
  for (var p = start; p < end; p += 2u) {
    let s0 = input_of(place, tap);
    place = next(place);
    let s1 = input_of(place, tap);
    place = next(place);
    let q = min(p + 1u, end - 1u);
    let d0 = s0.inside * dout[p * params.output_slots + n];
    let d1 = select(0.0, s1.inside, p + 1u < end) * dout[q * params.output_slots + n];
    let x0_0 = x_values[s0.first + m0];
    let x0_1 = x_values[s0.first + m1];
    let x0_2 = x_values[s0.first + m2];
    let x0_3 = x_values[s0.first + m3];
    let x1_0 = x_values[s1.first + m0];
    let x1_1 = x_values[s1.first + m1];
    let x1_2 = x_values[s1.first + m2];
    let x1_3 = x_values[s1.first + m3];
    let p0 = subgroupShuffle(x0_0, first_lane + 0u); let q0 = subgroupShuffle(x1_0, first_lane + 0u);
    a0 += p0.x * d0; a0 += q0.x * d1;
    a1 += p0.y * d0; a1 += q0.y * d1;
    a2 += p0.z * d0; a2 += q0.z * d1;
    a3 += p0.w * d0; a3 += q0.w * d1;
    let p1 = subgroupShuffle(x0_0, first_lane + 1u); let q1 = subgroupShuffle(x1_0, first_lane + 1u);
    a4 += p1.x * d0; a4 += q1.x * d1;
    a5 += p1.y * d0; a5 += q1.y * d1;
    a6 += p1.z * d0; a6 += q1.z * d1;
    a7 += p1.w * d0; a7 += q1.w * d1;
    let p2 = subgroupShuffle(x0_1, first_lane + 0u); let q2 = subgroupShuffle(x1_1, first_lane + 0u);
    a8 += p2.x * d0; a8 += q2.x * d1;
    a9 += p2.y * d0; a9 += q2.y * d1;
    a10 += p2.z * d0; a10 += q2.z * d1;
    a11 += p2.w * d0; a11 += q2.w * d1;
    let p3 = subgroupShuffle(x0_1, first_lane + 1u); let q3 = subgroupShuffle(x1_1, first_lane + 1u);
    a12 += p3.x * d0; a12 += q3.x * d1;
    a13 += p3.y * d0; a13 += q3.y * d1;
    a14 += p3.z * d0; a14 += q3.z * d1;
    a15 += p3.w * d0; a15 += q3.w * d1;
    let p4 = subgroupShuffle(x0_2, first_lane + 0u); let q4 = subgroupShuffle(x1_2, first_lane + 0u);
    a16 += p4.x * d0; a16 += q4.x * d1;
    a17 += p4.y * d0; a17 += q4.y * d1;
    a18 += p4.z * d0; a18 += q4.z * d1;
    a19 += p4.w * d0; a19 += q4.w * d1;
    let p5 = subgroupShuffle(x0_2, first_lane + 1u); let q5 = subgroupShuffle(x1_2, first_lane + 1u);
    a20 += p5.x * d0; a20 += q5.x * d1;
    a21 += p5.y * d0; a21 += q5.y * d1;
    a22 += p5.z * d0; a22 += q5.z * d1;
    a23 += p5.w * d0; a23 += q5.w * d1;
    let p6 = subgroupShuffle(x0_3, first_lane + 0u); let q6 = subgroupShuffle(x1_3, first_lane + 0u);
    a24 += p6.x * d0; a24 += q6.x * d1;
    a25 += p6.y * d0; a25 += q6.y * d1;
    a26 += p6.z * d0; a26 += q6.z * d1;
    a27 += p6.w * d0; a27 += q6.w * d1;
    let p7 = subgroupShuffle(x0_3, first_lane + 1u); let q7 = subgroupShuffle(x1_3, first_lane + 1u);
    a28 += p7.x * d0; a28 += q7.x * d1;
    a29 += p7.y * d0; a29 += q7.y * d1;
    a30 += p7.z * d0; a30 += q7.z * d1;
    a31 += p7.w * d0; a31 += q7.w * d1;
  }
  if (column >= params.output_slots) { return; }
  let whole = params.chunks == 1u;
  let stored_tap = select(chunk * used_taps, params.first_tap, whole) + t;
  let at = select(0u, params.weight_offset, whole) + stored_tap * tap_cells() + 4u * first * params.output_slots + column;
  if (first + 0u < params.input_slots) { store_sums(at + 0u * params.output_slots, whole, mat4x4(a0, a1, a2, a3)); }
  if (first + 1u < params.input_slots) { store_sums(at + 4u * params.output_slots, whole, mat4x4(a4, a5, a6, a7)); }
  if (first + 2u < params.input_slots) { store_sums(at + 8u * params.output_slots, whole, mat4x4(a8, a9, a10, a11)); }
  if (first + 3u < params.input_slots) { store_sums(at + 12u * params.output_slots, whole, mat4x4(a12, a13, a14, a15)); }
  if (first + 4u < params.input_slots) { store_sums(at + 16u * params.output_slots, whole, mat4x4(a16, a17, a18, a19)); }
  if (first + 5u < params.input_slots) { store_sums(at + 20u * params.output_slots, whole, mat4x4(a20, a21, a22, a23)); }
  if (first + 6u < params.input_slots) { store_sums(at + 24u * params.output_slots, whole, mat4x4(a24, a25, a26, a27)); }
  if (first + 7u < params.input_slots) { store_sums(at + 28u * params.output_slots, whole, mat4x4(a28, a29, a30, a31)); }
  if (whole) {
    for (var c = first; c < min(first + 8u, params.input_slots); c++) { clear_other_taps(c, column); }
    if (first == 0u && t == 0u) { store_bias(column); }
  }
}
