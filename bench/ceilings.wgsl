// What a device does at best. copy: output = input, element by element; one thread owns one vec4. multiply_add: every thread keeps
// two chains of v * a + b in registers, together 32 a trip, and stores their sum, so that nothing can be left out: 256 additions and
// multiplications a trip. With a below 1 the chains stay finite. More chains need more registers than a CPU has.

struct Params {
  count: u32, // vec4 of a buffer, at least 2
  trips: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> output: array<vec4<f32>>;

@compute @workgroup_size(64)
fn copy(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  output[i] = input[i];
}

@compute @workgroup_size(64)
fn multiply_add(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  let a = 0.5 * input[0];
  let b = input[1];
  var v = input[i];
  var w = v + b;
  for (var trip = 0u; trip < params.trips; trip++) {
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
    v = v * a + b; w = w * a + b; v = v * a + b; w = w * a + b;
  }
  output[i] = v + w;
}
