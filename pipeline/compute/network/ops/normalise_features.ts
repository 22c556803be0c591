/** Feature maps to zero mean and unit variance, so that an untrained network's cost volume says something at all. */
import code from "../../../../kernels/network/normalise_features.wgsl" with { type: "text" };
import { defineKernel } from "../../gpu/kernel.ts";
import { slotCount } from "../../gpu/layout.ts";
import { f32, workgroupsFor } from "../../gpu/program.ts";
import type { Storage } from "../../gpu/tensor.ts";
import type { Tape, Value } from "../../tape.ts";
import { normaliseInTrees } from "./normalise_features_tree.ts";

const statistics = defineKernel("normalise_features", code, "statistics", { reads: 2, writes: 1 });
const normalise = defineKernel("normalise_features", code, "normalise", { reads: 3, writes: 3 });
const gradientSums = defineKernel("normalise_features", code, "gradient_sums", {
  reads: 4,
  writes: 1,
});
const gradient = defineKernel("normalise_features", code, "gradient", { reads: 6, writes: 2 });

/** Added to the variance: keeps a constant map finite, and is nothing beside the variance of features (about 1). */
const EPSILON = 1e-5;
/** Threads that share the sums of one sample. */
const PARTS = 32;
/** As in the kernels: pixels of one thread. */
const PIXELS = 8;

/**
 * (x − mean) / √(variance + 1e-5) for both maps, mean and biased variance of each sample over its channels and pixels. The
 * gradients go through the statistics.
 * @param first [N, C, H, W], no concatenation
 * @param second of the same shape; another value
 * @returns both, normalised; where a gradient is wanted, both must be used
 * @throws {Error} when the shapes differ, or one is a concatenation
 */
export function normaliseFeatures(tape: Tape, first: Value, second: Value): [Value, Value] {
  const { label, shape } = first;
  const [, channels] = shape;
  for (const input of [first, second]) {
    if (input.segments.length !== 1) {
      throw new Error(
        `Cannot normalise ${input.label}: wanted a plain value of ${channels} channels, got a concatenation of ` +
          `[${input.segments}]. Normalise its parts.`,
      );
    }
  }
  if (shape.join() !== second.shape.join()) {
    throw new Error(
      `Cannot normalise ${label} together with ${second.label}: wanted two values [${shape}], the second is ` +
        `[${second.shape}].`,
    );
  }
  const inputs = [first, second] as const;
  const outputs: [Value, Value] = [
    tape.value(`${label} normalised`, shape),
    tape.value(`${second.label} normalised`, shape),
  ];
  const recordGradients = tape.gpu.family === "gpu"
    ? normaliseInTrees(tape, inputs, outputs, EPSILON)
    : normaliseInParts(tape, inputs, outputs);
  tape.nodeOfOutputs(outputs, inputs, ([dFirst, dSecond]) => {
    if (!dFirst || !dSecond) {
      throw new Error(
        `Cannot differentiate ${label} and ${second.label}, normalised together: only one of them is used. Use both.`,
      );
    }
    const dInputs = inputs.map((input) => tape.value(`d ${input.label}`, shape));
    recordGradients([dFirst.storage, dSecond.storage], storages(dInputs));
    inputs.forEach((input, i) => tape.accumulate(input, dInputs[i]));
  });
  return outputs;
}

function storages(values: readonly Value[]): Storage[] {
  return values.map(({ storage }) => storage);
}

/** Records the gradients of the inputs from those of the outputs. */
export type RecordGradients = (dOutputs: readonly Storage[], dInputs: readonly Storage[]) => void;

function normaliseInParts(
  tape: Tape,
  inputs: readonly Value[],
  outputs: readonly Value[],
): RecordGradients {
  const [{ label, shape: [n, c, h, w], segments }] = inputs;
  const pixels = h * w, slots = slotCount(segments) / 4, parts = Math.min(PARTS, pixels);
  const params = [n, pixels, slots, c, parts, f32(EPSILON)];
  const perPart = workgroupsFor(2 * n * parts, 8);
  const perPixels = workgroupsFor(2 * n * Math.ceil(pixels / PIXELS), 64);
  const moments = tape.scratch(`moments of ${label}`, 32 * n * parts);
  const scales = tape.scratch(`scales of ${label}`, 8 * n);
  const sources = storages(inputs), normalised = storages(outputs);
  tape.dispatch(statistics, { params, reads: sources, writes: [moments], workgroups: perPart });
  tape.dispatch(normalise, {
    params,
    reads: [...sources, moments],
    writes: [...normalised, scales],
    workgroups: perPixels,
  });
  return (dOutputs, dInputs) => {
    const reads = [...dOutputs, ...normalised];
    const sums = tape.scratch(`gradient sums of ${label}`, 16 * n * parts);
    tape.dispatch(gradientSums, { params, reads, writes: [sums], workgroups: perPart });
    tape.dispatch(gradient, {
      params,
      reads: [...reads, sums, scales],
      writes: dInputs,
      workgroups: perPixels,
    });
  };
}
