/**
 * `deno task bench:step`: one training step, its dispatches, milliseconds and which kernels they go to. Whole steps are timed in groups,
 * kernels in their turn, each between two timestamps; what they reach says `deno task bench`.
 */
import { parseArgs } from "@std/cli/parse-args";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { Tape } from "../pipeline/compute/tape.ts";
import { Trainer } from "../pipeline/train/trainer.ts";
import { DEFAULT_SIZE, parseSize, refuseUnknown, runCommand, SIZE_HELP } from "./_arguments.ts";
import { byKernel, timeDispatches } from "./_profile.ts";
import { recordTrainingStep } from "./_recording.ts";
import {
  initialWeights,
  LEARNING_RATE,
  packedNoise,
  sizeName,
  stepSettings,
  type StepSize,
} from "./_step.ts";

const HELP = `deno task bench:step [--width 0.25] [--crop 64] [--batch 4] [--exact] [--whole]
  ${SIZE_HELP}
  --exact  direct convolutions only
  --whole  whole steps only, on a device without timestamps
  Exit status: 0; 1 an error; 2 wrong usage`;
const GROUP = 10, GROUPS = 5, ROUNDS = 10;

interface Options {
  readonly size: StepSize;
  readonly exact: boolean;
  readonly whole: boolean;
}

function parse(args: string[]): Options | undefined {
  const { help, width, crop, batch, exact, whole } = parseArgs(args, {
    boolean: ["help", "exact", "whole"],
    string: ["width", "crop", "batch"],
    alias: { help: "h" },
    default: DEFAULT_SIZE,
    unknown: refuseUnknown,
  });
  if (help) return undefined;
  return { size: parseSize({ width, crop, batch }), exact, whole };
}

async function measure({ size, exact, whole }: Options): Promise<void> {
  const gpu = await openGpu(undefined, { timestamps: !whole });
  const started = performance.now();
  const settings = stepSettings(size, { exact });
  const trainer = await Trainer.create(gpu, initialWeights(size.width), settings);
  new Tape(gpu).writePacked(trainer.images, packedNoise(settings.images));
  const step = () => trainer.run(LEARNING_RATE);
  step();
  await trainer.finished();
  console.log(`adapter: ${gpu.adapter.description}`);
  console.log(
    `${trainer.dispatches} dispatches a step, ${trainer.lastProgram.waits} of them wait for those before; recorded, compiled and run once in ${
      Math.round(performance.now() - started)
    } ms`,
  );

  const times: number[] = [];
  for (let group = 0; group < GROUPS; group++) {
    const start = performance.now();
    for (let i = 0; i < GROUP; i++) step();
    await trainer.finished();
    times.push((performance.now() - start) / GROUP);
  }
  times.sort((a, b) => a - b);
  console.log(
    `${sizeName(size)}: median ${times[GROUPS >> 1].toFixed(1)} ms a step, fastest ${
      times[0].toFixed(1)
    }`,
  );
  if (!whole) {
    const { dispatches, flat, finish } = recordTrainingStep(gpu, size, { exact });
    const alone = await timeDispatches(gpu, await finish(), ROUNDS);
    const total = alone.reduce((sum, time) => sum + time, 0);
    console.log(
      `\nms a step, dispatches, kernel; all kernels by themselves ${total.toFixed(1)} ms`,
    );
    for (const { milliseconds, dispatches: count, kernel } of byKernel(dispatches, flat, alone)) {
      console.log(
        `${milliseconds.toFixed(2).padStart(8)} ${String(count).padStart(5)}  ${kernel}`,
      );
    }
  }
  gpu.destroy();
}

if (import.meta.main) Deno.exit(await runCommand(HELP, () => parse(Deno.args), measure));
