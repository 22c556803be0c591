/**
 * Affine transforms of pictures, masks and flows, for the second pass (method, section 6; Liu et al., CVPR 2020,
 * section 3.3). They prepare a target, which is detached: no gradient goes through them.
 */
import code from "../../../kernels/compute/affine.wgsl" with { type: "text" };
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { workgroupsFor } from "../gpu/program.ts";
import type { Tape, Value } from "../tape.ts";

const transformImage = defineKernel("affine", code, "transform_image", { reads: 2, writes: 1 });
const transformFlow = defineKernel("affine", code, "transform_flow", { reads: 3, writes: 1 });

/**
 * I'(x) = I(θ⁻¹x), bilinear, 0 where θ⁻¹x lies outside the picture. A mask becomes fractional.
 * @param image [N, C, H, W], a picture or mask
 * @param theta [N, 6, 1, 1], (a1 … a6) of each sample: a point (x, y) of the source goes to
 * (a1·x + a2·y + a3, a4·x + a5·y + a6), in coordinates where −1 and 1 are the centres of the first and last pixel
 * @returns [N, C, H, W]
 * @throws {Error} when θ has another shape
 */
export function affineImage(tape: Tape, image: Value, theta: Value): Value {
  checkInputs(image, [theta]);
  const [n, , h, w] = image.shape;
  const output = tape.value(`${image.label} transformed`, image.shape, image.segments);
  tape.dispatch(transformImage, {
    params: [n, h, w, slotCount(image.segments) / 4],
    reads: [image.storage, theta.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(n * h * w, 64),
  });
  return output;
}

/**
 * The flow between frame 1 transformed by θ1 and frame 2 transformed by θ2: f'(x) = g(θ1⁻¹x) with
 * g(x) = θ2(x + f(x)) − θ1(x). Sampled as by {@link affineImage}.
 * @param flow [N, 2, H, W] in pixels
 * @param theta1 [N, 6, 1, 1], as in {@link affineImage}
 * @param theta2 [N, 6, 1, 1]
 * @returns [N, 2, H, W] in pixels
 * @throws {Error} when a shape is another
 */
export function affineFlow(tape: Tape, flow: Value, theta1: Value, theta2: Value): Value {
  checkInputs(flow, [theta1, theta2]);
  const [n, channels, h, w] = flow.shape;
  if (channels !== 2) {
    throw new Error(
      `Cannot transform ${flow.label} as a flow: wanted [N, 2, H, W], got [${flow.shape}].`,
    );
  }
  const output = tape.value(`${flow.label} transformed`, flow.shape);
  tape.dispatch(transformFlow, {
    params: [n, h, w, 1],
    reads: [flow.storage, theta1.storage, theta2.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(n * h * w, 64),
  });
  return output;
}

function checkInputs(input: Value, thetas: readonly Value[]): void {
  const wanted = [input.shape[0], 6, 1, 1];
  for (const { label, shape } of thetas) {
    if (shape.join() !== wanted.join()) {
      throw new Error(
        `Cannot transform ${input.label}: ${label} must be [${wanted}], got [${shape}].`,
      );
    }
  }
}
