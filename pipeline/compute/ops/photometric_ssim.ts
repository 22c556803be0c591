/** Structural dissimilarity of 3x3 windows (method, section 4; Wang et al. 2004 with a box window). */
import code from "../../../kernels/compute/photometric_ssim.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Shape } from "../gpu/tensor.ts";
import { checkImagePair } from "./_image_pair.ts";
import type { Tape, Value } from "../tape.ts";

const forward = defineKernel("photometric_ssim", code, "forward", { reads: 3, writes: 1 });
const coefficients = defineKernel("photometric_ssim", code, "coefficients", {
  reads: 4,
  writes: 1,
});
const backward = defineKernel("photometric_ssim", code, "backward", { reads: 4, writes: 1 });

/** Rows that one invocation handles, as in the kernel. */
const SEGMENT = 8;
/** Bytes of the three coefficients of a window. */
const COEFFICIENT_BYTES = 3 * 16;

/**
 * clamp((1 - SSIM) / 2, 0, 1) of both images times `visible`, not yet averaged: see meanOverVisible(). The gradient
 * goes to image2Warped only.
 * @param image1 [N, 3, H, W] in [0, 1], sides of at least 3
 * @param image2Warped [N, 3, H, W]
 * @param visible [N, 1, H, W], 1 = visible
 * @returns [N, 3, H - 2, W - 2]
 * @throws {Error} when the shapes do not fit
 */
export function photometricSsim(
  tape: Tape,
  image1: Value,
  image2Warped: Value,
  visible: Value,
): Value {
  checkImagePair({ image1, image2Warped, visible }, 3);
  const [n, , h, w] = image1.shape;
  const mapShape: Shape = [n, 3, h - 2, w - 2];
  const map = tape.value("SSIM map", mapShape);
  const params = [n, h, w];
  const windowGroups = workgroupsFor(n * Math.ceil((h - 2) / SEGMENT) * (w - 2), 64);
  const reads = [image1.storage, image2Warped.storage, visible.storage];
  tape.dispatch(forward, { params, reads, writes: [map.storage], workgroups: windowGroups });
  tape.node(map, [image2Warped], (dMap) => {
    const linear = tape.scratch("SSIM coefficients", COEFFICIENT_BYTES * n * (h - 2) * (w - 2));
    const dImage2 = tape.value(`d ${image2Warped.label}`, image2Warped.shape);
    tape.dispatch(coefficients, {
      params,
      reads: [...reads, dMap.storage],
      writes: [linear],
      workgroups: windowGroups,
    });
    tape.dispatch(backward, {
      params,
      reads: [...reads, linear],
      writes: [dImage2.storage],
      workgroups: workgroupsFor(n * Math.ceil(h / SEGMENT) * w, 64),
    });
    tape.accumulate(image2Warped, dImage2);
  });
  return map;
}
