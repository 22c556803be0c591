/**
 * One training step of the default recipe: dispatches, milliseconds a step, and which kernels they go to. Whole steps are timed in
 * groups, kernels by submitting each dispatch alone, many times.
 * Run: deno run bench/training_step.ts [--width=0.25] [--crop=64] [--batch=4] [--exact]
 */
import { parseArgs } from "@std/cli/parse-args";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { Tape } from "../pipeline/compute/tape.ts";
import { Trainer } from "../pipeline/train/trainer.ts";
import { initialWeights, LEARNING_RATE, packedNoise, stepSettings } from "./_step.ts";

const options = parseArgs(Deno.args, {
  boolean: ["exact"],
  default: { width: 0.25, crop: 64, batch: 4 },
});
const width = Number(options.width), crop = Number(options.crop), batch = Number(options.batch);
const GROUP = 10, GROUPS = 5, REPEATS = 20;

const gpu = await openGpu();
const started = performance.now();
const settings = stepSettings({ width, crop, batch }, { exact: options.exact });
const trainer = await Trainer.create(gpu, initialWeights(width), settings);
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
  `width ${width}, batch ${batch}, crop ${crop}: median ${
    times[GROUPS >> 1].toFixed(1)
  } ms a step, fastest ${times[0].toFixed(1)}`,
);

const program = trainer.lastProgram;
const alone: number[] = [];
for (const index of program.kernels.keys()) {
  const start = performance.now();
  for (let i = 0; i < REPEATS; i++) program.run(index, index + 1);
  await trainer.finished();
  alone.push((performance.now() - start) / REPEATS);
}
// What a submission costs by itself, by its cheapest dispatch.
const submission = Math.min(...alone);
const byKernel = new Map<string, { count: number; time: number }>();
program.kernels.forEach((kernel, index) => {
  const { count, time } = byKernel.get(kernel) ?? { count: 0, time: 0 };
  byKernel.set(kernel, { count: count + 1, time: time + alone[index] - submission });
});
console.log(
  `\nkernel, dispatches a step, ms a step above the ${
    submission.toFixed(2)
  } ms that a submission costs`,
);
for (const [kernel, { count, time }] of [...byKernel].sort((a, b) => b[1].time - a[1].time)) {
  console.log(`${time.toFixed(2).padStart(8)} ${String(count).padStart(5)}  ${kernel}`);
}
gpu.destroy();
