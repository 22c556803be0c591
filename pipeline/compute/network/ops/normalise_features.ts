/** Feature maps to zero mean and unit variance, so that an untrained network's cost volume says something at all. */
import code from "../../../../kernels/network/normalise_features.wgsl" with { type: "text" };
import { defineKernel } from "../../gpu/kernel.ts";
import { slotCount } from "../../gpu/layout.ts";
import { f32, workgroupsFor } from "../../gpu/program.ts";
import type { Tape, Value } from "../../tape.ts";
import { normaliseInTrees } from "./normalise_features_tree.ts";

const statistics = defineKernel("normalise_features", code, "statistics", { reads: 1, writes: 1 });
const normalise = defineKernel("normalise_features", code, "normalise", { reads: 2, writes: 2 });
const gradientSums = defineKernel("normalise_features", code, "gradient_sums", {
  reads: 2,
  writes: 1,
});
const gradient = defineKernel("normalise_features", code, "gradient", { reads: 4, writes: 1 });

/** Added to the variance: keeps a constant map finite, and is nothing beside the variance of features (about 1). */
const EPSILON = 1e-5;
/** Threads that share the sums of one sample. */
const PARTS = 32;
/** As in the kernels: pixels of one thread. */
const PIXELS = 8;

/**
 * (x − mean) / √(variance + 1e-5), mean and biased variance of each sample over its channels and pixels. The gradient
 * goes through the statistics.
 * @param input [N, C, H, W], no concatenation
 * @returns [N, C, H, W]
 * @throws {Error} when the input is a concatenation
 */
export function normaliseFeatures(tape: Tape, input: Value): Value {
  const [n, c, h, w] = input.shape;
  if (input.segments.length !== 1) {
    throw new Error(
      `Cannot normalise ${input.label}: wanted a plain value of ${c} channels, got a concatenation of ` +
        `[${input.segments}]. Normalise its parts.`,
    );
  }
  if (tape.gpu.family === "gpu") return normaliseInTrees(tape, input, EPSILON);
  const pixels = h * w, slots = slotCount(input.segments) / 4, parts = Math.min(PARTS, pixels);
  const params = [n, pixels, slots, c, parts, f32(EPSILON)];
  const perPart = workgroupsFor(n * parts, 8);
  const perPixels = workgroupsFor(n * Math.ceil(pixels / PIXELS), 64);
  const moments = tape.scratch(`moments of ${input.label}`, 16 * n * parts);
  const scales = tape.scratch(`scales of ${input.label}`, 4 * n);
  const output = tape.value(`${input.label} normalised`, input.shape);
  tape.dispatch(statistics, {
    params,
    reads: [input.storage],
    writes: [moments],
    workgroups: perPart,
  });
  tape.dispatch(normalise, {
    params,
    reads: [input.storage, moments],
    writes: [output.storage, scales],
    workgroups: perPixels,
  });
  tape.node(output, [input], (dOutput) => {
    const sums = tape.scratch(`gradient sums of ${input.label}`, 8 * n * parts);
    const dInput = tape.value(`d ${input.label}`, input.shape);
    tape.dispatch(gradientSums, {
      params,
      reads: [dOutput.storage, output.storage],
      writes: [sums],
      workgroups: perPart,
    });
    tape.dispatch(gradient, {
      params,
      reads: [dOutput.storage, output.storage, sums, scales],
      writes: [dInput.storage],
      workgroups: perPixels,
    });
    tape.accumulate(input, dInput);
  });
  return output;
}
