// loss_log: one group of row `row[0]` of the ring = (a, b, c, d), the first component of up to four scalars.
// Shapes: scalars [1, 1, 1, 1] as one vec4 each, ring [rows][groups] of vec4; a single thread.

struct Params {
  count: u32, // scalars in use
  rows: u32,
  groups: u32, // of a row
  group: u32, // which of them
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> row: array<u32>;
@group(0) @binding(2) var<storage, read> a: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> b: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> c: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read> d: array<vec4<f32>>;
@group(0) @binding(6) var<storage, read_write> ring: array<vec4<f32>>;

@compute @workgroup_size(1)
fn write_row() {
  let values = vec4(a[0].x, b[0].x, c[0].x, d[0].x);
  ring[row[0] % params.rows * params.groups + params.group] = select(vec4(0.0), values, vec4(0u, 1u, 2u, 3u) < vec4(params.count));
}
