// convolution_gemm: the 36 matrix products between Winograd's transforms (convolution_winograd), one per plane p.
//   multiply:            result[t][n] = sum over k of left[t][k] * right[k][n]
//   multiply_transposed: result[t][n] = sum over k of left[t][k] * right[n][k]
//   correlate:           result[m][n] = sum over t of left[t][m] * right[t][n]
// t runs over tiles, k, m, n over channels. Layout: what has tiles lies as [t / 8][p][slot][t % 8] vec4, what has none as
// [p][4 slots][slots] vec4. The readable kernels, for adapters without subgroups of eight lanes, and the reference of
// convolution_shuffle_gemm. multiply: one thread owns 8 tiles x one vec4 of columns; correlate: one vec4 x vec4.

struct Params {
  rows: u32, // tiles, a multiple of 32
  inner: u32, // vec4 of k, or of m
  columns: u32, // vec4 of n
  right_first: u32, // vec4 of right before the first of a product
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> right: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;

struct Place {
  plane: u32,
  block: u32, // of 8 tiles
  column: u32,
}

fn place_of(index: u32) -> Place {
  let blocks = params.rows / 8u;
  return Place(index / (params.columns * blocks), index / params.columns % blocks, index % params.columns);
}

struct Sums {
  a0: vec4<f32>,
  a1: vec4<f32>,
  a2: vec4<f32>,
  a3: vec4<f32>,
  a4: vec4<f32>,
  a5: vec4<f32>,
  a6: vec4<f32>,
  a7: vec4<f32>,
}

fn add_products(sums: Sums, weights: mat4x4<f32>, start: u32) -> Sums {
  return Sums(
    sums.a0 + weights * left[start], sums.a1 + weights * left[start + 1u],
    sums.a2 + weights * left[start + 2u], sums.a3 + weights * left[start + 3u],
    sums.a4 + weights * left[start + 4u], sums.a5 + weights * left[start + 5u],
    sums.a6 + weights * left[start + 6u], sums.a7 + weights * left[start + 7u]);
}

fn store(place: Place, sums: Sums) {
  let at = ((place.block * 36u + place.plane) * params.columns + place.column) * 8u;
  result[at] = sums.a0;
  result[at + 1u] = sums.a1;
  result[at + 2u] = sums.a2;
  result[at + 3u] = sums.a3;
  result[at + 4u] = sums.a4;
  result[at + 5u] = sums.a5;
  result[at + 6u] = sums.a6;
  result[at + 7u] = sums.a7;
}

@compute @workgroup_size(64)
fn multiply(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let place = place_of(id.y * (groups.x * 64u) + id.x);
  if (place.plane >= 36u) { return; }
  let start = (place.block * 36u + place.plane) * params.inner * 8u;
  var sums = Sums();
  for (var k = 0u; k < params.inner; k++) {
    let w = params.right_first + (place.plane * params.inner + k) * 4u * params.columns + place.column;
    let weights = mat4x4(
      right[w], right[w + params.columns], right[w + 2u * params.columns], right[w + 3u * params.columns]);
    sums = add_products(sums, weights, start + 8u * k);
  }
  store(place, sums);
}

@compute @workgroup_size(64)
fn multiply_transposed(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let place = place_of(id.y * (groups.x * 64u) + id.x);
  if (place.plane >= 36u) { return; }
  let start = (place.block * 36u + place.plane) * params.inner * 8u;
  var sums = Sums();
  for (var k = 0u; k < params.inner; k++) {
    let w = params.right_first + (place.plane * params.columns + place.column) * 4u * params.inner + k;
    let weights = mat4x4(right[w], right[w + params.inner], right[w + 2u * params.inner], right[w + 3u * params.inner]);
    sums = add_products(sums, transpose(weights), start + 8u * k);
  }
  store(place, sums);
}

@compute @workgroup_size(64)
fn correlate(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let n = i % params.columns;
  let m = i / params.columns % params.inner;
  let plane = i / (params.columns * params.inner);
  if (plane >= 36u) { return; }
  var sum = mat4x4<f32>();
  for (var t = 0u; t < params.rows; t++) {
    let start = t / 8u * 36u + plane;
    let x = left[(start * params.inner + m) * 8u + t % 8u];
    let d = right[(start * params.columns + n) * 8u + t % 8u];
    sum += mat4x4(x.x * d, x.y * d, x.z * d, x.w * d);
  }
  let at = (plane * params.inner + m) * 4u * params.columns + n;
  result[at] = sum[0];
  result[at + params.columns] = sum[1];
  result[at + 2u * params.columns] = sum[2];
  result[at + 3u * params.columns] = sum[3];
}
