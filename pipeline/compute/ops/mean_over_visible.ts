/** The average of a penalty over what is visible (method, section 4). */
import code from "../../../kernels/compute/mean_over_visible.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";
import { addInTrees, gpuInvocations } from "./_sum_partials.ts";

const partialSums = defineKernel("mean_over_visible", code, "partial_sums", {
  reads: 2,
  writes: 1,
});
const finish = defineKernel("mean_over_visible", code, "finish", { reads: 1, writes: 2 });
const backward = defineKernel("mean_over_visible", code, "backward", { reads: 2, writes: 1 });

const BYTES_PER_VECTOR = 16;

/**
 * mean(map) / (mean(visible) + 1e-7), both over batch, channels and pixels of each of `groups` equal parts of the batch
 * (the directions of a training step); 0 where nothing is visible, and so is the gradient, which goes to `map` only.
 * @param map [N, C, h, w], C at most 4, multiplied by the mask already
 * @param visible [N, 1, H, W], not necessarily of the size of the map
 * @param options groups: parts of the batch, a divisor of N
 * @returns [groups, 1, 1, 1]
 * @throws {Error} when batch sizes or channels do not fit
 */
export function meanOverVisible(
  tape: Tape,
  map: Value,
  visible: Value,
  { groups = 1 }: { groups?: number } = {},
): Value {
  const [n, channels, h, w] = map.shape;
  if (channels > 4) {
    throw new Error(
      `Cannot average ${map.label}: at most 4 channels are allowed, got ${channels}.`,
    );
  }
  if (visible.shape[0] !== n || visible.shape[1] !== 1) {
    throw new Error(
      `Cannot average ${map.label}: the mask must be [${n}, 1, H, W], got [${visible.shape}].`,
    );
  }
  if (n % groups !== 0) {
    throw new Error(`Cannot average ${map.label}: a batch of ${n} has no ${groups} equal parts.`);
  }
  const mapPixels = n * h * w / groups;
  const visiblePixels = n * visible.shape[2] * visible.shape[3] / groups;
  // On a CPU driver as many invocations as terms in each: both passes are equally long.
  const threads = tape.gpu.family === "gpu"
    ? gpuInvocations(mapPixels)
    : Math.ceil(Math.sqrt(mapPixels));
  const paramsFor = (count: number) => [groups, count, mapPixels, visiblePixels, channels];
  const partials = tape.scratch("partial sums", BYTES_PER_VECTOR * groups * threads);
  const scale = tape.scratch("scale of the mean", BYTES_PER_VECTOR * groups);
  const mean = tape.value(`mean of ${map.label}`, [groups, 1, 1, 1]);
  tape.dispatch(partialSums, {
    params: paramsFor(threads),
    reads: [map.storage, visible.storage],
    writes: [partials],
    workgroups: workgroupsFor(groups * threads, 64),
  });
  const left = addInTrees(tape, { storage: partials, sums: groups, count: threads });
  tape.dispatch(finish, {
    params: paramsFor(left.count),
    reads: [left.storage],
    writes: [mean.storage, scale],
    workgroups: workgroupsFor(groups, 64),
  });
  tape.node(mean, [map], (dMean) => {
    const dMap = tape.value(`d ${map.label}`, map.shape);
    tape.dispatch(backward, {
      params: paramsFor(left.count),
      reads: [dMean.storage, scale],
      writes: [dMap.storage],
      workgroups: workgroupsFor(groups * mapPixels, 64),
    });
    tape.accumulate(map, dMap);
  });
  return mean;
}
