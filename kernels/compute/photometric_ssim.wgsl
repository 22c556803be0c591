// photometric_ssim: clamp((1 - SSIM(x, y)) / 2, 0, 1) over 3x3 windows without padding (method, section 4), x = image2 * m,
// y = image1 * m, means and second moments as plain averages over the nine pixels, variances as E[x x] - E[x] E[x]:
//   SSIM = (2 mx my + C1) (2 sxy + C2) / ((mx mx + my my + C1) (sx + sy + C2)).
// image1, image2 (warped), dimage2 [N, 3, H, W], visible m [N, 1, H, W]; map and dmap [N, 3, H - 2, W - 2].
// The derivative of a window to its pixel i is linear in the pixel: A + B x_i + C y_i. `coefficients` writes A, B, C of each
// window, times dmap (three vec4 in a row); `backward` adds those of the up to nine windows of a pixel.
// Moments are taken relative to a pixel nearby, which changes no variance but keeps the digits of nearly flat windows.
// Layout: [N, H, W] of vec4. One thread owns up to SEGMENT rows of one column of the output and walks down, so that each
// row of three is summed once.

struct Params {
  batch: u32,
  height: u32, // of the images
  width: u32,
}

const SEGMENT = 8u;
const C1 = 0.0001;
const C2 = 0.0009;

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> image1: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> image2: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> visible: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> map: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> dmap: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> coefficients_out: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read> coefficients_in: array<vec4<f32>>;
@group(0) @binding(5) var<storage, read_write> dimage2: array<vec4<f32>>;

// First and second moments of some pixels, per colour.
struct Moments {
  x: vec3<f32>,
  y: vec3<f32>,
  xx: vec3<f32>,
  yy: vec3<f32>,
  xy: vec3<f32>,
}

// What a thread subtracts from all its pixels.
struct Origin {
  x: vec3<f32>,
  y: vec3<f32>,
}

// Sums over three pixels of a row, from pixel index `first` on, relative to the origin.
fn row_moments(first: u32, origin: Origin) -> Moments {
  let x0 = image2[first].xyz * visible[first].x - origin.x;
  let x1 = image2[first + 1u].xyz * visible[first + 1u].x - origin.x;
  let x2 = image2[first + 2u].xyz * visible[first + 2u].x - origin.x;
  let y0 = image1[first].xyz * visible[first].x - origin.y;
  let y1 = image1[first + 1u].xyz * visible[first + 1u].x - origin.y;
  let y2 = image1[first + 2u].xyz * visible[first + 2u].x - origin.y;
  return Moments(
    x0 + x1 + x2,
    y0 + y1 + y2,
    x0 * x0 + x1 * x1 + x2 * x2,
    y0 * y0 + y1 * y1 + y2 * y2,
    x0 * y0 + x1 * y1 + x2 * y2,
  );
}

// Averages over a window from the sums of its rows.
fn window_moments(a: Moments, b: Moments, c: Moments) -> Moments {
  return Moments(
    (a.x + b.x + c.x) / 9.0,
    (a.y + b.y + c.y) / 9.0,
    (a.xx + b.xx + c.xx) / 9.0,
    (a.yy + b.yy + c.yy) / 9.0,
    (a.xy + b.xy + c.xy) / 9.0,
  );
}

// The four factors of SSIM: n1 n2 / (d1 d2).
struct Factors {
  n1: vec3<f32>,
  n2: vec3<f32>,
  d1: vec3<f32>,
  d2: vec3<f32>,
}

// From moments relative to the origin and means that are not.
fn factors(m: Moments, mean_x: vec3<f32>, mean_y: vec3<f32>) -> Factors {
  return Factors(
    2.0 * mean_x * mean_y + C1,
    2.0 * (m.xy - m.x * m.y) + C2,
    mean_x * mean_x + mean_y * mean_y + C1,
    (m.xx - m.x * m.x) + (m.yy - m.y * m.y) + C2,
  );
}

// The column of windows that a thread walks down: first pixel, first window, number of windows.
struct Walk {
  pixel: u32,
  window: u32,
  count: u32,
}

fn window_walk(i: u32) -> Walk {
  let rows = params.height - 2u;
  let columns = params.width - 2u;
  let segments = (rows + SEGMENT - 1u) / SEGMENT;
  let x = i % columns;
  let image = i / columns / segments;
  let y = (i / columns) % segments * SEGMENT;
  if (image >= params.batch) { return Walk(0u, 0u, 0u); }
  return Walk(
    (image * params.height + y) * params.width + x,
    (image * rows + y) * columns + x,
    min(SEGMENT, rows - y),
  );
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let walk = window_walk(id.y * (groups.x * 64u) + id.x);
  if (walk.count == 0u) { return; }
  let origin = Origin(image2[walk.pixel].xyz, image1[walk.pixel].xyz);
  var upper = row_moments(walk.pixel, origin);
  var middle = row_moments(walk.pixel + params.width, origin);
  for (var k = 0u; k < walk.count; k++) {
    let lower = row_moments(walk.pixel + (k + 2u) * params.width, origin);
    let m = window_moments(upper, middle, lower);
    let f = factors(m, m.x + origin.x, m.y + origin.y);
    let penalty = (1.0 - f.n1 * f.n2 / (f.d1 * f.d2)) / 2.0;
    map[walk.window + k * (params.width - 2u)] = vec4(clamp(penalty, vec3(0.0), vec3(1.0)), 0.0);
    upper = middle;
    middle = lower;
  }
}

@compute @workgroup_size(64)
fn coefficients(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let walk = window_walk(id.y * (groups.x * 64u) + id.x);
  if (walk.count == 0u) { return; }
  let origin = Origin(image2[walk.pixel].xyz, image1[walk.pixel].xyz);
  var upper = row_moments(walk.pixel, origin);
  var middle = row_moments(walk.pixel + params.width, origin);
  for (var k = 0u; k < walk.count; k++) {
    let lower = row_moments(walk.pixel + (k + 2u) * params.width, origin);
    let m = window_moments(upper, middle, lower);
    let mean_x = m.x + origin.x;
    let mean_y = m.y + origin.y;
    let f = factors(m, mean_x, mean_y);
    let divisor = f.d1 * f.d2;
    let ssim = f.n1 * f.n2 / divisor;
    let window = walk.window + k * (params.width - 2u);
    // d penalty / d SSIM = -1/2 where the clamp does not hold; 1/9 from the averages.
    let outer = select(vec3(0.0), dmap[window].xyz / -18.0, abs(ssim) <= vec3(1.0));
    let to_mean = 2.0 * mean_y * (f.n2 - f.n1) / divisor + 2.0 * mean_x * ssim * (1.0 / f.d2 - 1.0 / f.d1);
    coefficients_out[3u * window] = vec4(outer * to_mean, 0.0);
    coefficients_out[3u * window + 1u] = vec4(outer * -2.0 * ssim / f.d2, 0.0);
    coefficients_out[3u * window + 2u] = vec4(outer * 2.0 * f.n1 / divisor, 0.0);
    upper = middle;
    middle = lower;
  }
}

// A, B and C, summed over some windows.
struct Linear {
  a: vec4<f32>,
  b: vec4<f32>,
  c: vec4<f32>,
}

// A, B and C of one window, times 1, or 0 where there is no such window.
fn window_linear(image: u32, y: i32, x: i32) -> Linear {
  let rows = i32(params.height) - 2;
  let columns = i32(params.width) - 2;
  let inside = y >= 0 && y < rows && x >= 0 && x < columns;
  let window = (i32(image) * rows + clamp(y, 0, rows - 1)) * columns + clamp(x, 0, columns - 1);
  let first = 3u * u32(window);
  let factor = select(0.0, 1.0, inside);
  return Linear(
    coefficients_in[first] * factor,
    coefficients_in[first + 1u] * factor,
    coefficients_in[first + 2u] * factor,
  );
}

// Sum over the windows of one row that contain column x.
fn row_linear(image: u32, y: i32, x: i32) -> Linear {
  let p = window_linear(image, y, x - 2);
  let q = window_linear(image, y, x - 1);
  let r = window_linear(image, y, x);
  return Linear(p.a + q.a + r.a, p.b + q.b + r.b, p.c + q.c + r.c);
}

@compute @workgroup_size(64)
fn backward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let segments = (params.height + SEGMENT - 1u) / SEGMENT;
  let x = i % params.width;
  let image = i / params.width / segments;
  if (image >= params.batch) { return; }
  let first = (i / params.width) % segments * SEGMENT;
  let last = min(first + SEGMENT, params.height);
  var upper = row_linear(image, i32(first) - 2, i32(x));
  var middle = row_linear(image, i32(first) - 1, i32(x));
  for (var y = first; y < last; y++) {
    let lower = row_linear(image, i32(y), i32(x));
    let pixel = (image * params.height + y) * params.width + x;
    let m = visible[pixel].x;
    let a = upper.a + middle.a + lower.a;
    let b = upper.b + middle.b + lower.b;
    let c = upper.c + middle.c + lower.c;
    dimage2[pixel] = m * (a + m * (b * image2[pixel] + c * image1[pixel]));
    upper = middle;
    middle = lower;
  }
}
