/** Twenty steps twice from the same weights: every byte of parameters and moments must be the same. */
import { sha256 } from "../../../pipeline/common/sha256.ts";
import type { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Trainer } from "../../../pipeline/train/trainer.ts";
import {
  initialWeights,
  LEARNING_RATE,
  packedNoise,
  sizeName,
  stepSettings,
  type StepSize,
} from "../../_step.ts";
import type { BlockContext } from "../context.ts";
import { TINY_SIZES } from "../sizes.ts";

const SIZES: readonly StepSize[] = [
  { width: 0.25, crop: [128, 128], batch: 4 },
  { width: 1, crop: [128, 192], batch: 4 },
];
const STEPS = 20, TINY_STEPS = 2;

/** @throws {Error} when two runs differ */
export async function measureDeterminism(context: BlockContext): Promise<void> {
  const steps = context.tiny ? TINY_STEPS : STEPS;
  await context.forEach(context.tiny ? TINY_SIZES : SIZES, sizeName, async (size) => {
    const hashes: string[] = [];
    for (let run = 0; run < 2; run++) {
      const gpu = await context.openGpu();
      hashes.push(await hashAfter(gpu, size, steps));
      gpu.destroy();
    }
    const same = hashes[0] === hashes[1];
    const [first, second] = hashes.map((hash) => hash.slice(0, 16));
    context.row("runs", {
      step: sizeName(size),
      steps,
      first,
      second,
      same: same ? "yes" : "NO",
    });
    if (!same) throw new Error("two runs from the same weights differ.");
  });
}

async function hashAfter(gpu: Gpu, size: StepSize, steps: number): Promise<string> {
  const settings = stepSettings(size);
  const trainer = await Trainer.create(gpu, initialWeights(size.width), settings);
  new Tape(gpu).writePacked(trainer.images, packedNoise(settings.images));
  for (let i = 0; i < steps; i++) trainer.run(LEARNING_RATE);
  await trainer.finished();
  const { parameters, firstMoments, secondMoments } = await trainer.state();
  const parts = [parameters, firstMoments, secondMoments];
  if (parts.some((part) => part.some((value) => !Number.isFinite(value)))) {
    throw new Error(`Not all of the state is finite after ${steps} steps of ${sizeName(size)}.`);
  }
  const hashes = await Promise.all(
    parts.map((part) => sha256(new Uint8Array(part.slice().buffer))),
  );
  return await sha256(new TextEncoder().encode(hashes.join()));
}
