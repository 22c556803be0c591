// convolution_winograd_sum: gradient of a convolution's weight and bias = (kept gradient) + G' sums G, sums over tiles in Winograd's
// planes (convolution_winograd), and + the partial sums for the bias, in order; of one to three convolutions at once, as
// convolution_sum.
// Layout: sums [36][4 input slots][output slots] as vec4, bias_sums [chunk][slot]; one thread owns one vec4 of output channels of
// all taps of one input channel, or one of a bias.

struct Addend {
  first_thread: u32, // of this convolution, a multiple of 64
  weight_cells: u32, // vec4 of one tap
  slots: u32, // vec4 of the bias
  weight_offset: u32,
  bias_offset: u32,
  bias_chunks: u32, // partial sums of the bias' gradient
  keep_weight: u32, // 1: add to the gradient that is there
  keep_bias: u32,
}

struct Params {
  addends: array<Addend, 3>,
}

override ADDENDS: u32 = 1u;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias_sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> sums_2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias_sums_2: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> sums_3: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> bias_sums_3: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> gradients: array<vec4<f32>>;

struct Three {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
}

struct Six {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
  e: vec4<f32>,
  f: vec4<f32>,
}

// G' v
fn transform_weight_gradient(v: Six) -> Three {
  let even = v.b + v.c;
  let outer_even = v.d + v.e;
  return Three(
    0.25 * v.a - (1.0 / 6.0) * even + (1.0 / 24.0) * outer_even,
    (1.0 / 6.0) * (v.c - v.b) + (1.0 / 12.0) * (v.d - v.e),
    (1.0 / 6.0) * (outer_even - even) + v.f);
}

fn addend_of(thread: u32) -> u32 {
  var index = 0u;
  if (ADDENDS > 1u && thread >= params.addends[1].first_thread) { index = 1u; }
  if (ADDENDS > 2u && thread >= params.addends[2].first_thread) { index = 2u; }
  return index;
}

fn column_of(index: u32, at: u32, step: u32) -> Six {
  if (ADDENDS > 1u && index == 1u) {
    return Six(sums_2[at], sums_2[at + step], sums_2[at + 2u * step], sums_2[at + 3u * step], sums_2[at + 4u * step], sums_2[at + 5u * step]);
  }
  if (ADDENDS > 2u && index == 2u) {
    return Six(sums_3[at], sums_3[at + step], sums_3[at + 2u * step], sums_3[at + 3u * step], sums_3[at + 4u * step], sums_3[at + 5u * step]);
  }
  return Six(sums[at], sums[at + step], sums[at + 2u * step], sums[at + 3u * step], sums[at + 4u * step], sums[at + 5u * step]);
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

fn bias_sum_at(index: u32, at: u32) -> vec4<f32> {
  if (ADDENDS > 1u && index == 1u) { return bias_sums_2[at]; }
  if (ADDENDS > 2u && index == 2u) { return bias_sums_3[at]; }
  return bias_sums[at];
}

fn gradient_sums(index: u32, cell: u32, column: u32) -> Three {
  let cells = params.addends[index].weight_cells;
  return transform_weight_gradient(column_of(index, column * cells + cell, 6u * cells));
}

fn add_gradient(mine: Addend, cell: u32, tap: u32, value: vec4<f32>) {
  let at = mine.weight_offset + tap * mine.weight_cells + cell;
  var sum = value;
  if (mine.keep_weight == 1u) { sum += gradients[at]; }
  gradients[at] = sum;
}

fn add_gradient_row(mine: Addend, cell: u32, row: u32, values: Three) {
  add_gradient(mine, cell, 3u * row, values.a);
  add_gradient(mine, cell, 3u * row + 1u, values.b);
  add_gradient(mine, cell, 3u * row + 2u, values.c);
}

@compute @workgroup_size(64)
fn dweight(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let thread = id.y * (groups.x * 64u) + id.x;
  let index = addend_of(thread);
  let mine = params.addends[index];
  let cell = thread - mine.first_thread;
  if (cell >= mine.weight_cells + mine.slots) { return; }
  if (cell >= mine.weight_cells) {
    let slot = cell - mine.weight_cells;
    var sum = vec4(0.0);
    var chunk = 0u;
    for (; chunk + 8u <= mine.bias_chunks; chunk += 8u) {
      sum = add_eight(sum, eight_bias_sums(index, chunk * mine.slots + slot, mine.slots));
    }
    for (; chunk < mine.bias_chunks; chunk++) { sum += bias_sum_at(index, chunk * mine.slots + slot); }
    if (mine.keep_bias == 1u) { sum += gradients[mine.bias_offset + slot]; }
    gradients[mine.bias_offset + slot] = sum;
    return;
  }
  let c0 = gradient_sums(index, cell, 0u);
  let c1 = gradient_sums(index, cell, 1u);
  let c2 = gradient_sums(index, cell, 2u);
  let c3 = gradient_sums(index, cell, 3u);
  let c4 = gradient_sums(index, cell, 4u);
  let c5 = gradient_sums(index, cell, 5u);
  add_gradient_row(mine, cell, 0u, transform_weight_gradient(Six(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a)));
  add_gradient_row(mine, cell, 1u, transform_weight_gradient(Six(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b)));
  add_gradient_row(mine, cell, 2u, transform_weight_gradient(Six(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c)));
}
