// correlation_tiled: correlation (see there) with displacements up to 4, for GPUs: tiles in workgroup memory.
// forward: a workgroup owns the costs of WIDTH x HEIGHT pixels. Slot by slot it brings their features and those of the second
// map around them into workgroup memory, 0 outside; a thread has 4 neighbouring pixels of a row, one dy and all 9 dx. Row by
// row the costs go through workgroup memory, so that neighbouring threads write those of a pixel as they lie.
// gradients: a workgroup owns 256 / lanes neighbouring pixels of a row of one map and `lanes` vec4 of their
// channels; for each dy it brings the gradients of the costs into workgroup memory, LeakyReLU applied, for each quad of
// pixels and each of the 12 columns that it meets the four weights of that column. A thread has a quad and a vec4, so that
// neighbouring threads read neighbouring vec4; sums over displacements by dy, then by column.
// Layout: features [N, H, W, slots] as vec4, costs [N, H, W, 84], the last 3 padding; they, and their gradient, may be some slots of
// every pixel of a buffer.

override REVERSED: bool = false; // turns the order of the threads, which changes no bit

struct Params {
  height: u32,
  width: u32,
  slots: u32, // vec4 per pixel of a feature map
  channels: f32, // C, without padding
  leaky_relu: u32,
  lanes: u32, // vec4 of channels of a workgroup in the gradients, a power of two from 2 to 16
  dcosts_stride: u32, // vec4 from one pixel to the next in the gradient of the costs, and the first of a pixel
  dcosts_first: u32,
  out_stride: u32, // the same of the costs
  out_first: u32,
  copy_stride: u32, // and of a second buffer of them (gpu/twice.ts)
  copy_first: u32,
}

const SLOPE = 0.1;
const REACH = 4;
const SIDE = 9u; // 2 REACH + 1
const STRIDE = 84u; // SIDE * SIDE, padded

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> first: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> second: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> costs: array<vec4<f32>>;

@group(0) @binding(3) var<storage, read> activated: array<f32>;
@group(0) @binding(4) var<storage, read> dactivated: array<f32>;
@group(0) @binding(5) var<storage, read_write> dfirst: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dsecond: array<vec4<f32>>;

const WIDTH = 16u;
const HEIGHT = 4u;
const AROUND = 24u; // WIDTH + 2 REACH
const FORWARD_THREADS = 144u; // WIDTH / 4 * HEIGHT * SIDE
var<workgroup> own: array<vec4<f32>, WIDTH * HEIGHT>;
var<workgroup> others: array<vec4<f32>, AROUND * 12u>; // HEIGHT + 2 REACH rows
var<workgroup> row_sums: array<f32, WIDTH * STRIDE>;

// Where the features of a pixel begin, and whether it lies in the picture.
struct Place {
  start: u32,
  inside: bool,
}

fn place_of(image: u32, y: i32, x: i32) -> Place {
  let inside = y >= 0 && y < i32(params.height) && x >= 0 && x < i32(params.width);
  let pixel = (image * params.height + u32(max(y, 0))) * params.width + u32(max(x, 0));
  return Place(select(0u, pixel, inside) * params.slots, inside);
}

// The sums of a thread's four pixels for one dx, in the row that is written next.
fn keep_sums(thread: u32, dx: u32, sums: vec4<f32>) {
  let at = 4u * (thread % 4u) * STRIDE + thread / WIDTH * SIDE + dx;
  row_sums[at] = sums.x;
  row_sums[at + STRIDE] = sums.y;
  row_sums[at + 2u * STRIDE] = sums.z;
  row_sums[at + 3u * STRIDE] = sums.w;
}

fn store_output(pixel: u32, slot: u32, value: vec4<f32>) {
  costs[pixel * params.out_stride + params.out_first + slot] = value;
}

@compute @workgroup_size(FORWARD_THREADS)
fn forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let thread = select(index, FORWARD_THREADS - 1u - index, REVERSED);
  let dy = thread / WIDTH;
  let quad_row = thread % WIDTH / 4u;
  let x = group.x * WIDTH;
  let y = group.y * HEIGHT;
  // The pixels that this thread brings: one of the first map, two of the second.
  let mine = place_of(group.z, i32(y + thread / WIDTH), i32(x + thread % WIDTH));
  let column = i32(x + thread % AROUND) - REACH;
  let upper = place_of(group.z, i32(y + thread / AROUND) - REACH, column);
  let lower = place_of(group.z, i32(y + thread / AROUND + 6u) - REACH, column);
  let left = quad_row * WIDTH + 4u * (thread % 4u);
  let right = (quad_row + dy) * AROUND + 4u * (thread % 4u);

  // One sum for each dx; its components are the four pixels.
  var s0 = vec4(0.0);
  var s1 = vec4(0.0);
  var s2 = vec4(0.0);
  var s3 = vec4(0.0);
  var s4 = vec4(0.0);
  var s5 = vec4(0.0);
  var s6 = vec4(0.0);
  var s7 = vec4(0.0);
  var s8 = vec4(0.0);
  for (var slot = 0u; slot < params.slots; slot++) {
    if (thread < WIDTH * HEIGHT) { own[thread] = select(vec4(0.0), first[mine.start + slot], mine.inside); }
    others[thread] = select(vec4(0.0), second[upper.start + slot], upper.inside);
    others[thread + FORWARD_THREADS] = select(vec4(0.0), second[lower.start + slot], lower.inside);
    workgroupBarrier();
    let p = own[left];
    let q = own[left + 1u];
    let r = own[left + 2u];
    let s = own[left + 3u];
    var v = others[right];
    s0.x += dot(p, v);
    v = others[right + 1u];
    s1.x += dot(p, v); s0.y += dot(q, v);
    v = others[right + 2u];
    s2.x += dot(p, v); s1.y += dot(q, v); s0.z += dot(r, v);
    v = others[right + 3u];
    s3.x += dot(p, v); s2.y += dot(q, v); s1.z += dot(r, v); s0.w += dot(s, v);
    v = others[right + 4u];
    s4.x += dot(p, v); s3.y += dot(q, v); s2.z += dot(r, v); s1.w += dot(s, v);
    v = others[right + 5u];
    s5.x += dot(p, v); s4.y += dot(q, v); s3.z += dot(r, v); s2.w += dot(s, v);
    v = others[right + 6u];
    s6.x += dot(p, v); s5.y += dot(q, v); s4.z += dot(r, v); s3.w += dot(s, v);
    v = others[right + 7u];
    s7.x += dot(p, v); s6.y += dot(q, v); s5.z += dot(r, v); s4.w += dot(s, v);
    v = others[right + 8u];
    s8.x += dot(p, v); s7.y += dot(q, v); s6.z += dot(r, v); s5.w += dot(s, v);
    v = others[right + 9u];
    s8.y += dot(q, v); s7.z += dot(r, v); s6.w += dot(s, v);
    v = others[right + 10u];
    s8.z += dot(r, v); s7.w += dot(s, v);
    v = others[right + 11u];
    s8.w += dot(s, v);
    workgroupBarrier();
  }
  for (var row = 0u; row < HEIGHT; row++) {
    if (quad_row == row) {
      keep_sums(thread, 0u, s0);
      keep_sums(thread, 1u, s1);
      keep_sums(thread, 2u, s2);
      keep_sums(thread, 3u, s3);
      keep_sums(thread, 4u, s4);
      keep_sums(thread, 5u, s5);
      keep_sums(thread, 6u, s6);
      keep_sums(thread, 7u, s7);
      keep_sums(thread, 8u, s8);
    }
    if (thread < WIDTH) {
      for (var padding = SIDE * SIDE; padding < STRIDE; padding++) { row_sums[thread * STRIDE + padding] = 0.0; }
    }
    workgroupBarrier();
    let start = (group.z * params.height + y + row) * params.width + x;
    let count = select(0u, min(WIDTH, params.width - x) * (STRIDE / 4u), y + row < params.height);
    for (var i = thread; i < count; i += FORWARD_THREADS) {
      let means = vec4(row_sums[4u * i], row_sums[4u * i + 1u], row_sums[4u * i + 2u], row_sums[4u * i + 3u]) /
        params.channels;
      let negative = vec4(params.leaky_relu == 1u) & (means < vec4(0.0));
      store_output(start + i / (STRIDE / 4u), i % (STRIDE / 4u), select(means, SLOPE * means, negative));
    }
    workgroupBarrier();
  }
}

const GRADIENT_THREADS = 64u;
const COLUMNS = 12u; // that a quad of pixels meets: 4 + 2 REACH
var<workgroup> weights: array<vec4<f32>, 32u * COLUMNS>; // of up to 32 quads, the components its pixels

// d cost of four pixels of a row for a displacement each, counted from 0, before LeakyReLU; 0 where `known` is false.
fn dcosts(row: u32, x: vec4<i32>, dy: u32, dx: vec4<i32>, known: vec4<bool>) -> vec4<f32> {
  let pixel = select(vec4(0u), row * params.width + vec4<u32>(x), known);
  let cost = select(vec4(0u), dy * SIDE + vec4<u32>(dx), known);
  let start = 4u * (pixel * params.dcosts_stride + params.dcosts_first) + cost;
  let gradients = vec4(dactivated[start.x], dactivated[start.y], dactivated[start.z], dactivated[start.w]);
  let at = 4u * (pixel * params.out_stride + params.out_first) + cost;
  let values = vec4(activated[at.x], activated[at.y], activated[at.z], activated[at.w]);
  let linear = (values > vec4(0.0)) | vec4(params.leaky_relu == 0u);
  return select(vec4(0.0), select(SLOPE * gradients, gradients, linear), known);
}

struct Sums {
  a: vec4<f32>, // of each pixel of a quad
  b: vec4<f32>,
  c: vec4<f32>,
  d: vec4<f32>,
}

fn add_column(sums: Sums, factors: vec4<f32>, features: vec4<f32>) -> Sums {
  return Sums(
    sums.a + factors.x * features, sums.b + factors.y * features,
    sums.c + factors.z * features, sums.d + factors.w * features);
}

// The features of the other map in a column; the nearest one's for a column outside, where all weights are 0.
fn other_at(of_second: bool, row: u32, x: i32, slot: u32) -> vec4<f32> {
  let at = (row * params.width + u32(clamp(x, 0, i32(params.width) - 1))) * params.slots + slot;
  if (of_second) { return first[at]; }
  return second[at];
}

@compute @workgroup_size(GRADIENT_THREADS)
fn gradients(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let thread = select(index, GRADIENT_THREADS - 1u - index, REVERSED);
  // The second map, pixel x of which is met by pixel x - dx of the first.
  let of_second = group.z % 2u == 1u;
  let quads = GRADIENT_THREADS / params.lanes;
  let blocks = (params.slots + params.lanes - 1u) / params.lanes;
  let wanted = group.z / 2u % blocks * params.lanes + thread % params.lanes;
  let slot = min(wanted, params.slots - 1u);
  let quad = thread / params.lanes;
  let first_x = i32(group.x * 4u * quads);
  let top = group.z / 2u / blocks * params.height; // first row of the image
  let x = first_x + i32(4u * quad);
  var sums = Sums(vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
  for (var dy = 0u; dy < SIDE; dy++) {
    let step = i32(dy) - REACH;
    let other_y = i32(group.y) + select(step, -step, of_second);
    if (other_y < 0 || other_y >= i32(params.height)) { continue; }
    let other_row = top + u32(other_y);
    workgroupBarrier();
    for (var i = thread; i < quads * COLUMNS; i += GRADIENT_THREADS) {
      let column = i32(i % COLUMNS);
      let pixels = first_x + i32(i / COLUMNS) * 4 + vec4(0, 1, 2, 3);
      let other_x = pixels.x + column - REACH;
      // The pixels of the first map, and the displacements that lead from them to those of the second.
      let met_x = select(pixels, vec4(other_x), of_second);
      let dx = select(vec4(column) - vec4(0, 1, 2, 3), vec4(2 * REACH - column) + vec4(0, 1, 2, 3), of_second);
      let known = vec4(other_x >= 0) & vec4(other_x < i32(params.width)) & (met_x < vec4(i32(params.width))) &
        (dx >= vec4(0)) & (dx < vec4(i32(SIDE)));
      weights[i] = dcosts(select(top + group.y, other_row, of_second), met_x, dy, dx, known);
    }
    workgroupBarrier();
    // Four columns a turn: a turn has its price.
    for (var column = 0u; column < COLUMNS; column += 4u) {
      let at = quad * COLUMNS + column;
      let other_x = x + i32(column) - REACH;
      sums = add_column(sums, weights[at], other_at(of_second, other_row, other_x, slot));
      sums = add_column(sums, weights[at + 1u], other_at(of_second, other_row, other_x + 1, slot));
      sums = add_column(sums, weights[at + 2u], other_at(of_second, other_row, other_x + 2, slot));
      sums = add_column(sums, weights[at + 3u], other_at(of_second, other_row, other_x + 3, slot));
    }
  }
  if (wanted < params.slots) {
    store(of_second, top + group.y, x, slot, sums.a);
    store(of_second, top + group.y, x + 1, slot, sums.b);
    store(of_second, top + group.y, x + 2, slot, sums.c);
    store(of_second, top + group.y, x + 3, slot, sums.d);
  }
}

fn store(of_second: bool, row: u32, x: i32, slot: u32, sum: vec4<f32>) {
  if (x >= i32(params.width)) { return; }
  let at = (row * params.width + u32(x)) * params.slots + slot;
  if (of_second) { dsecond[at] = sum / params.channels; } else { dfirst[at] = sum / params.channels; }
}
