// gradient_clip: norm = sqrt(sum of squares of all gradients), factor = min(1, maximum / (norm + 1e-6)), 1 where maximum is 0.
// gradients flat, padding 0; norm [1, 1, 1, 1] as (v, 0, 0, 0); factor one f32.
// Ordered two-pass sum: thread t adds vec4 t, t + threads, t + 2 threads, ... (partial_sums), then one thread adds the
// partial sums, or what trees leave of them on a GPU (sum_partials), in order (finish).

struct Params {
  count: u32, // vec4 of all gradients
  threads: u32,
  maximum: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> gradients: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partial_out: array<f32>;
@group(0) @binding(1) var<storage, read> partial_in: array<f32>;
@group(0) @binding(2) var<storage, read_write> norm: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> factor: f32;

@compute @workgroup_size(64)
fn partial_sums(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let thread = id.y * (groups.x * 64u) + id.x;
  if (thread >= params.threads) { return; }
  var sum = vec4(0.0);
  for (var i = thread; i < params.count; i += params.threads) {
    sum += gradients[i] * gradients[i];
  }
  partial_out[thread] = (sum.x + sum.y) + (sum.z + sum.w);
}

@compute @workgroup_size(1)
fn finish() {
  var sum = 0.0;
  for (var thread = 0u; thread < params.threads; thread++) {
    sum += partial_in[thread];
  }
  let length = sqrt(sum);
  norm[0] = vec4(length, 0.0, 0.0, 0.0);
  factor = select(min(1.0, params.maximum / (length + 1e-6)), 1.0, params.maximum == 0.0);
}
