/** Our side of a training step, and its weights and pictures in a file for the other side. */
import { type NamedTensor, writeSafetensors } from "../../pipeline/common/io/safetensors.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { unpackActivation } from "../../pipeline/compute/gpu/layout.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { fileShape } from "../../pipeline/compute/parameters.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { LOSS_TERMS } from "../../pipeline/train/parts.ts";
import { Trainer } from "../../pipeline/train/trainer.ts";
import {
  initialWeights,
  LEARNING_RATE,
  packedNoise,
  stepSettings,
  type StepSize,
} from "../_step.ts";
import type { Side } from "./peer.ts";

/** Name of the pictures among the tensors; no parameter has it. */
const IMAGES = "images";

/** Writes initial weights, by name, and pictures [2B, 3, H, W]. */
export async function writeStepInputs(path: string, size: StepSize): Promise<void> {
  const { images } = stepSettings(size);
  const weights = initialWeights(size.width);
  const tensors = describePwcLite(size.width).map((description): [string, NamedTensor] => {
    const data = weights.get(description.name)!;
    return [description.name, { shape: fileShape(description), data }];
  });
  const data = unpackActivation(packedNoise(images), images);
  await Deno.writeFile(path, writeSafetensors([...tensors, [IMAGES, { shape: images, data }]]));
}

/** The recorded step, after its first run. */
export async function openOurStep(gpu: Gpu, size: StepSize): Promise<Side> {
  const settings = stepSettings(size);
  const trainer = await Trainer.create(gpu, initialWeights(size.width), settings);
  new Tape(gpu).writePacked(trainer.images, packedNoise(settings.images));
  trainer.run(LEARNING_RATE);
  await trainer.finished();
  const [losses] = await trainer.losses(0, 1);
  const term = (name: typeof LOSS_TERMS[number]) => losses[LOSS_TERMS.indexOf(name)];
  return {
    prepared: {
      results: { total_loss: term("total_loss"), gradient_norm: term("gradient_norm") },
      versions: { deno: Deno.version.deno },
      device: gpu.adapter.description,
    },
    time: async (count) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) trainer.run(LEARNING_RATE);
      await trainer.finished();
      return (performance.now() - start) / count;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
