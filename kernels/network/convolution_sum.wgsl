// convolution_sum: gradient of a convolution's weight and bias = (kept gradient) + the partial sums over chunks of pixels, in order;
// of one to three convolutions at once, whose weights and biases all differ: each thread reads and writes those of one.
// Taps that never meet the picture have no partial sums: zero.
// Layout: partial [chunk][taps in use][4 input slots][output slots] as vec4, bias_sums [chunk][output slot]; one thread owns one vec4
// of the flat gradients. add_chunks does the same for Winograd's planes of a weight's gradient (convolution_tiled_gemm).

struct Addend {
  first_thread: u32, // of this convolution, a multiple of 64
  weight_cells: u32, // vec4 of all taps
  first_cell: u32, // of the taps in use
  used_cells: u32,
  output_slots: u32,
  weight_offset: u32, // vec4 in the flat gradients
  bias_offset: u32,
  chunks: u32,
  bias_chunks: u32,
  keep_weight: u32, // 1: add to the gradient that is there
  keep_bias: u32,
  unused: u32, // whole vec4, as arrays of a uniform want
}

struct Params {
  addends: array<Addend, 3>,
}

struct Chunks {
  cells: u32,
  chunks: u32,
}

override ADDENDS: u32 = 1u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias_sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> partial_2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias_sums_2: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> partial_3: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> bias_sums_3: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> gradients: array<vec4<f32>>;
@group(0) @binding(0) var<uniform> sizes: Chunks;
@group(0) @binding(2) var<storage, read_write> planes: array<vec4<f32>>;

fn addend_of(thread: u32) -> u32 {
  var index = 0u;
  if (ADDENDS > 1u && thread >= params.addends[1].first_thread) { index = 1u; }
  if (ADDENDS > 2u && thread >= params.addends[2].first_thread) { index = 2u; }
  return index;
}

// Loads that do not wait for one another: a GPU's thread waits for each sum that it needs before it goes on.
struct Eight {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
  e: vec4<f32>,
  f: vec4<f32>,
  g: vec4<f32>,
  h: vec4<f32>,
}

fn add_eight(sum: vec4<f32>, more: Eight) -> vec4<f32> {
  return sum + more.a + more.b + more.c + more.d + more.e + more.f + more.g + more.h;
}

fn eight_of_first(at: u32, step: u32) -> Eight {
  return Eight(
    partial[at], partial[at + step], partial[at + 2u * step], partial[at + 3u * step],
    partial[at + 4u * step], partial[at + 5u * step], partial[at + 6u * step], partial[at + 7u * step]);
}

fn eight_partials(index: u32, at: u32, step: u32) -> Eight {
  if (ADDENDS > 1u && index == 1u) {
    return Eight(
      partial_2[at], partial_2[at + step], partial_2[at + 2u * step], partial_2[at + 3u * step],
      partial_2[at + 4u * step], partial_2[at + 5u * step], partial_2[at + 6u * step], partial_2[at + 7u * step]);
  }
  if (ADDENDS > 2u && index == 2u) {
    return Eight(
      partial_3[at], partial_3[at + step], partial_3[at + 2u * step], partial_3[at + 3u * step],
      partial_3[at + 4u * step], partial_3[at + 5u * step], partial_3[at + 6u * step], partial_3[at + 7u * step]);
  }
  return eight_of_first(at, step);
}

fn eight_bias_sums(index: u32, at: u32, step: u32) -> Eight {
  if (ADDENDS > 1u && index == 1u) {
    return Eight(
      bias_sums_2[at], bias_sums_2[at + step], bias_sums_2[at + 2u * step], bias_sums_2[at + 3u * step],
      bias_sums_2[at + 4u * step], bias_sums_2[at + 5u * step], bias_sums_2[at + 6u * step], bias_sums_2[at + 7u * step]);
  }
  if (ADDENDS > 2u && index == 2u) {
    return Eight(
      bias_sums_3[at], bias_sums_3[at + step], bias_sums_3[at + 2u * step], bias_sums_3[at + 3u * step],
      bias_sums_3[at + 4u * step], bias_sums_3[at + 5u * step], bias_sums_3[at + 6u * step], bias_sums_3[at + 7u * step]);
  }
  return Eight(
    bias_sums[at], bias_sums[at + step], bias_sums[at + 2u * step], bias_sums[at + 3u * step],
    bias_sums[at + 4u * step], bias_sums[at + 5u * step], bias_sums[at + 6u * step], bias_sums[at + 7u * step]);
}

fn partial_at(index: u32, at: u32) -> vec4<f32> {
  if (ADDENDS > 1u && index == 1u) { return partial_2[at]; }
  if (ADDENDS > 2u && index == 2u) { return partial_3[at]; }
  return partial[at];
}

fn bias_sum_at(index: u32, at: u32) -> vec4<f32> {
  if (ADDENDS > 1u && index == 1u) { return bias_sums_2[at]; }
  if (ADDENDS > 2u && index == 2u) { return bias_sums_3[at]; }
  return bias_sums[at];
}

fn add(at: u32, keep: u32, value: vec4<f32>) {
  var sum = value;
  if (keep == 1u) { sum += gradients[at]; }
  gradients[at] = sum;
}

@compute @workgroup_size(64)
fn dsum(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let thread = id.y * (groups.x * 64u) + id.x;
  let index = addend_of(thread);
  let mine = params.addends[index];
  let i = thread - mine.first_thread;
  if (i >= mine.weight_cells + mine.output_slots) { return; }
  var sum = vec4(0.0);
  if (i >= mine.weight_cells) {
    let o = i - mine.weight_cells;
    var chunk = 0u;
    for (; chunk + 8u <= mine.bias_chunks; chunk += 8u) {
      sum = add_eight(sum, eight_bias_sums(index, chunk * mine.output_slots + o, mine.output_slots));
    }
    for (; chunk < mine.bias_chunks; chunk++) { sum += bias_sum_at(index, chunk * mine.output_slots + o); }
    add(mine.bias_offset + o, mine.keep_bias, sum);
    return;
  }
  if (i >= mine.first_cell && i < mine.first_cell + mine.used_cells) {
    let cell = i - mine.first_cell;
    var chunk = 0u;
    for (; chunk + 8u <= mine.chunks; chunk += 8u) {
      sum = add_eight(sum, eight_partials(index, chunk * mine.used_cells + cell, mine.used_cells));
    }
    for (; chunk < mine.chunks; chunk++) { sum += partial_at(index, chunk * mine.used_cells + cell); }
  }
  add(mine.weight_offset + i, mine.keep_weight, sum);
}

// partial [chunk][cells], in order.
@compute @workgroup_size(64)
fn add_chunks(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= sizes.cells) { return; }
  var sum = vec4(0.0);
  var chunk = 0u;
  for (; chunk + 8u <= sizes.chunks; chunk += 8u) {
    sum = add_eight(sum, eight_of_first(chunk * sizes.cells + i, sizes.cells));
  }
  for (; chunk < sizes.chunks; chunk++) { sum += partial[chunk * sizes.cells + i]; }
  planes[i] = sum;
}
