// convolution_winograd: the transforms of Winograd's F(4x4, 3x3) (Lavin & Gray, CVPR 2016) around batched matrix products, for 3x3
// convolutions of stride 1. A tile is 4x4 outputs from 6x6 inputs; with dilation d its pixels lie d apart, so that the d x d classes
// of pixels are independent pictures. Outside the picture is zero.
//   forward: planes = B' x B; sums = planes * weights (convolution_gemm); out = act(A' sums A + bias), + plus if there is one
//   dinput:  the same from dout, with the weights turned by 180 degrees, without bias and activation
//            output_activated: where some slots of the input are the result of a LeakyReLU, the gradient before that
//            activation, and sums over tiles for the bias before it, all as dinput_activated (convolution_direct);
//            output_activated_only: without the sums
//   dweight: sums over tiles of (B' x B) (A dout A'), which convolution_sum transforms
// Layout: pictures [N, H, W, slots] as vec4; planes [tile / 8][36][slot][tile % 8], tiles up to a multiple of 32, those too many zero;
// weights as convolution_winograd_weight makes them.
// input, gradient, output: one thread owns one vec4 of channels of one tile; 64 threads own 8 tiles x 8 slots.
// both_gradients: what dinput and dweight want of dout, by as many workgroups each.

struct Params {
  first_image: u32, // the images at hand
  end_image: u32,
  height: u32, width: u32,
  slots: u32, // vec4 per pixel of the picture at hand
  tile_rows: u32, tile_columns: u32,
  dilation: u32,
  biased: u32, leaky: u32, // 1: the output gets the bias; and passes LeakyReLU
  bias_offset: u32, // vec4 in the flat buffers
  first_activated: u32, // slots of the input that LeakyReLU made
  first_own: u32, // of these, what goes to a buffer of its own
  end_activated: u32,
  more_stride: u32, // vec4 per pixel of what another use left, 0: there is none
  more_first: u32, // its vec4 of the first activated slot
  out_stride: u32, // vec4 per pixel of the buffer of the output
  out_first: u32, // where the output begins in a pixel
  copy_stride: u32, copy_first: u32, // the same of a second such buffer (gpu/twice.ts)
  depth: u32, // where one kernel does all (generate/tiled_winograd.ts): vec4 per pixel of the picture, slots being those of the result,
  planes_offset: u32, // and vec4 before the planes of the weights
}

const SLOPE: f32 = 0.1;
override PLUS: bool = false; // the output gets another value added

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> picture: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> planes: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> weight_planes: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> sums: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> parameters: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> plus_values: array<vec4<f32>>; // of the output's shape; any buffer where there is none
@group(0) @binding(4) var<storage, read_write> out: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> activated: array<vec4<f32>>; // the input, some slots the result of a LeakyReLU
@group(0) @binding(3) var<storage, read> more: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dactivated: array<vec4<f32>>; // [pixel][own slot]
@group(0) @binding(5) var<storage, read_write> dbias_sums: array<vec4<f32>>; // [tile][own slot]
@group(0) @binding(6) var<storage, read_write> others: array<vec4<f32>>; // of all other slots, in the layout of the input

struct Four { a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32> }

struct Six { a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, e: vec4<f32>, f: vec4<f32> }

// B' v
fn transform_input(v: Six) -> Six {
  let even = v.e - 4.0 * v.c;
  let odd = v.d - 4.0 * v.b;
  let outer_even = v.e - v.c;
  let outer_odd = 2.0 * (v.d - v.b);
  return Six(
    4.0 * v.a - 5.0 * v.c + v.e, even + odd, even - odd, outer_even + outer_odd, outer_even - outer_odd,
    4.0 * v.b - 5.0 * v.d + v.f);
}

// A' v
fn transform_output(v: Six) -> Four {
  let even = v.b + v.c;
  let odd = v.b - v.c;
  let outer_even = v.d + v.e;
  let outer_odd = v.d - v.e;
  return Four(v.a + even + outer_even, odd + 2.0 * outer_odd, even + 4.0 * outer_even, odd + 8.0 * outer_odd + v.f);
}

// A v
fn transform_gradient(v: Four) -> Six {
  let even = v.a + v.c;
  let odd = v.b + v.d;
  let outer_even = v.a + 4.0 * v.c;
  let outer_odd = 2.0 * v.b + 8.0 * v.d;
  return Six(v.a, even + odd, even - odd, outer_even + outer_odd, outer_even - outer_odd, v.d);
}

// A tile and a slot of it: where its first output pixel lies.
struct Place {
  slot: u32,
  tile: u32,
  image: u32,
  y: i32,
  x: i32,
}

fn place_at(tile: u32, slot: u32) -> Place {
  let row = tile / params.tile_columns;
  let tile_y = row % params.tile_rows;
  let tile_x = tile % params.tile_columns;
  let d = params.dilation;
  return Place(
    slot,
    tile,
    row / params.tile_rows + params.first_image,
    i32(tile_y / d * 4u * d + tile_y % d),
    i32(tile_x / d * 4u * d + tile_x % d));
}

fn place_of(group: vec3<u32>, local: u32) -> Place {
  return place_at(group.y * 8u + local / 8u, group.x * 8u + local % 8u);
}

// The pixel i rows below and j columns right of the first output pixel, of a picture of so many slots; zero outside.
fn pixel_of(place: Place, i: i32, j: i32, slots: u32) -> vec4<f32> {
  let y = place.y + i * i32(params.dilation);
  let x = place.x + j * i32(params.dilation);
  var value = vec4(0.0);
  if (y >= 0 && y < i32(params.height) && x >= 0 && x < i32(params.width) && place.image < params.end_image) {
    value = picture[((place.image * params.height + u32(y)) * params.width + u32(x)) * slots + place.slot];
  }
  return value;
}

fn pixel(place: Place, i: i32, j: i32) -> vec4<f32> {
  return pixel_of(place, i, j, params.slots);
}

// First cell of a tile, and the distance of its planes.
fn first_cell(place: Place) -> u32 {
  return (place.tile / 8u * 36u * params.slots + place.slot) * 8u + place.tile % 8u;
}

// The planes of a tile, six rows of six.
struct Planes { a: Six, b: Six, c: Six, d: Six, e: Six, f: Six }

fn store_plane_row(place: Place, row: u32, values: Six) {
  let step = params.slots * 8u;
  let at = first_cell(place) + row * 6u * step;
  planes[at] = values.a;
  planes[at + step] = values.b;
  planes[at + 2u * step] = values.c;
  planes[at + 3u * step] = values.d;
  planes[at + 4u * step] = values.e;
  planes[at + 5u * step] = values.f;
}

fn store_planes(place: Place, values: Planes) {
  store_plane_row(place, 0u, values.a);
  store_plane_row(place, 1u, values.b);
  store_plane_row(place, 2u, values.c);
  store_plane_row(place, 3u, values.d);
  store_plane_row(place, 4u, values.e);
  store_plane_row(place, 5u, values.f);
}

fn store_weight_plane_row(place: Place, row: u32, values: Six) {
  let step = params.slots * 8u;
  let at = first_cell(place) + row * 6u * step;
  weight_planes[at] = values.a;
  weight_planes[at + step] = values.b;
  weight_planes[at + 2u * step] = values.c;
  weight_planes[at + 3u * step] = values.d;
  weight_planes[at + 4u * step] = values.e;
  weight_planes[at + 5u * step] = values.f;
}

fn store_weight_planes(place: Place, values: Planes) {
  store_weight_plane_row(place, 0u, values.a);
  store_weight_plane_row(place, 1u, values.b);
  store_weight_plane_row(place, 2u, values.c);
  store_weight_plane_row(place, 3u, values.d);
  store_weight_plane_row(place, 4u, values.e);
  store_weight_plane_row(place, 5u, values.f);
}

fn input_column(place: Place, j: i32) -> Six {
  return transform_input(Six(
    pixel(place, -1, j), pixel(place, 0, j), pixel(place, 1, j),
    pixel(place, 2, j), pixel(place, 3, j), pixel(place, 4, j)));
}

// B' x B
fn input_planes(place: Place) -> Planes {
  let c0 = input_column(place, -1); let c1 = input_column(place, 0);
  let c2 = input_column(place, 1); let c3 = input_column(place, 2);
  let c4 = input_column(place, 3); let c5 = input_column(place, 4);
  return Planes(
    transform_input(Six(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a)),
    transform_input(Six(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b)),
    transform_input(Six(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c)),
    transform_input(Six(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d)),
    transform_input(Six(c0.e, c1.e, c2.e, c3.e, c4.e, c5.e)),
    transform_input(Six(c0.f, c1.f, c2.f, c3.f, c4.f, c5.f)));
}

@compute @workgroup_size(64)
fn input(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let place = place_of(group, local);
  if (place.slot >= params.slots) { return; }
  store_planes(place, input_planes(place));
}

fn gradient_column(place: Place, j: i32) -> Six {
  return transform_gradient(Four(pixel(place, 0, j), pixel(place, 1, j), pixel(place, 2, j), pixel(place, 3, j)));
}

// A dout A'
fn gradient_planes(place: Place) -> Planes {
  let c0 = gradient_column(place, 0); let c1 = gradient_column(place, 1);
  let c2 = gradient_column(place, 2); let c3 = gradient_column(place, 3);
  return Planes(
    transform_gradient(Four(c0.a, c1.a, c2.a, c3.a)),
    transform_gradient(Four(c0.b, c1.b, c2.b, c3.b)),
    transform_gradient(Four(c0.c, c1.c, c2.c, c3.c)),
    transform_gradient(Four(c0.d, c1.d, c2.d, c3.d)),
    transform_gradient(Four(c0.e, c1.e, c2.e, c3.e)),
    transform_gradient(Four(c0.f, c1.f, c2.f, c3.f)));
}

@compute @workgroup_size(64)
fn gradient(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let place = place_of(group, local);
  if (place.slot >= params.slots) { return; }
  store_planes(place, gradient_planes(place));
}

@compute @workgroup_size(64)
fn both_gradients(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let place = place_of(group, local);
  if (place.slot >= params.slots) { return; }
  if (group.z == 0u) {
    store_planes(place, input_planes(place));
  } else {
    store_weight_planes(place, gradient_planes(place));
  }
}

fn output_column(place: Place, column: u32) -> Four {
  let step = params.slots * 8u;
  let at = first_cell(place) + column * step;
  return transform_output(Six(
    sums[at], sums[at + 6u * step], sums[at + 12u * step],
    sums[at + 18u * step], sums[at + 24u * step], sums[at + 30u * step]));
}

struct Rows { a: Four, b: Four, c: Four, d: Four }

fn outputs_of(place: Place) -> Rows {
  let c0 = output_column(place, 0u); let c1 = output_column(place, 1u);
  let c2 = output_column(place, 2u); let c3 = output_column(place, 3u);
  let c4 = output_column(place, 4u); let c5 = output_column(place, 5u);
  return Rows(
    transform_output(Six(c0.a, c1.a, c2.a, c3.a, c4.a, c5.a)),
    transform_output(Six(c0.b, c1.b, c2.b, c3.b, c4.b, c5.b)),
    transform_output(Six(c0.c, c1.c, c2.c, c3.c, c4.c, c5.c)),
    transform_output(Six(c0.d, c1.d, c2.d, c3.d, c4.d, c5.d)));
}

// The picture's pixel i, j of a tile, and whether it exists.
struct Target { pixel: u32, inside: bool }

fn target_of(place: Place, i: u32, j: u32) -> Target {
  let y = u32(place.y) + i * params.dilation;
  let x = u32(place.x) + j * params.dilation;
  return Target((place.image * params.height + y) * params.width + x, y < params.height && x < params.width);
}

fn store_output(pixel: u32, slot: u32, value: vec4<f32>) {
  out[pixel * params.out_stride + params.out_first + slot] = value;
}

fn store_pixel(place: Place, i: u32, j: u32, bias: vec4<f32>, value: vec4<f32>) {
  let goal = target_of(place, i, j);
  if (!goal.inside) { return; }
  let sum = value + bias;
  var result = select(sum, select(SLOPE * sum, sum, sum > vec4(0.0)), params.leaky == 1u);
  if (PLUS) { result += plus_values[goal.pixel * params.slots + place.slot]; }
  store_output(goal.pixel, place.slot, result);
}

fn store_output_row(place: Place, i: u32, bias: vec4<f32>, row: Four) {
  store_pixel(place, i, 0u, bias, row.a);
  store_pixel(place, i, 1u, bias, row.b);
  store_pixel(place, i, 2u, bias, row.c);
  store_pixel(place, i, 3u, bias, row.d);
}

@compute @workgroup_size(64)
fn output(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let place = place_of(group, local);
  if (place.slot >= params.slots || place.image >= params.end_image) { return; }
  let rows = outputs_of(place);
  let bias = f32(params.biased) * parameters[params.bias_offset + place.slot];
  store_output_row(place, 0u, bias, rows.a);
  store_output_row(place, 1u, bias, rows.b);
  store_output_row(place, 2u, bias, rows.c);
  store_output_row(place, 3u, bias, rows.d);
}

fn is_own(slot: u32) -> bool {
  return slot >= params.first_own && slot < params.end_activated;
}

// Stores the gradient of a pixel, before its LeakyReLU if the slot has one, and returns it; zero outside.
fn store_activated(place: Place, i: u32, j: u32, value: vec4<f32>) -> vec4<f32> {
  let goal = target_of(place, i, j);
  if (!goal.inside) { return vec4(0.0); }
  let slot = place.slot;
  let at = goal.pixel * params.slots + slot;
  var before = value;
  if (slot >= params.first_activated && slot < params.end_activated) {
    if (params.more_stride > 0u) {
      before += more[goal.pixel * params.more_stride + params.more_first + slot - params.first_activated];
    }
    before *= select(vec4(SLOPE), vec4(1.0), activated[at] > vec4(0.0));
  }
  if (is_own(slot)) {
    dactivated[goal.pixel * (params.end_activated - params.first_own) + slot - params.first_own] = before;
  } else {
    others[at] = before;
  }
  return before;
}

fn store_activated_row(place: Place, i: u32, row: Four) -> vec4<f32> {
  return store_activated(place, i, 0u, row.a) + store_activated(place, i, 1u, row.b) +
    store_activated(place, i, 2u, row.c) + store_activated(place, i, 3u, row.d);
}

@compute @workgroup_size(64)
fn output_activated(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let place = place_of(group, local);
  if (place.slot >= params.slots || place.image >= params.end_image) { return; }
  let rows = outputs_of(place);
  let sum = store_activated_row(place, 0u, rows.a) + store_activated_row(place, 1u, rows.b) +
    store_activated_row(place, 2u, rows.c) + store_activated_row(place, 3u, rows.d);
  if (!is_own(place.slot)) { return; }
  let tile = params.first_image * params.tile_rows * params.tile_columns + place.tile;
  dbias_sums[tile * (params.end_activated - params.first_own) + place.slot - params.first_own] = sum;
}

@compute @workgroup_size(64)
fn output_activated_only(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  let place = place_of(group, local);
  if (place.slot >= params.slots || place.image >= params.end_image) { return; }
  let rows = outputs_of(place);
  store_activated_row(place, 0u, rows.a);
  store_activated_row(place, 1u, rows.b);
  store_activated_row(place, 2u, rows.c);
  store_activated_row(place, 3u, rows.d);
}
