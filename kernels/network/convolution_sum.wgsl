// convolution_sum: gradient of a convolution's weight and bias = (kept gradient) + the partial sums over chunks of pixels, in order.
// Taps that never meet the picture have no partial sums: zero.
// Layout: partial [chunk][taps in use][4 input slots][output slots] as vec4, bias_sums [chunk][output slot]; one thread owns one vec4
// of the flat gradients. add_chunks does the same for Winograd's planes of a weight's gradient (convolution_tiled_gemm).

struct Params {
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
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partial: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> bias_sums: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> planes: array<vec4<f32>>;

fn add(at: u32, keep: u32, value: vec4<f32>) {
  var sum = value;
  if (keep == 1u) { sum += gradients[at]; }
  gradients[at] = sum;
}

@compute @workgroup_size(64)
fn dsum(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.weight_cells + params.output_slots) { return; }
  var sum = vec4(0.0);
  if (i >= params.weight_cells) {
    let o = i - params.weight_cells;
    for (var chunk = 0u; chunk < params.bias_chunks; chunk++) { sum += bias_sums[chunk * params.output_slots + o]; }
    add(params.bias_offset + o, params.keep_bias, sum);
    return;
  }
  if (i >= params.first_cell && i < params.first_cell + params.used_cells) {
    let cell = i - params.first_cell;
    for (var chunk = 0u; chunk < params.chunks; chunk++) { sum += partial[chunk * params.used_cells + cell]; }
  }
  add(params.weight_offset + i, params.keep_weight, sum);
}

// partial [chunk][used_cells], in order.
@compute @workgroup_size(64)
fn add_chunks(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.used_cells) { return; }
  var sum = vec4(0.0);
  for (var chunk = 0u; chunk < params.chunks; chunk++) { sum += partial[chunk * params.used_cells + i]; }
  planes[i] = sum;
}
