// convolution_direct: out[p][co] = act(bias[co] + sum over taps and ci of w[tap][ci][co] * x[p * stride + tap * dilation - padding][ci])
// + plus[p][co] if there is one, zero outside the picture, act = identity or LeakyReLU(0.1); and its gradients. The readable kernels,
// which round least and are the reference of the fast ones: they sum each tap by itself, then the taps. Kernel side 1 or 3, stride 1 or 2.
// Layout: activations [N, H, W, slots] as vec4, weights [tap][4 input_slots][output_slots] as vec4 inside the flat parameters.
// forward: one thread owns one vec4 of channels of 8 consecutive output pixels; dinput: the same of 8 input pixels.
// dinput_activated: as dinput, where some slots of the input are the result of a LeakyReLU and nothing is to come that used them:
// the gradient of these before that activation, with what one other use left (more). The last of them, those of one convolution,
// go to a buffer of their own, with what the bias before their activation needs.
// dweight: one thread owns the sum over a chunk of output pixels of all taps x 4 input channels x one vec4 of output channels; a
// single chunk goes to the flat gradients at once, with the sums for the bias, several to convolution_sum.
// Where the dilation reaches beyond the whole picture only the tap in the centre matters: kernel is 1, first_tap 4.

struct Params {
  batch: u32, height: u32, width: u32,
  input_slots: u32, // vec4 per pixel
  output_height: u32, output_width: u32,
  output_slots: u32, // vec4 per pixel
  kernel: u32, // side of the square of taps that meet the picture
  stride: u32, dilation: u32, padding: u32, leaky: u32,
  weight_offset: u32, bias_offset: u32, // vec4 in the flat buffers
  first_tap: u32, taps: u32, // the first of these taps; all taps of the weight
  chunk: u32, // output pixels per partial sum
  chunks: u32,
  keep_weight: u32, keep_bias: u32, // 1: add to the gradient that is there
  first_activated: u32, first_own: u32, end_activated: u32, // slots of the input that LeakyReLU made; the own go to a buffer of theirs
  more_stride: u32, more_first: u32, // vec4 per pixel of what another use left, 0: there is none; that of the first activated slot
  out_stride: u32, out_first: u32, // vec4 per pixel of the buffer of the output, and where the output begins in a pixel
  copy_stride: u32, copy_first: u32, // the same of a second such buffer (gpu/twice.ts)
}

const SLOPE: f32 = 0.1;
override PLUS: bool = false; // the output gets another value added

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x_values: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> parameters: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> plus_values: array<vec4<f32>>; // of the output's shape; any buffer where there is none
@group(0) @binding(4) var<storage, read_write> output: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dout: array<vec4<f32>>; // d(loss)/d(out before the activation)
@group(0) @binding(1) var<storage, read> weight_values: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> activated: array<vec4<f32>>; // x_values, some slots the result of a LeakyReLU
@group(0) @binding(4) var<storage, read> more: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dactivated: array<vec4<f32>>; // of one convolution: [pixel][own slot]
@group(0) @binding(6) var<storage, read_write> dbias_sums: array<vec4<f32>>; // sums of it over a thread's pixels: [chunk][own slot]
@group(0) @binding(7) var<storage, read_write> others: array<vec4<f32>>; // of all other slots, in the layout of x_values

// A pixel that a tap reads: index of its first vec4, and 1, or 0 where it lies outside the picture. Found with & instead of
// &&, whose branches, for eight pixels at once, keep some drivers compiling for minutes.
struct Source { first: u32, inside: f32 }

// Where the first tap of an output pixel lies: first row of its image, y, x.
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
  let inside = (y >= 0) & (y < i32(params.height)) & (x >= 0) & (x < i32(params.width));
  let pixel = select(0, (corner.x + y) * i32(params.width) + x, inside);
  return Source(u32(pixel) * params.input_slots, select(0.0, 1.0, inside));
}

fn store_output(pixel: u32, slot: u32, value: vec4<f32>) {
  output[pixel * params.out_stride + params.out_first + slot] = value;
}

// Stores what becomes of a sum with its bias; nothing beyond the last pixel.
fn store_sum(pixel: u32, slot: u32, sum: vec4<f32>) {
  if (pixel >= params.batch * params.output_height * params.output_width) { return; }
  var value = select(sum, select(SLOPE * sum, sum, sum > vec4(0.0)), params.leaky == 1u);
  if (PLUS) { value += plus_values[pixel * params.output_slots + slot]; }
  store_output(pixel, slot, value);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let o = i % params.output_slots; let first = i / params.output_slots * 8u;
  if (first >= params.batch * params.output_height * params.output_width) { return; }
  let c0 = corner(first); let c1 = corner(first + 1u); let c2 = corner(first + 2u); let c3 = corner(first + 3u);
  let c4 = corner(first + 4u); let c5 = corner(first + 5u); let c6 = corner(first + 6u); let c7 = corner(first + 7u);
  let bias = parameters[params.bias_offset + o];
  var a0 = bias; var a1 = bias; var a2 = bias; var a3 = bias; var a4 = bias; var a5 = bias; var a6 = bias; var a7 = bias;
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let s0 = input_of(c0, tap); let s1 = input_of(c1, tap); let s2 = input_of(c2, tap); let s3 = input_of(c3, tap);
    let s4 = input_of(c4, tap); let s5 = input_of(c5, tap); let s6 = input_of(c6, tap); let s7 = input_of(c7, tap);
    var b0 = vec4(0.0); var b1 = vec4(0.0); var b2 = vec4(0.0); var b3 = vec4(0.0);
    var b4 = vec4(0.0); var b5 = vec4(0.0); var b6 = vec4(0.0); var b7 = vec4(0.0);
    for (var c = 0u; c < params.input_slots; c++) {
      let w = params.weight_offset + ((params.first_tap + t) * params.input_slots + c) * 4u * params.output_slots + o;
      let weights = mat4x4(parameters[w], parameters[w + params.output_slots],
        parameters[w + 2u * params.output_slots], parameters[w + 3u * params.output_slots]);
      b0 += weights * (s0.inside * x_values[s0.first + c]); b1 += weights * (s1.inside * x_values[s1.first + c]);
      b2 += weights * (s2.inside * x_values[s2.first + c]); b3 += weights * (s3.inside * x_values[s3.first + c]);
      b4 += weights * (s4.inside * x_values[s4.first + c]); b5 += weights * (s5.inside * x_values[s5.first + c]);
      b6 += weights * (s6.inside * x_values[s6.first + c]); b7 += weights * (s7.inside * x_values[s7.first + c]);
    }
    a0 += b0; a1 += b1; a2 += b2; a3 += b3; a4 += b4; a5 += b5; a6 += b6; a7 += b7;
  }
  store_sum(first, o, a0); store_sum(first + 1u, o, a1); store_sum(first + 2u, o, a2); store_sum(first + 3u, o, a3);
  store_sum(first + 4u, o, a4); store_sum(first + 5u, o, a5); store_sum(first + 6u, o, a6); store_sum(first + 7u, o, a7);
}

// Image, y and x of an input pixel; of those `step` apart from the first, size (y, x) of them in an image, or of all.
fn input_place(index: u32, first: vec2<u32>, size: vec2<u32>, step: u32) -> vec3<u32> {
  let i = min(index, params.batch * size.x * size.y - 1u);
  let row = i / size.y;
  return vec3(row / size.x, first.x + step * (row % size.x), first.y + step * (i % size.y));
}

// Where the first tap reaches an input pixel from: first output row of its image, y and x times the stride.
fn reach(place: vec3<u32>) -> vec3<i32> {
  return vec3<i32>(vec3(place.x * params.output_height, place.y + params.padding, place.z + params.padding));
}

fn reach_of(pixel: u32) -> vec3<i32> {
  return reach(input_place(pixel, vec2(0u), vec2(params.height, params.width), 1u));
}

// The output pixel in which an input pixel takes part with a tap.
fn output_of(reach: vec3<i32>, tap: vec2<i32>) -> Source {
  let shift = params.stride - 1u;
  let y = reach.y - tap.x;
  let x = reach.z - tap.y;
  let inside = (y >= 0) & ((y >> shift) < i32(params.output_height)) & (x >= 0) & ((x >> shift) < i32(params.output_width)) &
    (((y | x) & i32(shift)) == 0);
  let pixel = select(0, (reach.x + (y >> shift)) * i32(params.output_width) + (x >> shift), inside);
  return Source(u32(pixel) * params.output_slots, select(0.0, 1.0, inside));
}

// The gradients of 8 consecutive input pixels.
struct Eight { a0: vec4<f32>, a1: vec4<f32>, a2: vec4<f32>, a3: vec4<f32>, a4: vec4<f32>, a5: vec4<f32>, a6: vec4<f32>, a7: vec4<f32> }

fn input_gradients(first: u32, c: u32) -> Eight {
  let r0 = reach_of(first); let r1 = reach_of(first + 1u); let r2 = reach_of(first + 2u); let r3 = reach_of(first + 3u);
  let r4 = reach_of(first + 4u); let r5 = reach_of(first + 5u); let r6 = reach_of(first + 6u); let r7 = reach_of(first + 7u);
  var d0 = vec4(0.0); var d1 = vec4(0.0); var d2 = vec4(0.0); var d3 = vec4(0.0);
  var d4 = vec4(0.0); var d5 = vec4(0.0); var d6 = vec4(0.0); var d7 = vec4(0.0);
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let s0 = output_of(r0, tap); let s1 = output_of(r1, tap); let s2 = output_of(r2, tap); let s3 = output_of(r3, tap);
    let s4 = output_of(r4, tap); let s5 = output_of(r5, tap); let s6 = output_of(r6, tap); let s7 = output_of(r7, tap);
    var b0 = vec4(0.0); var b1 = vec4(0.0); var b2 = vec4(0.0); var b3 = vec4(0.0);
    var b4 = vec4(0.0); var b5 = vec4(0.0); var b6 = vec4(0.0); var b7 = vec4(0.0);
    for (var o = 0u; o < params.output_slots; o++) {
      let w = params.weight_offset + ((params.first_tap + t) * params.input_slots + c) * 4u * params.output_slots + o;
      let weights = mat4x4(
        weight_values[w], weight_values[w + params.output_slots],
        weight_values[w + 2u * params.output_slots], weight_values[w + 3u * params.output_slots]);
      b0 += (s0.inside * dout[s0.first + o]) * weights; b1 += (s1.inside * dout[s1.first + o]) * weights;
      b2 += (s2.inside * dout[s2.first + o]) * weights; b3 += (s3.inside * dout[s3.first + o]) * weights;
      b4 += (s4.inside * dout[s4.first + o]) * weights; b5 += (s5.inside * dout[s5.first + o]) * weights;
      b6 += (s6.inside * dout[s6.first + o]) * weights; b7 += (s7.inside * dout[s7.first + o]) * weights;
    }
    d0 += b0; d1 += b1; d2 += b2; d3 += b3;
    d4 += b4; d5 += b5; d6 += b6; d7 += b7;
  }
  return Eight(d0, d1, d2, d3, d4, d5, d6, d7);
}

@compute @workgroup_size(64)
fn dinput(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let c = i % params.input_slots; let first = i / params.input_slots * 8u;
  let pixels = params.batch * params.height * params.width;
  if (first >= pixels) { return; }
  let d = input_gradients(first, c);
  let at = first * params.input_slots + c; let step = params.input_slots;
  result[at] = d.a0; if (first + 1u < pixels) { result[at + step] = d.a1; }
  if (first + 2u < pixels) { result[at + 2u * step] = d.a2; } if (first + 3u < pixels) { result[at + 3u * step] = d.a3; }
  if (first + 4u < pixels) { result[at + 4u * step] = d.a4; } if (first + 5u < pixels) { result[at + 5u * step] = d.a5; }
  if (first + 6u < pixels) { result[at + 6u * step] = d.a6; } if (first + 7u < pixels) { result[at + 7u * step] = d.a7; }
}

fn is_own(slot: u32) -> bool { return slot >= params.first_own && slot < params.end_activated; }

// Stores the gradient of a slot of a pixel, before its LeakyReLU if it has one, and returns it; nothing beyond the last pixel.
fn store_activated(pixel: u32, slot: u32, d: vec4<f32>) -> vec4<f32> {
  if (pixel >= params.batch * params.height * params.width) { return vec4(0.0); }
  let at = pixel * params.input_slots + slot;
  var before = d;
  if (slot >= params.first_activated && slot < params.end_activated) {
    if (params.more_stride > 0u) {
      before += more[pixel * params.more_stride + params.more_first + slot - params.first_activated];
    }
    before *= select(vec4(SLOPE), vec4(1.0), activated[at] > vec4(0.0));
  }
  if (is_own(slot)) {
    dactivated[pixel * (params.end_activated - params.first_own) + slot - params.first_own] = before;
  } else {
    others[at] = before;
  }
  return before;
}

fn store_bias_sum(chunk: u32, slot: u32, sum: vec4<f32>) {
  if (is_own(slot)) { dbias_sums[chunk * (params.end_activated - params.first_own) + slot - params.first_own] = sum; }
}

@compute @workgroup_size(64)
fn dinput_activated(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let c = i % params.input_slots; let first = i / params.input_slots * 8u;
  if (first >= params.batch * params.height * params.width) { return; }
  let d = input_gradients(first, c);
  let sum = store_activated(first, c, d.a0) + store_activated(first + 1u, c, d.a1) + store_activated(first + 2u, c, d.a2) +
    store_activated(first + 3u, c, d.a3) + store_activated(first + 4u, c, d.a4) + store_activated(first + 5u, c, d.a5) +
    store_activated(first + 6u, c, d.a6) + store_activated(first + 7u, c, d.a7);
  store_bias_sum(first / 8u, c, sum);
}

// vec4 of one tap.
fn tap_cells() -> u32 { return 4u * params.input_slots * params.output_slots; }

// The corner of the next output pixel.
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

// Column j: output channels for input channel j.
fn outer(d: vec4<f32>, value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(value.x * d, value.y * d, value.z * d, value.w * d);
}

// Four rows of one tap; whole: into the gradients, to which they may be added.
fn store_sums(cell: u32, whole: bool, values: mat4x4<f32>) {
  let step = params.output_slots;
  var kept = mat4x4<f32>();
  if (whole && params.keep_weight == 1u) {
    kept = mat4x4(sums[cell], sums[cell + step], sums[cell + 2u * step], sums[cell + 3u * step]);
  }
  sums[cell] = kept[0] + values[0]; sums[cell + step] = kept[1] + values[1];
  sums[cell + 2u * step] = kept[2] + values[2]; sums[cell + 3u * step] = kept[3] + values[3];
}

// Zero for the taps that never meet the picture.
fn clear_other_taps(c: u32, o: u32) {
  if (params.kernel != 1u || params.keep_weight == 1u) { return; }
  for (var tap = 0u; tap < params.taps; tap++) {
    let cell = params.weight_offset + tap * tap_cells() + 4u * c * params.output_slots + o;
    if (tap != params.first_tap) { store_sums(cell, false, mat4x4<f32>()); }
  }
}

fn store_bias(o: u32) {
  var sum = vec4(0.0);
  let pixels = params.batch * params.output_height * params.output_width;
  for (var p = 0u; p < pixels; p++) { sum += dout[p * params.output_slots + o]; }
  if (params.keep_bias == 1u) { sum += sums[params.bias_offset + o]; }
  sums[params.bias_offset + o] = sum;
}

// What one column of taps reads.
struct Column { top: vec4<f32>, middle: vec4<f32>, bottom: vec4<f32> }

fn read_input(corner: vec3<i32>, tap: vec2<i32>, c: u32) -> vec4<f32> {
  let source = input_of(corner, tap);
  return source.inside * x_values[source.first + c];
}

fn read_column(corner: vec3<i32>, x: i32, c: u32) -> Column {
  let step = i32(params.dilation);
  return Column(
    read_input(corner, vec2(0, x), c), read_input(corner, vec2(step, x), c), read_input(corner, vec2(2 * step, x), c));
}

// The sums of one column of taps.
struct Sums { top: mat4x4<f32>, middle: mat4x4<f32>, bottom: mat4x4<f32> }

fn add_outer(sums: Sums, d: vec4<f32>, values: Column) -> Sums {
  return Sums(sums.top + outer(d, values.top), sums.middle + outer(d, values.middle), sums.bottom + outer(d, values.bottom));
}

@compute @workgroup_size(64)
fn dweight(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let o = i % params.output_slots;
  let c = i / params.output_slots % params.input_slots;
  let chunk = i / (params.output_slots * params.input_slots);
  if (chunk >= params.chunks) { return; }
  let first = chunk * params.chunk;
  let last = min(first + params.chunk, params.batch * params.output_height * params.output_width);
  let step = i32(params.dilation);
  // Neighbours along a row share two columns of what they read.
  let slides = params.stride == 1u && params.dilation == 1u;
  var left_sums = Sums(); var middle_sums = Sums(); var right_sums = Sums();
  var left = Column(); var middle = Column();
  var place = corner(first);
  for (var p = first; p < last; p++) {
    let d = dout[p * params.output_slots + o];
    if (!slides || p == first || place.z == -i32(params.padding)) {
      left = read_column(place, 0, c);
      middle = read_column(place, step, c);
    }
    let right = read_column(place, 2 * step, c);
    left_sums = add_outer(left_sums, d, left);
    middle_sums = add_outer(middle_sums, d, middle);
    right_sums = add_outer(right_sums, d, right);
    left = middle;
    middle = right;
    place = next(place);
  }
  let whole = params.chunks == 1u;
  let start = select(chunk * 9u * tap_cells(), params.weight_offset, whole) + 4u * c * params.output_slots + o;
  store_sums(start, whole, left_sums.top); store_sums(start + tap_cells(), whole, middle_sums.top); store_sums(start + 2u * tap_cells(), whole, right_sums.top);
  store_sums(start + 3u * tap_cells(), whole, left_sums.middle); store_sums(start + 4u * tap_cells(), whole, middle_sums.middle); store_sums(start + 5u * tap_cells(), whole, right_sums.middle);
  store_sums(start + 6u * tap_cells(), whole, left_sums.bottom); store_sums(start + 7u * tap_cells(), whole, middle_sums.bottom); store_sums(start + 8u * tap_cells(), whole, right_sums.bottom);
  if (whole && c == 0u) { store_bias(o); }
}

// The same where one tap meets the picture.
@compute @workgroup_size(64)
fn dweight_single(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let o = i % params.output_slots;
  let c = i / params.output_slots % params.input_slots;
  let chunk = i / (params.output_slots * params.input_slots);
  if (chunk >= params.chunks) { return; }
  let first = chunk * params.chunk;
  let last = min(first + params.chunk, params.batch * params.output_height * params.output_width);
  var sums = mat4x4<f32>();
  var place = corner(first);
  for (var p = first; p < last; p++) {
    sums += outer(dout[p * params.output_slots + o], read_input(place, vec2(0), c));
    place = next(place);
  }
  let whole = params.chunks == 1u;
  let tap = select(chunk, params.first_tap, whole);
  store_sums(select(0u, params.weight_offset, whole) + tap * tap_cells() + 4u * c * params.output_slots + o, whole, sums);
  if (whole) {
    clear_other_taps(c, o);
    if (c == 0u) { store_bias(o); }
  }
}
