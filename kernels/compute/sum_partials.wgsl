// sum_partials: total = sum of all partial sums, one scalar as (v, 0, 0, 0). The second pass of every ordered sum: one
// thread, one order. Blocks are summed first, then their sums: partial sums are alike, so that in one long chain their
// roundings would add up (carrying the error along as Kahan does is no remedy, drivers simplify it away).

struct Params {
  count: u32, // vec4 of the partial sums
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> total: array<vec4<f32>>;

const BLOCK = 32u;

@compute @workgroup_size(1)
fn finish() {
  var sum = vec4(0.0);
  for (var start = 0u; start < params.count; start += BLOCK) {
    var block = vec4(0.0);
    for (var i = start; i < min(start + BLOCK, params.count); i++) { block += partials[i]; }
    sum += block;
  }
  total[0] = vec4((sum.x + sum.y) + (sum.z + sum.w), 0.0, 0.0, 0.0);
}
