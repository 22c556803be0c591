// correlation: cost volume of two feature maps [N, C, H, W], displacements -D .. D in both directions (method, section 3):
//   out[n, S (dy + D) + dx + D, y, x] = f(mean over c of first[n, c, y, x] * second[n, c, y + dy, x + dx]), S = 2 D + 1,
// 0 where the displaced pixel lies outside; f is LeakyReLU(0.1) where leaky_relu is 1, else the identity.
// Layout: features [N, H, W, slots] as vec4, costs [N, H, W, stride] as f32, stride = S * S padded to a multiple of 4;
// they, and their gradient, may be some slots of every pixel of a buffer.
// forward: one thread owns 4 neighbouring pixels of a row, one dy and up to 9 dx; neighbouring threads own rows.
// gradients: 4 neighbouring pixels and 2 vec4 of channels of one map, sums over displacements by dy, then dx.
// leaky_relu_gradient: one vec4 of the costs.

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  slots: u32, // vec4 per pixel of a feature map
  displacement: u32, // D
  channels: f32, // C, without padding
  leaky_relu: u32,
  dcosts_stride: u32, // vec4 from one pixel to the next in the gradient of the costs, and the first of a pixel
  dcosts_first: u32,
  out_stride: u32, // the same of the costs
  out_first: u32,
  copy_stride: u32, // and of a second buffer of them (gpu/twice.ts)
  copy_first: u32,
}

const SLOPE = 0.1;
const COLUMNS = 9u; // dx of one thread

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> first: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> second: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> costs: array<f32>;

@group(0) @binding(1) var<storage, read> activated: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> dactivated: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dlinear: array<vec4<f32>>;

@group(0) @binding(3) var<storage, read> dcosts: array<f32>;
@group(0) @binding(4) var<storage, read_write> dfirst: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dsecond: array<vec4<f32>>;

fn side() -> u32 {
  return 2u * params.displacement + 1u;
}

fn stride() -> u32 {
  return (side() * side() + 3u) / 4u * 4u;
}

fn store_output(pixel: u32, channel: u32, value: f32) {
  costs[4u * (pixel * params.out_stride + params.out_first) + channel] = value;
}

fn activate(value: f32) -> f32 {
  return select(value, SLOPE * value, params.leaky_relu == 1u && value < 0.0);
}

// Where column x of a row that starts at a pixel begins in a feature map; the nearest column for one outside.
fn start_of(row: u32, x: i32) -> u32 {
  return (row + u32(clamp(x, 0, i32(params.width) - 1))) * params.slots;
}

@compute @workgroup_size(8)
fn forward(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let row = group.z * 8u + lane.x;
  if (row >= params.batch * params.height) { return; }
  let chunks = (side() + COLUMNS - 1u) / COLUMNS;
  let dy = group.y / chunks; // counted from 0, as is dx
  let first_dx = (group.y % chunks) * COLUMNS;
  let displacement = i32(params.displacement);
  let x = i32(group.x * 4u);
  let other_x = x + i32(first_dx) - displacement;
  let y = i32(row % params.height);
  let other_y = y + i32(dy) - displacement;
  let row_inside = other_y >= 0 && other_y < i32(params.height);
  let here = row * params.width;
  let there = (row - u32(y) + select(0u, u32(other_y), row_inside)) * params.width;

  let a0 = start_of(here, x);
  let a1 = start_of(here, x + 1);
  let a2 = start_of(here, x + 2);
  let a3 = start_of(here, x + 3);
  let b0 = start_of(there, other_x);
  let b1 = start_of(there, other_x + 1);
  let b2 = start_of(there, other_x + 2);
  let b3 = start_of(there, other_x + 3);
  let b4 = start_of(there, other_x + 4);
  let b5 = start_of(there, other_x + 5);
  let b6 = start_of(there, other_x + 6);
  let b7 = start_of(there, other_x + 7);
  let b8 = start_of(there, other_x + 8);
  let b9 = start_of(there, other_x + 9);
  let b10 = start_of(there, other_x + 10);
  let b11 = start_of(there, other_x + 11);

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
    let p = first[a0 + slot];
    let q = first[a1 + slot];
    let r = first[a2 + slot];
    let s = first[a3 + slot];
    var v = second[b0 + slot];
    s0.x += dot(p, v);
    v = second[b1 + slot];
    s1.x += dot(p, v); s0.y += dot(q, v);
    v = second[b2 + slot];
    s2.x += dot(p, v); s1.y += dot(q, v); s0.z += dot(r, v);
    v = second[b3 + slot];
    s3.x += dot(p, v); s2.y += dot(q, v); s1.z += dot(r, v); s0.w += dot(s, v);
    v = second[b4 + slot];
    s4.x += dot(p, v); s3.y += dot(q, v); s2.z += dot(r, v); s1.w += dot(s, v);
    v = second[b5 + slot];
    s5.x += dot(p, v); s4.y += dot(q, v); s3.z += dot(r, v); s2.w += dot(s, v);
    v = second[b6 + slot];
    s6.x += dot(p, v); s5.y += dot(q, v); s4.z += dot(r, v); s3.w += dot(s, v);
    v = second[b7 + slot];
    s7.x += dot(p, v); s6.y += dot(q, v); s5.z += dot(r, v); s4.w += dot(s, v);
    v = second[b8 + slot];
    s8.x += dot(p, v); s7.y += dot(q, v); s6.z += dot(r, v); s5.w += dot(s, v);
    v = second[b9 + slot];
    s8.y += dot(q, v); s7.z += dot(r, v); s6.w += dot(s, v);
    v = second[b10 + slot];
    s8.z += dot(r, v); s7.w += dot(s, v);
    v = second[b11 + slot];
    s8.w += dot(s, v);
  }
  let tile = Tile(here, x, other_x, row_inside, dy, first_dx);
  store(tile, 0, s0);
  store(tile, 1, s1);
  store(tile, 2, s2);
  store(tile, 3, s3);
  store(tile, 4, s4);
  store(tile, 5, s5);
  store(tile, 6, s6);
  store(tile, 7, s7);
  store(tile, 8, s8);
  if (dy == side() - 1u && first_dx + COLUMNS >= side()) {
    for (var i = 0; i < 4 && x + i < i32(params.width); i++) {
      for (var channel = side() * side(); channel < stride(); channel++) {
        store_output(here + u32(x + i), channel, 0.0);
      }
    }
  }
}

// What a thread of forward() owns.
struct Tile {
  row: u32, // first pixel of its row
  x: i32,
  other_x: i32, // column of the second map under the first pixel and dx
  row_inside: bool,
  dy: u32,
  first_dx: u32,
}

fn store(tile: Tile, column: i32, sums: vec4<f32>) {
  let dx = tile.first_dx + u32(column);
  if (dx >= side()) { return; }
  let means = sums / params.channels;
  let channel = tile.dy * side() + dx;
  store_one(tile, channel, 0, column, means.x);
  store_one(tile, channel, 1, column, means.y);
  store_one(tile, channel, 2, column, means.z);
  store_one(tile, channel, 3, column, means.w);
}

fn store_one(tile: Tile, channel: u32, i: i32, column: i32, mean: f32) {
  let x = tile.x + i;
  if (x >= i32(params.width)) { return; }
  let there = tile.other_x + column + i;
  let inside = tile.row_inside && there >= 0 && there < i32(params.width);
  store_output(tile.row + u32(x), channel, select(0.0, activate(mean), inside));
}

@compute @workgroup_size(64)
fn leaky_relu_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let slots = stride() / 4u;
  if (i >= params.batch * params.height * params.width * slots) { return; }
  let gradient = dactivated[i / slots * params.dcosts_stride + params.dcosts_first + i % slots];
  let positive = activated[i / slots * params.out_stride + params.out_first + i % slots] > vec4(0.0);
  dlinear[i] = select(SLOPE * gradient, gradient, positive);
}

// The 4 pixels and 2 vec4 of channels that a thread of the gradients owns.
struct Block {
  of_second: bool, // of the second map
  row: u32, // first pixel of its row
  x: u32,
  y: i32,
  slot: u32,
  next_slot: u32, // the slot itself where there is no second one
  valid: bool,
}

fn block_of(group: vec3<u32>, lane: u32) -> Block {
  let pairs = (params.slots + 1u) / 2u;
  let index = group.y * 8u + lane;
  let row = index / pairs;
  let slot = 2u * (index % pairs);
  return Block(
    group.z == 1u, row * params.width, group.x * 4u, i32(row % params.height), slot, min(slot + 1u, params.slots - 1u),
    row < params.batch * params.height);
}

struct Sums {
  // Of the two vec4 of channels at each of the four pixels.
  a0: vec4<f32>, b0: vec4<f32>,
  a1: vec4<f32>, b1: vec4<f32>,
  a2: vec4<f32>, b2: vec4<f32>,
  a3: vec4<f32>, b3: vec4<f32>,
}

fn store_gradients(block: Block, sums: Sums) {
  store_gradient(block, 0u, sums.a0, sums.b0);
  store_gradient(block, 1u, sums.a1, sums.b1);
  store_gradient(block, 2u, sums.a2, sums.b2);
  store_gradient(block, 3u, sums.a3, sums.b3);
}

fn store_gradient(block: Block, i: u32, a: vec4<f32>, b: vec4<f32>) {
  if (block.x + i >= params.width) { return; }
  let start = (block.row + block.x + i) * params.slots;
  if (block.of_second) {
    dsecond[start + block.slot] = a / params.channels;
    dsecond[start + block.next_slot] = b / params.channels;
  } else {
    dfirst[start + block.slot] = a / params.channels;
    dfirst[start + block.next_slot] = b / params.channels;
  }
}

// Where the gradients of the costs of a pixel begin.
fn gradients_of(pixel: vec4<u32>) -> vec4<u32> {
  return 4u * (pixel * params.dcosts_stride + params.dcosts_first);
}

// The gradient of one cost, 0 for a dx beyond the largest. start: where dx = 0 of its pixel and dy lies.
fn gradient_of(start: u32, dx: i32) -> f32 {
  let known = dx >= 0 && dx < i32(side());
  return select(0.0, dcosts[start + select(0u, u32(dx), known)], known);
}

fn first_gradient(block: Block) -> Sums {
  let displacement = i32(params.displacement);
  let last = params.width - 1u;
  let pixel = vec4(block.row) + min(vec4(block.x) + vec4(0u, 1u, 2u, 3u), vec4(last));
  var sums = Sums();
  for (var dy = 0; dy < i32(side()); dy++) {
    let other_y = block.y + dy - displacement;
    if (other_y < 0 || other_y >= i32(params.height)) { continue; }
    let there = u32(i32(block.row) + (dy - displacement) * i32(params.width));
    let start = gradients_of(pixel) + vec4(u32(dy) * side());
    for (var column = 0; column < i32(side()) + 3; column++) {
      let other_x = i32(block.x) + column - displacement;
      if (other_x < 0 || other_x > i32(last)) { continue; }
      let from_pixel = (there + u32(other_x)) * params.slots;
      let a = second[from_pixel + block.slot];
      let b = second[from_pixel + block.next_slot];
      let g0 = gradient_of(start.x, column);
      let g1 = gradient_of(start.y, column - 1);
      let g2 = gradient_of(start.z, column - 2);
      let g3 = gradient_of(start.w, column - 3);
      sums.a0 += g0 * a; sums.b0 += g0 * b;
      sums.a1 += g1 * a; sums.b1 += g1 * b;
      sums.a2 += g2 * a; sums.b2 += g2 * b;
      sums.a3 += g3 * a; sums.b3 += g3 * b;
    }
  }
  return sums;
}

// Pixel x of the second map is met by pixel x - dx of the first.
fn second_gradient(block: Block) -> Sums {
  let displacement = i32(params.displacement);
  let last = i32(params.width) - 1;
  var sums = Sums();
  for (var dy = 0; dy < i32(side()); dy++) {
    let other_y = block.y - (dy - displacement);
    if (other_y < 0 || other_y >= i32(params.height)) { continue; }
    let there = u32(i32(block.row) - (dy - displacement) * i32(params.width));
    for (var column = 0; column < i32(side()) + 3; column++) {
      let other_x = i32(block.x) + column - displacement;
      if (other_x < 0 || other_x > last) { continue; }
      let from_pixel = there + u32(other_x);
      let a = first[from_pixel * params.slots + block.slot];
      let b = first[from_pixel * params.slots + block.next_slot];
      let start = gradients_of(vec4(from_pixel)).x + u32(dy) * side();
      let dx = 2 * displacement - column; // of the block's first pixel
      let g0 = gradient_of(start, dx);
      let g1 = gradient_of(start, dx + 1);
      let g2 = gradient_of(start, dx + 2);
      let g3 = gradient_of(start, dx + 3);
      sums.a0 += g0 * a; sums.b0 += g0 * b;
      sums.a1 += g1 * a; sums.b1 += g1 * b;
      sums.a2 += g2 * a; sums.b2 += g2 * b;
      sums.a3 += g3 * a; sums.b3 += g3 * b;
    }
  }
  return sums;
}

@compute @workgroup_size(8)
fn gradients(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) lane: vec3<u32>) {
  let block = block_of(group, lane.x);
  if (!block.valid) { return; }
  if (block.of_second) {
    store_gradients(block, second_gradient(block));
  } else {
    store_gradients(block, first_gradient(block));
  }
}
