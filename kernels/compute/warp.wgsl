// warp: out(x) = image(x + flow(x)), bilinear (method, section 3). image [N, C, H, W], flow [N, 2, H, W] in pixels. Flow i looks
// into image (i + partner) mod N; partner is 0 or N / 2, so that images and flows are each other's partners.
// The sampled coordinate is scale * (x + flow(x)) + shift: 1 and 0 for align_corners = true, W / (W - 1) and -1/2 for
// false. Border padding clamps it to [0, W - 1], and where it is clamped (<= 0 or >= W - 1) the gradient to that flow
// component is 0; zero padding takes what lies outside the picture as 0.
// The image gradient is a scatter, made a gather with a fixed order: every pixel falls into one cell, that of the upper
// left corner it samples, and each cell has a run of its pixels, sorted. Cells reach from -1 to W - 1 and from -1 to H - 1.
// Pixels are counted (count_pixels) in any order, runs placed anywhere (place_runs), filled (fill_runs) in the order of the
// count; place_runs leaves the counts 0, as the next count needs them; in the sorted run, a pixel stands behind as many as there are smaller ones in its run (sort_runs). On a CPU driver, which
// counts nearly in order, the thread of a long run's first pixel sorts all of it by insertion.
// Layout: [N, H, W, slots] as vec4. forward: `lanes` threads own a pixel, each every lanes-th slot; on a GPU flow_gradient_lanes
// does as much and adds halves of what its threads have, else flow_gradient: one thread owns one pixel. count_pixels, fill_runs
// and sort_runs: one pixel; place_runs: CELLS neighbouring cells; image_gradient: one vec4 of dimage.

override REVERSED: bool = false; // turns the order of the threads, which changes no bit
override LONGEST: u32 = 0xffffffffu; // run whose pixels find their places one by one

struct Params {
  batch: u32,
  height: u32,
  width: u32,
  slots: u32, // vec4 per pixel of the image
  border: u32, // 1 border padding, 0 zero padding
  scale_x: f32,
  scale_y: f32,
  shift: f32,
  lanes: u32, // threads of a pixel, a power of two up to 64
  partner: u32, // images from a flow's to the one it looks into
}

@group(0) @binding(0) var<uniform> params: Params;

@group(0) @binding(1) var<storage, read> image: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> flow: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> dresult: array<vec4<f32>>;
@group(0) @binding(4) var<storage, read_write> dflow: array<vec4<f32>>;

@group(0) @binding(1) var<storage, read> listed_flow: array<vec4<f32>>;
// Pixels of each cell, 0 at first; behind the last one, how many places were given to runs.
@group(0) @binding(2) var<storage, read_write> shared_counts: array<atomic<u32>>;
@group(0) @binding(3) var<storage, read_write> counted_ranks: array<u32>;

@group(0) @binding(1) var<storage, read_write> placed_counts: array<atomic<u32>>;
// Of each cell: where its run begins, and how long it is.
@group(0) @binding(2) var<storage, read_write> placed_ranges: array<vec2<u32>>;

@group(0) @binding(2) var<storage, read> ranges: array<vec2<u32>>;
@group(0) @binding(3) var<storage, read> ranks: array<u32>;
@group(0) @binding(4) var<storage, read_write> filled_runs: array<u32>;

@group(0) @binding(3) var<storage, read> runs: array<u32>;
@group(0) @binding(4) var<storage, read_write> sorted_runs: array<Entry>;

@group(0) @binding(1) var<storage, read> gathered: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read> entries: array<Entry>;
@group(0) @binding(4) var<storage, read_write> dimage: array<vec4<f32>>;

struct Entry {
  pixel: u32,
  fraction_x: f32,
  fraction_y: f32,
}

struct Place {
  left: i32, // the cell along one axis
  fraction: f32, // weight of its right neighbour
  free: f32, // 0 where the coordinate is clamped, else 1
}

fn place_of(exact: f32, side: u32) -> Place {
  let last = f32(side) - 1.0;
  if (params.border == 1u) {
    let clamped = clamp(exact, 0.0, last);
    // The second clamp keeps a coordinate that is no number inside the picture.
    let left = clamp(i32(floor(clamped)), 0, i32(side) - 1);
    return Place(left, clamped - f32(left), select(0.0, 1.0, exact > 0.0 && exact < last));
  }
  let reachable = clamp(exact, -2.0, last + 2.0);
  let left = clamp(i32(floor(reachable)), -2, i32(side) + 1);
  return Place(left, reachable - f32(left), 1.0);
}

struct Sample {
  x: Place,
  y: Place,
  base: i32, // first pixel of the image
}

// The first pixel of the partner of the image with this row.
fn partner_start(row: u32) -> u32 {
  return (row / params.height + params.partner) % params.batch * (params.height * params.width);
}

fn sample_of(pixel: u32, displacement: vec2<f32>) -> Sample {
  let row = pixel / params.width;
  let x = f32(pixel % params.width) + displacement.x;
  let y = f32(row % params.height) + displacement.y;
  return Sample(
    place_of(params.scale_x * x + params.shift, params.width),
    place_of(params.scale_y * y + params.shift, params.height),
    i32(partner_start(row)));
}

fn is_inside(index: i32, side: u32) -> bool {
  return index >= 0 && index < i32(side);
}

// The four corners of a sample: where they lie in the image, and 1 for those inside it.
struct Corners {
  start: vec4<u32>, // upper left, upper right, lower left, lower right
  inside: vec4<f32>,
}

fn corners_of(sample: Sample) -> Corners {
  let left_inside = is_inside(sample.x.left, params.width);
  let right_inside = is_inside(sample.x.left + 1, params.width);
  let top_inside = is_inside(sample.y.left, params.height);
  let bottom_inside = is_inside(sample.y.left + 1, params.height);
  let left = select(0, sample.x.left, left_inside);
  let right = select(0, sample.x.left + 1, right_inside);
  let top = sample.base + i32(params.width) * select(0, sample.y.left, top_inside);
  let bottom = sample.base + i32(params.width) * select(0, sample.y.left + 1, bottom_inside);
  return Corners(
    vec4<u32>(vec4(top + left, top + right, bottom + left, bottom + right)) * params.slots,
    select(vec4(0.0), vec4(1.0), vec4(
      top_inside && left_inside, top_inside && right_inside,
      bottom_inside && left_inside, bottom_inside && right_inside)));
}

@compute @workgroup_size(64)
fn forward(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let pixel = i / params.lanes;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let sample = sample_of(pixel, flow[pixel].xy);
  let corners = corners_of(sample);
  let x = sample.x.fraction;
  let y = sample.y.fraction;
  let weights = corners.inside * vec4((1.0 - x) * (1.0 - y), x * (1.0 - y), (1.0 - x) * y, x * y);
  for (var slot = i % params.lanes; slot < params.slots; slot += params.lanes) {
    result[pixel * params.slots + slot] =
      weights.x * image[corners.start.x + slot] + weights.y * image[corners.start.y + slot] +
      weights.z * image[corners.start.z + slot] + weights.w * image[corners.start.w + slot];
  }
}

// d loss / d flow of a pixel as far as some of its slots go, before the clamp and the scale.
fn flow_sum(pixel: u32, sample: Sample, lane: u32, lanes: u32) -> vec2<f32> {
  let corners = corners_of(sample);
  var sum = vec2(0.0);
  for (var slot = lane; slot < params.slots; slot += lanes) {
    let upper_left = corners.inside.x * image[corners.start.x + slot];
    let upper_right = corners.inside.y * image[corners.start.y + slot];
    let lower_left = corners.inside.z * image[corners.start.z + slot];
    let lower_right = corners.inside.w * image[corners.start.w + slot];
    let gradient = dresult[pixel * params.slots + slot];
    sum += vec2(
      dot(gradient, mix(upper_right - upper_left, lower_right - lower_left, sample.y.fraction)),
      dot(gradient, mix(lower_left - upper_left, lower_right - upper_right, sample.x.fraction)));
  }
  return sum;
}

fn store_dflow(pixel: u32, sample: Sample, sum: vec2<f32>) {
  let slope = vec2(params.scale_x * sample.x.free, params.scale_y * sample.y.free);
  dflow[pixel] = vec4(slope * sum, 0.0, 0.0);
}

@compute @workgroup_size(64)
fn flow_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let sample = sample_of(pixel, flow[pixel].xy);
  store_dflow(pixel, sample, flow_sum(pixel, sample, 0u, 1u));
}

var<workgroup> tree: array<vec2<f32>, 64>;

@compute @workgroup_size(64)
fn flow_gradient_lanes(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let thread = select(index, 63u - index, REVERSED);
  let lane = thread % params.lanes;
  let wanted = (group.y * groups.x + group.x) * (64u / params.lanes) + thread / params.lanes;
  let pixels = params.batch * params.height * params.width;
  let pixel = min(wanted, pixels - 1u);
  let sample = sample_of(pixel, flow[pixel].xy);
  tree[thread] = flow_sum(pixel, sample, lane, params.lanes);
  for (var half = params.lanes / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) { tree[thread] += tree[thread + half]; }
  }
  if (lane == 0u && wanted < pixels) { store_dflow(pixel, sample, tree[thread]); }
}

fn cell_count() -> u32 {
  return params.batch * (params.height + 1u) * (params.width + 1u);
}

const NO_CELL = 0xffffffffu;

fn cell_of(pixel: u32, sample: Sample) -> u32 {
  let column = sample.x.left + 1;
  let row = sample.y.left + 1;
  if (!is_inside(column, params.width + 1u) || !is_inside(row, params.height + 1u)) { return NO_CELL; }
  let of_image = pixel / (params.height * params.width);
  return (of_image * (params.height + 1u) + u32(row)) * (params.width + 1u) + u32(column);
}

@compute @workgroup_size(64)
fn count_pixels(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let pixels = params.batch * params.height * params.width;
  if (i >= pixels) { return; }
  if (i == 0u) { atomicStore(&shared_counts[cell_count()], 0u); }
  let pixel = select(i, pixels - 1u - i, REVERSED);
  let cell = cell_of(pixel, sample_of(pixel, listed_flow[pixel].xy));
  if (cell == NO_CELL) { return; }
  counted_ranks[pixel] = atomicAdd(&shared_counts[cell], 1u);
}

const CELLS = 16u;

// Runs of a thread's cells lie together, behind those of whichever thread came before.
@compute @workgroup_size(64)
fn place_runs(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  let cells = cell_count();
  let threads = (cells + CELLS - 1u) / CELLS;
  if (i >= threads) { return; }
  let first = select(i, threads - 1u - i, REVERSED) * CELLS;
  let end = min(first + CELLS, cells);
  var sum = 0u;
  for (var cell = first; cell < end; cell++) { sum += atomicLoad(&placed_counts[cell]); }
  var start = atomicAdd(&placed_counts[cells], sum);
  for (var cell = first; cell < end; cell++) {
    let count = atomicExchange(&placed_counts[cell], 0u);
    placed_ranges[cell] = vec2(start, count);
    start += count;
  }
}

@compute @workgroup_size(64)
fn fill_runs(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let cell = cell_of(pixel, sample_of(pixel, listed_flow[pixel].xy));
  if (cell == NO_CELL) { return; }
  filled_runs[ranges[cell].x + ranks[pixel]] = pixel;
}

fn sort_by_insertion(start: u32, end: u32) {
  for (var i = start; i < end; i++) {
    let pixel = runs[i];
    var place = i;
    while (place > start) {
      let before = sorted_runs[place - 1u].pixel;
      if (before < pixel) { break; }
      sorted_runs[place].pixel = before;
      place--;
    }
    sorted_runs[place].pixel = pixel;
  }
  for (var place = start; place < end; place++) {
    let pixel = sorted_runs[place].pixel;
    let sample = sample_of(pixel, listed_flow[pixel].xy);
    sorted_runs[place] = Entry(pixel, sample.x.fraction, sample.y.fraction);
  }
}

@compute @workgroup_size(64)
fn sort_runs(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let pixel = id.y * (groups.x * 64u) + id.x;
  if (pixel >= params.batch * params.height * params.width) { return; }
  let sample = sample_of(pixel, listed_flow[pixel].xy);
  let cell = cell_of(pixel, sample);
  if (cell == NO_CELL) { return; }
  let start = ranges[cell].x;
  let end = start + ranges[cell].y;
  if (end - start > LONGEST) {
    if (runs[start] == pixel) { sort_by_insertion(start, end); }
    return;
  }
  var place = start;
  for (var i = start; i < end; i++) { place += select(0u, 1u, runs[i] < pixel); }
  sorted_runs[place] = Entry(pixel, sample.x.fraction, sample.y.fraction);
}

@compute @workgroup_size(64)
fn image_gradient(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.batch * params.height * params.width * params.slots) { return; }
  let slot = i % params.slots;
  let pixel = i / params.slots;
  let row = pixel / params.width;
  let flow_image = partner_start(row) / (params.height * params.width);
  // The cell that has this pixel as its upper left corner; the rows of cells are one longer than those of pixels.
  let cell_row = flow_image * (params.height + 1u) + row % params.height + 1u;
  let cell = cell_row * (params.width + 1u) + pixel % params.width + 1u;
  var sum = vec4(0.0);
  for (var corner = 0u; corner < 4u; corner++) {
    let right = corner & 1u;
    let lower = corner >> 1u;
    let sampled = cell - right - lower * (params.width + 1u);
    let start = ranges[sampled].x;
    let end = start + ranges[sampled].y;
    for (var place = start; place < end; place++) {
      let entry = entries[place];
      let weight = select(1.0 - entry.fraction_x, entry.fraction_x, right == 1u) *
        select(1.0 - entry.fraction_y, entry.fraction_y, lower == 1u);
      sum += weight * gathered[entry.pixel * params.slots + slot];
    }
  }
  dimage[i] = sum;
}
