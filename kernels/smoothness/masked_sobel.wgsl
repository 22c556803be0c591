// masked_sobel: c = [(kx * flow) M_x, (ky * flow) M_y], M_d = exp(-edge_alpha mean_RGB |k_d * image|), with
// kx = [[-1,0,1],[-2,0,2],[-1,0,1]] and ky its transpose; order 2 applies k twice to the flow (once to the image).
// Shapes: flow [N, 2, h, w], image [N, 3, h, w], c [N, 4, h, w] as (dx u, dx v, dy u, dy v), masks [N, 1, h, w];
// one vec4 per pixel; one thread owns one pixel.
// Border: zero reads 0 outside, replicate the nearest pixel inside, in both passes of order 2. As k is the product of
// a smoothing along one axis and a difference along the other, so is its border rule: everything below works with the
// entries of one-dimensional matrices, and backward with the same entries transposed.

struct Params {
  batch: u32,
  height: i32,
  width: i32,
  order: i32,
  replicate: u32,
  edge_alpha: f32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> c: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> mask_x: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> mask_y: array<vec4<f32>>;

@group(0) @binding(1) var<storage, read> d_c: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> given_mask_x: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> given_mask_y: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> d_flow: array<vec4<f32>>;

// 1 where a tap at `place`, which may lie outside, reads the pixel `input`.
fn reads(place: i32, input: i32, side: i32) -> f32 {
  let found = select(place, clamp(place, 0, side - 1), params.replicate == 1u);
  return select(0.0, 1.0, found == input);
}

// Entry [output, input] of (smoothing [1, 2, 1], difference [-1, 0, 1]) along a side.
fn first(output: i32, input: i32, side: i32) -> vec2<f32> {
  let before = reads(output - 1, input, side);
  let after = reads(output + 1, input, side);
  return vec2(before + 2.0 * reads(output, input, side) + after, after - before);
}

// The same for the order of the flow's derivative: the matrices, or their squares.
fn entry(output: i32, input: i32, side: i32) -> vec2<f32> {
  if (params.order == 1) { return first(output, input, side); }
  var sum = vec2(0.0);
  for (var middle = max(output - 1, 0); middle <= min(output + 1, side - 1); middle++) {
    sum += first(output, middle, side) * first(middle, input, side);
  }
  return sum;
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * u32(params.height) * u32(params.width)) { return; }
  let x = i32(i) % params.width;
  let row = i32(i) / params.width;
  let y = row % params.height;
  let top = row - y; // first row of this picture
  var along_x = vec2(0.0);
  var along_y = vec2(0.0);
  for (var column = max(x - params.order, 0); column <= min(x + params.order, params.width - 1); column++) {
    let from_column = entry(x, column, params.width);
    for (var line = max(y - params.order, 0); line <= min(y + params.order, params.height - 1); line++) {
      let from_line = entry(y, line, params.height);
      let value = flow[(top + line) * params.width + column].xy;
      along_x += from_line.x * from_column.y * value;
      along_y += from_line.y * from_column.x * value;
    }
  }
  var edge_x = vec3(0.0);
  var edge_y = vec3(0.0);
  for (var column = max(x - 1, 0); column <= min(x + 1, params.width - 1); column++) {
    let from_column = first(x, column, params.width);
    for (var line = max(y - 1, 0); line <= min(y + 1, params.height - 1); line++) {
      let from_line = first(y, line, params.height);
      let colour = image[(top + line) * params.width + column].xyz;
      edge_x += from_line.x * from_column.y * colour;
      edge_y += from_line.y * from_column.x * colour;
    }
  }
  let steepness = vec2(dot(abs(edge_x), vec3(1.0)), dot(abs(edge_y), vec3(1.0))) / 3.0;
  let mask = exp(-params.edge_alpha * steepness);
  c[i] = vec4(along_x * mask.x, along_y * mask.y);
  mask_x[i] = vec4(mask.x, 0.0, 0.0, 0.0);
  mask_y[i] = vec4(mask.y, 0.0, 0.0, 0.0);
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * u32(params.height) * u32(params.width)) { return; }
  let x = i32(i) % params.width;
  let row = i32(i) / params.width;
  let y = row % params.height;
  let top = row - y;
  var sum = vec2(0.0);
  for (var column = max(x - params.order, 0); column <= min(x + params.order, params.width - 1); column++) {
    let to_column = entry(column, x, params.width);
    for (var line = max(y - params.order, 0); line <= min(y + params.order, params.height - 1); line++) {
      let to_line = entry(line, y, params.height);
      let cell = (top + line) * params.width + column;
      let arriving = d_c[cell];
      sum += to_line.x * to_column.y * given_mask_x[cell].x * arriving.xy
        + to_line.y * to_column.x * given_mask_y[cell].x * arriving.zw;
    }
  }
  d_flow[i] = vec4(sum, 0.0, 0.0);
}
