// convolution_winograd_weight: the weights w of many convolutions in Winograd's planes (convolution_winograd): G w G', of w as it is
// or turned by 180 degrees, which the gradient of the input wants.
// Layout, all as vec4: weights [tap][4 input slots][output slots]; planes of a transform [36][4 input slots][output slots], which
// begin at 36 times its first thread. One thread owns one vec4 of output channels of all taps of one input channel.

struct Transform {
  first_thread: u32, // a multiple of 64
  weight_cells: u32, // vec4 of one tap
  weight_offset: u32, // vec4 in the flat parameters
  turned: u32, // 1: by 180 degrees
}

// In order; those too many begin behind the last thread and have no cells.
struct Params {
  transforms: array<Transform, 64>,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> parameters: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> planes: array<vec4<f32>>;

struct Three { a: vec4<f32>, b: vec4<f32>, c: vec4<f32> }

struct Six { a: vec4<f32>, b: vec4<f32>, c: vec4<f32>, d: vec4<f32>, e: vec4<f32>, f: vec4<f32> }

// G v
fn transform_weight(v: Three) -> Six {
  let even = (-1.0 / 6.0) * (v.a + v.c);
  let odd = (-1.0 / 6.0) * v.b;
  let outer_even = (1.0 / 24.0) * v.a + (1.0 / 6.0) * v.c;
  let outer_odd = (1.0 / 12.0) * v.b;
  return Six(0.25 * v.a, even + odd, even - odd, outer_even + outer_odd, outer_even - outer_odd, v.c);
}

fn transform_of(thread: u32) -> Transform {
  var index = 0u;
  while (index < 63u && thread >= params.transforms[index + 1u].first_thread) { index++; }
  return params.transforms[index];
}

fn tap(mine: Transform, cell: u32, y: u32, x: u32) -> vec4<f32> {
  let index = select(3u * y + x, 8u - 3u * y - x, mine.turned == 1u);
  return parameters[mine.weight_offset + index * mine.weight_cells + cell];
}

fn weight_column(mine: Transform, cell: u32, x: u32) -> Six {
  return transform_weight(Three(tap(mine, cell, 0u, x), tap(mine, cell, 1u, x), tap(mine, cell, 2u, x)));
}

fn store_planes(mine: Transform, cell: u32, row: u32, values: Six) {
  let at = 36u * mine.first_thread + row * 6u * mine.weight_cells + cell;
  planes[at] = values.a;
  planes[at + mine.weight_cells] = values.b;
  planes[at + 2u * mine.weight_cells] = values.c;
  planes[at + 3u * mine.weight_cells] = values.d;
  planes[at + 4u * mine.weight_cells] = values.e;
  planes[at + 5u * mine.weight_cells] = values.f;
}

@compute @workgroup_size(64)
fn transform(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let thread = id.y * (groups.x * 64u) + id.x;
  let mine = transform_of(thread);
  let cell = thread - mine.first_thread;
  if (cell >= mine.weight_cells) { return; }
  let c0 = weight_column(mine, cell, 0u);
  let c1 = weight_column(mine, cell, 1u);
  let c2 = weight_column(mine, cell, 2u);
  store_planes(mine, cell, 0u, transform_weight(Three(c0.a, c1.a, c2.a)));
  store_planes(mine, cell, 1u, transform_weight(Three(c0.b, c1.b, c2.b)));
  store_planes(mine, cell, 2u, transform_weight(Three(c0.c, c1.c, c2.c)));
  store_planes(mine, cell, 3u, transform_weight(Three(c0.d, c1.d, c2.d)));
  store_planes(mine, cell, 4u, transform_weight(Three(c0.e, c1.e, c2.e)));
  store_planes(mine, cell, 5u, transform_weight(Three(c0.f, c1.f, c2.f)));
}
