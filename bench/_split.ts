/** A packed split of noise in a temporary folder, and the batches of a training run on it. */
import process from "node:process";
import { packSplit } from "../pipeline/common/io/pack.ts";
import type { FramePair } from "../pipeline/common/io/pair.ts";
import { Rng } from "../pipeline/common/rng.ts";
import type { Gpu } from "../pipeline/compute/gpu/device.ts";
import { Tape } from "../pipeline/compute/tape.ts";
import { Batches } from "../pipeline/train/batches.ts";
import { Sampler } from "../pipeline/train/sampler.ts";
import { openFrames } from "../stages/training/frames.ts";
import { inTemporaryFolder } from "./_temporary.ts";

const SPLIT = "bench", SHARD_BYTES = 64 << 20;
/** Steps before those that count, and between two waits for the device. */
const WARM_UP = 10, IN_FLIGHT = 16;

export interface SplitSize {
  readonly pairs: number;
  /** Height and width of the frames. */
  readonly frame: readonly [height: number, width: number];
}

function* noisePairs({ pairs, frame: [height, width] }: SplitSize): Generator<FramePair> {
  const noise = new Rng(1);
  const frames = Array.from(
    { length: 8 },
    () => Uint8Array.from({ length: 3 * width * height }, () => noise.integer(256)),
  );
  for (let index = 0; index < pairs; index++) {
    const name = `${index}`;
    const [frame1, frame2] = [frames[index % 8], frames[(index + 3) % 8]];
    yield { name, scene: name, dataset: "noise", width, height, frame1, frame2 };
  }
}

/** Makes the split, works in its folder, and removes it. */
export async function inSplit<T>(size: SplitSize, work: () => Promise<T>): Promise<T> {
  const home = Deno.cwd();
  return await inTemporaryFolder(async (folder) => {
    try {
      Deno.chdir(folder);
      const preprocessed = `results/preprocess/${SPLIT}`;
      await Deno.mkdir(preprocessed, { recursive: true });
      await packSplit(
        SPLIT,
        noisePairs(size),
        (file, bytes) => Deno.writeFile(`${preprocessed}/${file}`, bytes),
        { shardBytes: SHARD_BYTES },
      );
      return await work();
    } finally {
      Deno.chdir(home);
    }
  });
}

export interface BatchTimes {
  /** Milliseconds of the host for a batch: to draw and read it; and with upload and crop. */
  readonly reading: number;
  readonly submitting: number;
  /** Processor time in `reading` of the thread that submits steps, milliseconds: others read, while a step is computed. */
  readonly thread: number;
}

/** Times the batches of the split that {@link inSplit} has made. @param steps of each kind, which are timed */
export async function timeBatches(
  gpu: Gpu,
  { batch, crop: [height, width] }: { batch: number; crop: readonly [number, number] },
  steps: number,
): Promise<BatchTimes> {
  const sampler = new Sampler(
    await openFrames(SPLIT),
    undefined,
    { batch, height, width, realShare: 0 },
    new Rng(1),
  );
  const images = new Tape(gpu).persistent("images", [2 * batch, 3, height, width]);
  const batches = await Batches.create(gpu, sampler, images);
  for (let step = 0; step < WARM_UP; step++) await batches.submit(step);
  await gpu.finished();
  const timed = async (work: (step: number) => Promise<unknown>) => {
    let milliseconds = 0;
    for (let step = WARM_UP; step < WARM_UP + steps; step++) {
      const start = performance.now();
      await work(step);
      milliseconds += performance.now() - start;
      // Not timed: a training waits for its step here.
      if (step % IN_FLIGHT === 0) await gpu.finished();
    }
    return milliseconds / steps;
  };
  // In ticks of some milliseconds, so over all steps.
  const before = process.threadCpuUsage();
  const reading = await timed(async (step) => sampler.giveBack(step, await sampler.pictures(step)));
  const { user, system } = process.threadCpuUsage(before);
  const submitting = await timed((step) => batches.submit(step));
  await gpu.finished();
  return { reading, submitting, thread: (user + system) / 1000 / steps };
}
