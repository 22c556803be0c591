// convolution_activation: the way of a convolution's output gradient through LeakyReLU(0.1), whose slope follows from the sign of
// its output, or through no activation, and the first half of the bias' gradient, which is the sum over all pixels.
//   dactivation: gradient = dout * (out > 0 ? 1 : slope); sums[chunk] = sum over the pixels of a chunk of gradient.
//                dout comes as one to five summands, each some slots of every pixel of a buffer, added in their order
//   dbias:       sums[chunk] = sum over the pixels of a chunk of dout, which is one buffer and needs no more
//   dactivation_only: the gradient of dactivation; one thread owns one vec4 of a pixel. The kernels in tiles for GPUs, which make
//                the gradient of the weight of it, sum for the bias (convolution_tiled_direct, convolution_tiled_gemm)
// Layout: [N, H, W, slots] as vec4, sums [chunk][slot]. Else one thread owns one vec4 of channels of the pixels of a chunk.

struct Params {
  pixels: u32,
  slots: u32, // vec4 per pixel
  chunk: u32, // pixels
  chunks: u32,
  slope: f32, // 1 without activation
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
  out_stride: u32, // vec4 per pixel of the buffer of the output, and its first one of a pixel
  out_first: u32,
}

override SUMMANDS: u32 = 1u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> dout: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> bias_sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dout_2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dout_3: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dout_4: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> dout_5: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> out: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> gradient: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> sums: array<vec4<f32>>;

// The gradient of a pixel's output, summands added up.
fn dout_of(pixel: u32, slot: u32) -> vec4<f32> {
  var value = dout[pixel * params.stride_1 + params.first_1 + slot];
  if (SUMMANDS > 1u) { value += dout_2[pixel * params.stride_2 + params.first_2 + slot]; }
  if (SUMMANDS > 2u) { value += dout_3[pixel * params.stride_3 + params.first_3 + slot]; }
  if (SUMMANDS > 3u) { value += dout_4[pixel * params.stride_4 + params.first_4 + slot]; }
  if (SUMMANDS > 4u) { value += dout_5[pixel * params.stride_5 + params.first_5 + slot]; }
  return value;
}

// Stores the gradient before the activation, and returns it.
fn activated(pixel: u32, slot: u32) -> vec4<f32> {
  let positive = out[pixel * params.out_stride + params.out_first + slot] > vec4(0.0);
  let d = dout_of(pixel, slot) * select(vec4(params.slope), vec4(1.0), positive);
  gradient[pixel * params.slots + slot] = d;
  return d;
}

@compute @workgroup_size(64)
fn dactivation(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let chunk = i / params.slots;
  if (chunk >= params.chunks) { return; }
  let last = min((chunk + 1u) * params.chunk, params.pixels);
  var sum = vec4(0.0);
  let slot = i % params.slots;
  for (var p = chunk * params.chunk; p < last; p++) { sum += activated(p, slot); }
  sums[i] = sum;
}

@compute @workgroup_size(64)
fn dbias(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let chunk = i / params.slots;
  if (chunk >= params.chunks) { return; }
  let last = min((chunk + 1u) * params.chunk, params.pixels);
  var sum = vec4(0.0);
  for (var p = chunk * params.chunk; p < last; p++) { sum += dout[p * params.slots + i % params.slots]; }
  bias_sums[i] = sum;
}

@compute @workgroup_size(64)
fn dactivation_only(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.pixels * params.slots) { return; }
  activated(i / params.slots, i % params.slots);
}
