// weighted_sum: total = sum over terms of weight * (sum of the term's scalars), up to seven terms; absent terms have count 0.
// Terms [count, 1, 1, 1], total [1, 1, 1, 1]; a scalar is the x of a vec4. forward: one thread, in the order of the terms.
// backward: one thread owns one scalar of every dterm: weight * dtotal.

struct Params {
  count_0: u32,
  count_1: u32,
  count_2: u32,
  count_3: u32,
  count_4: u32,
  count_5: u32,
  count_6: u32,
  weight_0: f32,
  weight_1: f32,
  weight_2: f32,
  weight_3: f32,
  weight_4: f32,
  weight_5: f32,
  weight_6: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> term_0: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> term_1: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> term_2: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> term_3: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> term_4: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read> term_5: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read> term_6: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> total: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read> dtotal: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> dterm_0: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> dterm_1: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dterm_2: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dterm_3: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> dterm_4: array<vec4<f32>>;
@group(0) @binding(7) var<storage, read_write> dterm_5: array<vec4<f32>>;
@group(0) @binding(8) var<storage, read_write> dterm_6: array<vec4<f32>>;

@compute @workgroup_size(1)
fn forward() {
  var sum = 0.0;
  for (var g = 0u; g < params.count_0; g++) { sum += params.weight_0 * term_0[g].x; }
  for (var g = 0u; g < params.count_1; g++) { sum += params.weight_1 * term_1[g].x; }
  for (var g = 0u; g < params.count_2; g++) { sum += params.weight_2 * term_2[g].x; }
  for (var g = 0u; g < params.count_3; g++) { sum += params.weight_3 * term_3[g].x; }
  for (var g = 0u; g < params.count_4; g++) { sum += params.weight_4 * term_4[g].x; }
  for (var g = 0u; g < params.count_5; g++) { sum += params.weight_5 * term_5[g].x; }
  for (var g = 0u; g < params.count_6; g++) { sum += params.weight_6 * term_6[g].x; }
  total[0] = vec4(sum, 0.0, 0.0, 0.0);
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>) {
  let g = id.x;
  let gradient = vec4(dtotal[0].x, 0.0, 0.0, 0.0);
  if (g < params.count_0) { dterm_0[g] = params.weight_0 * gradient; }
  if (g < params.count_1) { dterm_1[g] = params.weight_1 * gradient; }
  if (g < params.count_2) { dterm_2[g] = params.weight_2 * gradient; }
  if (g < params.count_3) { dterm_3[g] = params.weight_3 * gradient; }
  if (g < params.count_4) { dterm_4[g] = params.weight_4 * gradient; }
  if (g < params.count_5) { dterm_5[g] = params.weight_5 * gradient; }
  if (g < params.count_6) { dterm_6[g] = params.weight_6 * gradient; }
}
