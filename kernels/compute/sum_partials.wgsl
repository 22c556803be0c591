// sum_partials: the second half of every ordered sum, one order whatever the threads do.
// finish: total = sum of all partial sums, one scalar as (v, 0, 0, 0), by one thread. Blocks are summed first, then their
// sums: partial sums are alike, so that in one long chain their roundings would add up (carrying the error along as Kahan
// does is no remedy, drivers simplify it away).
// add_tree, for GPUs, where one thread that waits for each of its loads takes longer than everything before it: sums
// [sums] of `count` vec4 each become sums of `num_workgroups.x` vec4; a workgroup adds RUN neighbouring vec4, thread t the
// vec4 t, t + 256, ..., then halves of what is left. Workgroup x owns the RUN it adds, y the sum.

override REVERSED: bool = false; // turns the order of the threads, which changes no bit

struct Params {
  count: u32, // vec4 of the partial sums, of each sum
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> partials: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read_write> total: array<vec4<f32>>;

const BLOCK = 32u;
const THREADS = 256u;
const RUN = 1024u;

@compute @workgroup_size(1)
fn finish() {
  var sum = vec4(0.0);
  for (var start = 0u; start < params.count; start += BLOCK) {
    var block = vec4(0.0);
    for (var i = start; i < min(start + BLOCK, params.count); i++) { block += partials[i]; }
    sum += block;
  }
  total[0] = vec4((sum.x + sum.y) + (sum.z + sum.w), 0.0, 0.0, 0.0);
}

var<workgroup> tree: array<vec4<f32>, THREADS>;

@compute @workgroup_size(THREADS)
fn add_tree(
  @builtin(workgroup_id) group: vec3<u32>,
  @builtin(num_workgroups) groups: vec3<u32>,
  @builtin(local_invocation_index) index: u32,
) {
  let thread = select(index, THREADS - 1u - index, REVERSED);
  let end = min((group.x + 1u) * RUN, params.count);
  var sum = vec4(0.0);
  for (var i = group.x * RUN + thread; i < end; i += THREADS) {
    sum += partials[group.y * params.count + i];
  }
  tree[thread] = sum;
  for (var half = THREADS / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (thread < half) { tree[thread] += tree[thread + half]; }
  }
  if (thread == 0u) { total[group.y * groups.x + group.x] = tree[0]; }
}
