// occlusion_forward_backward: sampled(x) = other(x + flow(x)), bilinear, align_corners = true, zero outside;
// visible = 0 where |flow + sampled|^2 > scale * (|flow|^2 + |sampled|^2) + bias, else 1.
// Shapes: flow, other, sampled [N, 2, H, W], visible [N, 1, H, W], one vec4 per pixel; one thread owns one pixel.

struct Params {
  batch: u32,
  height: i32,
  width: i32,
  scale: f32,
  bias: f32,
}

// Displacements beyond this, and those that are not numbers, lead outside; below it cells fit an i32.
const FARTHEST = 1048576.0;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> other: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> sampled: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> visible: array<vec4<f32>>;

fn other_at(image: i32, y: i32, x: i32) -> vec2<f32> {
  let inside = y >= 0 && y < params.height && x >= 0 && x < params.width;
  let cell = select(0, (image * params.height + y) * params.width + x, inside);
  return select(vec2(0.0), other[cell].xy, inside);
}

@compute @workgroup_size(64)
fn check(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * u32(params.height) * u32(params.width)) { return; }
  let here = flow[i].xy;
  let row = i32(i) / params.width;
  let image = row / params.height;
  var there = vec2(0.0);
  if (abs(here.x) < FARTHEST && abs(here.y) < FARTHEST) {
    // The fraction comes from the displacement alone: adding the pixel's place first would round it.
    let whole = floor(here);
    let part = here - whole;
    let x = i32(i) % params.width + i32(whole.x);
    let y = row % params.height + i32(whole.y);
    let upper = mix(other_at(image, y, x), other_at(image, y, x + 1), part.x);
    let lower = mix(other_at(image, y + 1, x), other_at(image, y + 1, x + 1), part.x);
    there = mix(upper, lower, part.y);
  }
  let disagreement = here + there;
  let allowed = params.scale * (dot(here, here) + dot(there, there)) + params.bias;
  sampled[i] = vec4(there, 0.0, 0.0);
  visible[i] = vec4(select(1.0, 0.0, dot(disagreement, disagreement) > allowed), 0.0, 0.0, 0.0);
}
