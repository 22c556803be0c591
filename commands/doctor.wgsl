// The doctor's self-check: output[i] = 0 + 1 + ... + i, which is i (i + 1) / 2, exact in f32 below 5793.
// One invocation owns one output cell. The loop, the guard and the odd size are what real kernels need.
@group(0) @binding(0) var<storage, read> numbers: array<f32>;
@group(0) @binding(1) var<storage, read_write> output: array<f32>;

@compute @workgroup_size(64)
fn prefix_sums(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= arrayLength(&output)) { return; }
  var sum = 0.0;
  for (var k = 0u; k <= id.x; k++) { sum += numbers[k]; }
  output[id.x] = sum;
}
