// total_variation: scale * sum of |c| over all elements; its gradient scale * sign(c), 0 at 0.
// Shapes: c and its gradient [N, C, h, w] as vec4 with zero padding. forward: one thread owns one partial sum;
// backward: one thread owns one vec4.

struct Params {
  count: u32, // vec4 of c
  partials: u32, // invocations of forward
  scale: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> partials: array<f32>;
@group(0) @binding(2) var<storage, read> d_loss: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> d_c: array<vec4<f32>>;

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x >= params.partials) { return; }
  var sum = 0.0;
  for (var i = id.x; i < params.count; i += params.partials) { sum += dot(abs(c[i]), vec4(1.0)); }
  partials[id.x] = params.scale * sum;
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  d_c[i] = d_loss[0].x * params.scale * sign(c[i]);
}
