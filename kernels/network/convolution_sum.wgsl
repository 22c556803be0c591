// convolution_sum: gradient of a convolution's weight and bias = (kept gradient) + the partial sums over chunks of pixels, in order;
// of several convolutions at once: each thread reads and writes those of one parameter.
//   dsum: partial [chunk][taps in use][4 input slots][output slots]; taps that never meet the picture have no partial sums: zero.
//         Addends of one weight and bias, as a layer that is used several times leaves them, are a chain that one thread adds up
//   dsum_planes: partial [36][4 input slots][output slots], sums over tiles in Winograd's planes (convolution_winograd), which give
//                the weight's gradient as G' partial G; all weights and biases differ
//   dsum_planes_shared: the same for GPUs, of partial [chunk][36][4 input slots][output slots] (convolution_tiled_gemm)
// Layout: all as vec4, bias_sums [chunk][output slot]; one thread owns one vec4 of the bias or of the weight, with planes one vec4 of
// output channels of all taps of one input channel, a cell. dsum_planes_shared: 192 threads own 16 cells; 12 share the planes of one,
// 6 the columns of G' partial, 3 the rows of taps.

struct Addend {
  first_thread: u32, // of this convolution, a multiple of 64; none where it is not the first of its chain
  weight_cells: u32, // vec4 of all taps, with planes of one
  first_cell: u32, // of the taps in use; with planes this and used_cells are 0
  used_cells: u32,
  output_slots: u32,
  weight_offset: u32, // vec4 in the flat gradients
  bias_offset: u32,
  chunks: u32,
  bias_chunks: u32,
  keep_weight: u32, // 1: add to the gradient that is there
  keep_bias: u32,
  first_sum: u32, // vec4 where its partial sums begin
  first_bias_sum: u32,
  buffer: u32, // which of the pairs of buffers these are in
  next: u32, // of its chain, 0: there is none
  unused: u32, // whole vec4, as arrays of a uniform want
}

struct Params {
  addends: array<Addend, 9>,
  count: u32, // of addends that there are
}

override BUFFERS: u32 = 1u; // pairs of buffers in use
override REVERSED: bool = false; // turns the order of the threads, which changes no bit

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias_sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> partial_2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> bias_sums_2: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> partial_3: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> bias_sums_3: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> gradients: array<vec4<f32>>;

const NO_THREAD: u32 = 0xffffffffu;

fn addend_of(thread: u32) -> u32 {
  var index = 0u;
  for (var i = 1u; i < params.count; i++) {
    let first = params.addends[i].first_thread;
    if (first != NO_THREAD && thread >= first) { index = i; }
  }
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

fn eight_partials(buffer: u32, at: u32, step: u32) -> Eight {
  if (BUFFERS > 1u && buffer == 1u) {
    return Eight(
      partial_2[at], partial_2[at + step], partial_2[at + 2u * step], partial_2[at + 3u * step],
      partial_2[at + 4u * step], partial_2[at + 5u * step], partial_2[at + 6u * step], partial_2[at + 7u * step]);
  }
  if (BUFFERS > 2u && buffer == 2u) {
    return Eight(
      partial_3[at], partial_3[at + step], partial_3[at + 2u * step], partial_3[at + 3u * step],
      partial_3[at + 4u * step], partial_3[at + 5u * step], partial_3[at + 6u * step], partial_3[at + 7u * step]);
  }
  return Eight(
    partial[at], partial[at + step], partial[at + 2u * step], partial[at + 3u * step],
    partial[at + 4u * step], partial[at + 5u * step], partial[at + 6u * step], partial[at + 7u * step]);
}

fn eight_bias_sums(buffer: u32, at: u32, step: u32) -> Eight {
  if (BUFFERS > 1u && buffer == 1u) {
    return Eight(
      bias_sums_2[at], bias_sums_2[at + step], bias_sums_2[at + 2u * step], bias_sums_2[at + 3u * step],
      bias_sums_2[at + 4u * step], bias_sums_2[at + 5u * step], bias_sums_2[at + 6u * step], bias_sums_2[at + 7u * step]);
  }
  if (BUFFERS > 2u && buffer == 2u) {
    return Eight(
      bias_sums_3[at], bias_sums_3[at + step], bias_sums_3[at + 2u * step], bias_sums_3[at + 3u * step],
      bias_sums_3[at + 4u * step], bias_sums_3[at + 5u * step], bias_sums_3[at + 6u * step], bias_sums_3[at + 7u * step]);
  }
  return Eight(
    bias_sums[at], bias_sums[at + step], bias_sums[at + 2u * step], bias_sums[at + 3u * step],
    bias_sums[at + 4u * step], bias_sums[at + 5u * step], bias_sums[at + 6u * step], bias_sums[at + 7u * step]);
}

fn partial_at(buffer: u32, at: u32) -> vec4<f32> {
  if (BUFFERS > 1u && buffer == 1u) { return partial_2[at]; }
  if (BUFFERS > 2u && buffer == 2u) { return partial_3[at]; }
  return partial[at];
}

fn bias_sum_at(buffer: u32, at: u32) -> vec4<f32> {
  if (BUFFERS > 1u && buffer == 1u) { return bias_sums_2[at]; }
  if (BUFFERS > 2u && buffer == 2u) { return bias_sums_3[at]; }
  return bias_sums[at];
}

fn add(at: u32, keep: u32, value: vec4<f32>) {
  var sum = value;
  if (keep == 1u) { sum += gradients[at]; }
  gradients[at] = sum;
}

fn bias_sum_of(mine: Addend, slot: u32) -> vec4<f32> {
  var sum = vec4(0.0);
  let start = mine.first_bias_sum + slot;
  var chunk = 0u;
  for (; chunk + 8u <= mine.bias_chunks; chunk += 8u) {
    sum = add_eight(sum, eight_bias_sums(mine.buffer, start + chunk * mine.output_slots, mine.output_slots));
  }
  for (; chunk < mine.bias_chunks; chunk++) { sum += bias_sum_at(mine.buffer, start + chunk * mine.output_slots); }
  return sum;
}

fn weight_sum_of(mine: Addend, cell: u32) -> vec4<f32> {
  var sum = vec4(0.0);
  if (cell < mine.first_cell || cell >= mine.first_cell + mine.used_cells) { return sum; }
  let start = mine.first_sum + cell - mine.first_cell;
  var chunk = 0u;
  for (; chunk + 8u <= mine.chunks; chunk += 8u) {
    sum = add_eight(sum, eight_partials(mine.buffer, start + chunk * mine.used_cells, mine.used_cells));
  }
  for (; chunk < mine.chunks; chunk++) { sum += partial_at(mine.buffer, start + chunk * mine.used_cells); }
  return sum;
}

@compute @workgroup_size(64)
fn dsum(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let thread = id.y * (groups.x * 64u) + id.x;
  var index = addend_of(thread);
  let i = thread - params.addends[index].first_thread;
  let weight_cells = params.addends[index].weight_cells;
  if (i >= weight_cells + params.addends[index].output_slots) { return; }
  loop {
    let mine = params.addends[index];
    if (i >= weight_cells) {
      add(mine.bias_offset + i - weight_cells, mine.keep_bias, bias_sum_of(mine, i - weight_cells));
    } else {
      add(mine.weight_offset + i, mine.keep_weight, weight_sum_of(mine, i));
    }
    index = mine.next;
    if (index == 0u) { break; }
  }
}

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

fn column_of(buffer: u32, at: u32, step: u32) -> Six {
  if (BUFFERS > 1u && buffer == 1u) {
    return Six(partial_2[at], partial_2[at + step], partial_2[at + 2u * step], partial_2[at + 3u * step], partial_2[at + 4u * step], partial_2[at + 5u * step]);
  }
  if (BUFFERS > 2u && buffer == 2u) {
    return Six(partial_3[at], partial_3[at + step], partial_3[at + 2u * step], partial_3[at + 3u * step], partial_3[at + 4u * step], partial_3[at + 5u * step]);
  }
  return Six(partial[at], partial[at + step], partial[at + 2u * step], partial[at + 3u * step], partial[at + 4u * step], partial[at + 5u * step]);
}

fn transformed_column(mine: Addend, cell: u32, column: u32) -> Three {
  let cells = mine.weight_cells;
  return transform_weight_gradient(column_of(mine.buffer, mine.first_sum + column * cells + cell, 6u * cells));
}

fn add_tap(mine: Addend, cell: u32, tap: u32, value: vec4<f32>) {
  add(mine.weight_offset + tap * mine.weight_cells + cell, mine.keep_weight, value);
}

fn add_taps(mine: Addend, cell: u32, row: u32, values: Three) {
  add_tap(mine, cell, 3u * row, values.a);
  add_tap(mine, cell, 3u * row + 1u, values.b);
  add_tap(mine, cell, 3u * row + 2u, values.c);
}

@compute @workgroup_size(64)
fn dsum_planes(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let thread = id.y * (groups.x * 64u) + id.x;
  let mine = params.addends[addend_of(thread)];
  let cell = thread - mine.first_thread;
  if (cell >= mine.weight_cells + mine.output_slots) { return; }
  if (cell >= mine.weight_cells) {
    add(mine.bias_offset + cell - mine.weight_cells, mine.keep_bias, bias_sum_of(mine, cell - mine.weight_cells));
    return;
  }
  let c0 = transformed_column(mine, cell, 0u);
  let c1 = transformed_column(mine, cell, 1u);
  let c2 = transformed_column(mine, cell, 2u);
  let c3 = transformed_column(mine, cell, 3u);
  let c4 = transformed_column(mine, cell, 4u);
  let c5 = transformed_column(mine, cell, 5u);
  add_taps(mine, cell, 0u, transform_weight_gradient(Six(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a)));
  add_taps(mine, cell, 1u, transform_weight_gradient(Six(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b)));
  add_taps(mine, cell, 2u, transform_weight_gradient(Six(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c)));
}

const CELLS = 16u;
const SHARES = 12u;
const THREADS = CELLS * SHARES;
var<workgroup> sums: array<array<vec4<f32>, CELLS>, 36>;

// The sums over chunks of three planes of a cell, whose loads do not wait for one another.
fn add_planes(mine: Addend, cell: u32, share: u32) {
  let first = mine.first_sum + share * mine.weight_cells + cell;
  let planes = SHARES * mine.weight_cells; // from one plane of the thread to the next
  let step = 36u * mine.weight_cells;
  var a = vec4(0.0);
  var b = vec4(0.0);
  var c = vec4(0.0);
  var chunk = 0u;
  for (; chunk + 8u <= mine.chunks; chunk += 8u) {
    let at = first + chunk * step;
    a = add_eight(a, eight_partials(mine.buffer, at, step));
    b = add_eight(b, eight_partials(mine.buffer, at + planes, step));
    c = add_eight(c, eight_partials(mine.buffer, at + 2u * planes, step));
  }
  for (; chunk < mine.chunks; chunk++) {
    let at = first + chunk * step;
    a += partial_at(mine.buffer, at);
    b += partial_at(mine.buffer, at + planes);
    c += partial_at(mine.buffer, at + 2u * planes);
  }
  sums[share][cell % CELLS] = a;
  sums[share + SHARES][cell % CELLS] = b;
  sums[share + 2u * SHARES][cell % CELLS] = c;
}

// G' times a column of six planes, in place.
fn transform_column(own: u32, column: u32) {
  let taps = transform_weight_gradient(Six(
    sums[column][own], sums[column + 6u][own], sums[column + 12u][own],
    sums[column + 18u][own], sums[column + 24u][own], sums[column + 30u][own]));
  sums[column][own] = taps.a;
  sums[column + 6u][own] = taps.b;
  sums[column + 12u][own] = taps.c;
}

fn transformed_row(own: u32, row: u32) -> Three {
  return transform_weight_gradient(Six(
    sums[6u * row][own], sums[6u * row + 1u][own], sums[6u * row + 2u][own],
    sums[6u * row + 3u][own], sums[6u * row + 4u][own], sums[6u * row + 5u][own]));
}

@compute @workgroup_size(THREADS)
fn dsum_planes_shared(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) local: u32,
) {
  let thread = select(local, THREADS - 1u - local, REVERSED);
  let own = thread % CELLS;
  let share = thread / CELLS;
  let at = (group.y * groups.x + group.x) * CELLS + own;
  let mine = params.addends[addend_of(at)];
  let cell = at - mine.first_thread;
  let exists = cell < mine.weight_cells;
  if (exists) { add_planes(mine, cell, share); }
  workgroupBarrier();
  if (exists && share < 6u) { transform_column(own, share); }
  workgroupBarrier();
  if (exists && share < 3u) { add_taps(mine, cell, share, transformed_row(own, share)); }
  if (!exists && share == 0u && cell < mine.weight_cells + mine.output_slots) {
    add(mine.bias_offset + cell - mine.weight_cells, mine.keep_bias, bias_sum_of(mine, cell - mine.weight_cells));
  }
}
