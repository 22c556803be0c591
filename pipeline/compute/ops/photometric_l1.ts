/** Absolute colour difference on visible pixels (method, section 4). */
import code from "../../../kernels/compute/photometric_l1.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { workgroupsFor } from "../gpu/program.ts";
import { checkImagePair } from "./_image_pair.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("photometric_l1", code, "forward", { reads: 3, writes: 1 });
const backward = defineKernel("photometric_l1", code, "backward", { reads: 4, writes: 1 });

/**
 * |image1 - image2Warped| * visible, not yet averaged: see meanOverVisible(). The gradient goes to image2Warped only.
 * @param image1 [N, 3, H, W] in [0, 1]
 * @param image2Warped [N, 3, H, W]
 * @param visible [N, 1, H, W], 1 = visible
 * @returns [N, 3, H, W]
 * @throws {Error} when the shapes do not fit
 */
export function photometricL1(
  tape: Tape,
  image1: Value,
  image2Warped: Value,
  visible: Value,
): Value {
  checkImagePair({ image1, image2Warped, visible }, 1);
  const [n, , h, w] = image1.shape;
  const map = tape.value("L1 map", image1.shape);
  const params = [n * h * w], workgroups = workgroupsFor(n * h * w, 64);
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
