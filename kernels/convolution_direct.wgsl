// convolution_direct: out[p][co] = act(bias[co] + sum over taps and ci of w[tap][ci][co] * x[p * stride + tap * dilation - padding][ci]),
// zero outside the picture, act = identity or LeakyReLU(0.1); and its gradients. The readable kernels, which round least and are
// the reference of the fast ones. Kernel side 1 or 3, stride 1 or 2.
// Layout: activations [N, H, W, slots] as vec4, weights [tap][4 input_slots][output_slots] as vec4 inside the flat parameters.
// forward: one thread owns one vec4 of channels of 8 consecutive output pixels; dinput: the same of 8 input pixels;
// dactivation: one vec4. dweight: the sum over one chunk of output pixels of 3 taps (one row of the kernel) x 4 input channels
// x one vec4 of output channels, or of the bias; dsum adds the chunks in order, one thread per vec4 of the flat gradients.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  input_slots: u32, // vec4 per pixel
  output_height: u32,
  output_width: u32,
  output_slots: u32, // vec4 per pixel
  kernel: u32, // side
  stride: u32,
  dilation: u32,
  padding: u32,
  leaky: u32,
  weight_offset: u32, // vec4 in the flat buffers
  bias_offset: u32,
  chunk: u32, // output pixels per partial sum
  chunks: u32,
  keep_weight: u32, // 1: add to the gradient that is there
  keep_bias: u32,
}

const SLOPE: f32 = 0.1;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> parameters: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>; // d(loss)/d(out before the activation)
@group(0) @binding(2) var<storage, read> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dout_second: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> gradients: array<vec4<f32>>;

// A pixel that a tap reads: index of its first vec4, and 1, or 0 where it lies outside the picture.
struct Source {
  first: u32,
  inside: f32,
}

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
  let inside = y >= 0 && y < i32(params.height) && x >= 0 && x < i32(params.width);
  let pixel = select(0, (corner.x + y) * i32(params.width) + x, inside);
  return Source(u32(pixel) * params.input_slots, select(0.0, 1.0, inside));
}

fn activate(value: vec4<f32>) -> vec4<f32> {
  return select(value, select(SLOPE * value, value, value > vec4(0.0)), params.leaky == 1u);
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let o = i % params.output_slots;
  let first = i / params.output_slots * 8u;
  let pixels = params.batch * params.output_height * params.output_width;
  if (first >= pixels) { return; }
  let c0 = corner(first); let c1 = corner(first + 1u); let c2 = corner(first + 2u); let c3 = corner(first + 3u);
  let c4 = corner(first + 4u); let c5 = corner(first + 5u); let c6 = corner(first + 6u); let c7 = corner(first + 7u);
  let bias = parameters[params.bias_offset + o];
  var a0 = bias; var a1 = bias; var a2 = bias; var a3 = bias;
  var a4 = bias; var a5 = bias; var a6 = bias; var a7 = bias;
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let s0 = input_of(c0, tap); let s1 = input_of(c1, tap); let s2 = input_of(c2, tap); let s3 = input_of(c3, tap);
    let s4 = input_of(c4, tap); let s5 = input_of(c5, tap); let s6 = input_of(c6, tap); let s7 = input_of(c7, tap);
    for (var c = 0u; c < params.input_slots; c++) {
      let w = params.weight_offset + (t * params.input_slots + c) * 4u * params.output_slots + o;
      let weights = mat4x4(
        parameters[w],
        parameters[w + params.output_slots],
        parameters[w + 2u * params.output_slots],
        parameters[w + 3u * params.output_slots]);
      a0 += weights * (s0.inside * x[s0.first + c]);
      a1 += weights * (s1.inside * x[s1.first + c]);
      a2 += weights * (s2.inside * x[s2.first + c]);
      a3 += weights * (s3.inside * x[s3.first + c]);
      a4 += weights * (s4.inside * x[s4.first + c]);
      a5 += weights * (s5.inside * x[s5.first + c]);
      a6 += weights * (s6.inside * x[s6.first + c]);
      a7 += weights * (s7.inside * x[s7.first + c]);
    }
  }
  let at = first * params.output_slots + o;
  let step = params.output_slots;
  result[at] = activate(a0);
  if (first + 1u < pixels) { result[at + step] = activate(a1); }
  if (first + 2u < pixels) { result[at + 2u * step] = activate(a2); }
  if (first + 3u < pixels) { result[at + 3u * step] = activate(a3); }
  if (first + 4u < pixels) { result[at + 4u * step] = activate(a4); }
  if (first + 5u < pixels) { result[at + 5u * step] = activate(a5); }
  if (first + 6u < pixels) { result[at + 6u * step] = activate(a6); }
  if (first + 7u < pixels) { result[at + 7u * step] = activate(a7); }
}

// Through the activation, whose slope follows from the sign of its output.
@compute @workgroup_size(64)
fn dactivation(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.output_height * params.output_width * params.output_slots) { return; }
  result[i] = dout[i] * select(vec4(SLOPE), vec4(1.0), out[i] > vec4(0.0));
}

// Where the first tap reaches an input pixel from: first output row of its image, y and x times the stride.
fn reach(pixel: u32) -> vec3<i32> {
  let place = min(pixel, params.batch * params.height * params.width - 1u);
  let row = place / params.width;
  return vec3<i32>(vec3(
    row / params.height * params.output_height,
    row % params.height + params.padding,
    place % params.width + params.padding));
}

// The output pixel in which an input pixel takes part with a tap.
fn output_of(reach: vec3<i32>, tap: vec2<i32>) -> Source {
  let stride = i32(params.stride);
  let y = reach.y - tap.x;
  let x = reach.z - tap.y;
  let inside = y >= 0 && y < stride * i32(params.output_height) && x >= 0 && x < stride * i32(params.output_width) &&
    (stride == 1 || ((y | x) & 1) == 0);
  let pixel = select(0, (reach.x + y / stride) * i32(params.output_width) + x / stride, inside);
  return Source(u32(pixel) * params.output_slots, select(0.0, 1.0, inside));
}

@compute @workgroup_size(64)
fn dinput(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let c = i % params.input_slots;
  let first = i / params.input_slots * 8u;
  let pixels = params.batch * params.height * params.width;
  if (first >= pixels) { return; }
  let r0 = reach(first); let r1 = reach(first + 1u); let r2 = reach(first + 2u); let r3 = reach(first + 3u);
  let r4 = reach(first + 4u); let r5 = reach(first + 5u); let r6 = reach(first + 6u); let r7 = reach(first + 7u);
  var a0 = vec4(0.0); var a1 = vec4(0.0); var a2 = vec4(0.0); var a3 = vec4(0.0);
  var a4 = vec4(0.0); var a5 = vec4(0.0); var a6 = vec4(0.0); var a7 = vec4(0.0);
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let s0 = output_of(r0, tap); let s1 = output_of(r1, tap); let s2 = output_of(r2, tap); let s3 = output_of(r3, tap);
    let s4 = output_of(r4, tap); let s5 = output_of(r5, tap); let s6 = output_of(r6, tap); let s7 = output_of(r7, tap);
    for (var o = 0u; o < params.output_slots; o++) {
      let w = params.weight_offset + (t * params.input_slots + c) * 4u * params.output_slots + o;
      let weights = mat4x4(
        parameters[w],
        parameters[w + params.output_slots],
        parameters[w + 2u * params.output_slots],
        parameters[w + 3u * params.output_slots]);
      a0 += (s0.inside * dout[s0.first + o]) * weights;
      a1 += (s1.inside * dout[s1.first + o]) * weights;
      a2 += (s2.inside * dout[s2.first + o]) * weights;
      a3 += (s3.inside * dout[s3.first + o]) * weights;
      a4 += (s4.inside * dout[s4.first + o]) * weights;
      a5 += (s5.inside * dout[s5.first + o]) * weights;
      a6 += (s6.inside * dout[s6.first + o]) * weights;
      a7 += (s7.inside * dout[s7.first + o]) * weights;
    }
  }
  let at = first * params.input_slots + c;
  let step = params.input_slots;
  result[at] = a0;
  if (first + 1u < pixels) { result[at + step] = a1; }
  if (first + 2u < pixels) { result[at + 2u * step] = a2; }
  if (first + 3u < pixels) { result[at + 3u * step] = a3; }
  if (first + 4u < pixels) { result[at + 4u * step] = a4; }
  if (first + 5u < pixels) { result[at + 5u * step] = a5; }
  if (first + 6u < pixels) { result[at + 6u * step] = a6; }
  if (first + 7u < pixels) { result[at + 7u * step] = a7; }
}

// vec4 of the weight's gradient; the bias lies behind.
fn weight_cells() -> u32 {
  return params.kernel * params.kernel * 4u * params.input_slots * params.output_slots;
}

@compute @workgroup_size(64)
fn dweight(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let o = i % params.output_slots;
  // Rows of the kernel for each vec4 of input channels, then one more for the bias.
  let tasks = params.kernel * params.input_slots + 1u;
  let task = i / params.output_slots % tasks;
  let chunk = i / (params.output_slots * tasks);
  if (chunk >= params.chunks) { return; }
  let pixels = params.batch * params.output_height * params.output_width;
  let first = chunk * params.chunk;
  let last = min(first + params.chunk, pixels);
  let place = chunk * (weight_cells() + params.output_slots) + o;
  if (task == tasks - 1u) {
    var sum = vec4(0.0);
    for (var p = first; p < last; p++) { sum += dout_second[p * params.output_slots + o]; }
    result[place + weight_cells()] = sum;
    return;
  }
  let c = task % params.input_slots;
  let tap_row = task / params.input_slots;
  let step = i32(params.dilation);
  var left = mat4x4<f32>();
  var middle = mat4x4<f32>();
  var right = mat4x4<f32>();
  let start = corner(first);
  var top = start.x;
  var y = start.y;
  var column = start.z;
  let end_column = i32(params.output_width * params.stride) - i32(params.padding);
  let end_row = i32(params.output_height * params.stride) - i32(params.padding);
  for (var p = first; p < last; p++) {
    let d = dout_second[p * params.output_slots + o];
    let at = vec3(top, y, column);
    let row = i32(tap_row) * step;
    let s0 = input_of(at, vec2(row, 0));
    left += outer(d, s0.inside * x[s0.first + c]);
    if (params.kernel == 3u) {
      let s1 = input_of(at, vec2(row, step));
      middle += outer(d, s1.inside * x[s1.first + c]);
      let s2 = input_of(at, vec2(row, 2 * step));
      right += outer(d, s2.inside * x[s2.first + c]);
    }
    column += i32(params.stride);
    if (column >= end_column) {
      column = -i32(params.padding);
      y += i32(params.stride);
      if (y >= end_row) {
        y = -i32(params.padding);
        top += i32(params.height);
      }
    }
  }
  let tap_cells = 4u * params.input_slots * params.output_slots;
  let cell = place + tap_row * params.kernel * tap_cells + 4u * c * params.output_slots;
  store(cell, left);
  if (params.kernel == 3u) {
    store(cell + tap_cells, middle);
    store(cell + 2u * tap_cells, right);
  }
}

// Column j: output channels for input channel j.
fn outer(d: vec4<f32>, value: vec4<f32>) -> mat4x4<f32> {
  return mat4x4(value.x * d, value.y * d, value.z * d, value.w * d);
}

fn store(cell: u32, sums: mat4x4<f32>) {
  result[cell] = sums[0];
  result[cell + params.output_slots] = sums[1];
  result[cell + 2u * params.output_slots] = sums[2];
  result[cell + 3u * params.output_slots] = sums[3];
}

@compute @workgroup_size(64)
fn dsum(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let cells = weight_cells() + params.output_slots;
  if (i >= cells) { return; }
  let is_bias = i >= weight_cells();
  let at = select(params.weight_offset + i, params.bias_offset + i - weight_cells(), is_bias);
  var sum = vec4(0.0);
  for (var chunk = 0u; chunk < params.chunks; chunk++) { sum += partial[chunk * cells + i]; }
  if (select(params.keep_weight, params.keep_bias, is_bias) == 1u) { sum += gradients[at]; }
  gradients[at] = sum;
}
