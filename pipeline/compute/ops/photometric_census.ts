/** Soft census difference of 3x3 patches (method, section 4; Meister et al. 2018 with a smaller patch). */
import code from "../../../kernels/compute/photometric_census.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { workgroupsFor } from "../gpu/program.ts";
import { checkImagePair } from "./_image_pair.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("photometric_census", code, "forward", { reads: 3, writes: 1 });
const backward = defineKernel("photometric_census", code, "backward", { reads: 4, writes: 1 });

/** Rows that one invocation handles, as in the kernel. */
const SEGMENT = 8;

/**
 * Difference of the census transforms of both images times `visible`, 0 on the outer pixel, not yet averaged: see
 * meanOverVisible(). The gradient goes to image2Warped only.
 * @param image1 [N, 3, H, W] in [0, 1]
 * @param image2Warped [N, 3, H, W]
 * @param visible [N, 1, H, W], 1 = visible
 * @returns [N, 1, H, W], values in [0, 1)
 * @throws {Error} when the shapes do not fit
 */
export function photometricCensus(
  tape: Tape,
  image1: Value,
  image2Warped: Value,
  visible: Value,
): Value {
  checkImagePair({ image1, image2Warped, visible }, 1);
  const [n, , h, w] = image1.shape;
  const map = tape.value("census map", [n, 1, h, w]);
  const params = [n, h, w];
  const workgroups = workgroupsFor(n * Math.ceil(h / SEGMENT) * w, 64);
  const reads = [image1.storage, image2Warped.storage, visible.storage];
  tape.dispatch(forward, { params, reads, writes: [map.storage], workgroups });
  tape.node(map, [image2Warped], (dMap) => {
    const dImage2 = tape.value(`d ${image2Warped.label}`, image2Warped.shape);
    tape.dispatch(backward, {
      params,
      reads: [...reads, dMap.storage],
      writes: [dImage2.storage],
      workgroups,
    });
    tape.accumulate(image2Warped, dImage2);
  });
  return map;
}
