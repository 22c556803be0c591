/**
 * The batches of a training run by themselves: milliseconds that the host takes for one, with and without the upload, and
 * the memory of the process, for a split of any number of pairs. The split is made in a temporary folder.
 * Run: deno task bench:batches [--pairs=10000] [--frame=64x64] [--crop=64x64] [--batch=4]
 */
import { parseArgs } from "@std/cli/parse-args";
import { format as formatBytes } from "@std/fmt/bytes";
import { packSplit } from "../pipeline/common/io/pack.ts";
import type { FramePair } from "../pipeline/common/io/pair.ts";
import { Rng } from "../pipeline/common/rng.ts";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { Tape } from "../pipeline/compute/tape.ts";
import { Batches } from "../pipeline/train/batches.ts";
import { Sampler } from "../pipeline/train/sampler.ts";
import { openFrames } from "../stages/training/frames.ts";

const options = parseArgs(Deno.args, {
  string: ["frame", "crop"],
  default: { pairs: 10000, frame: "64x64", crop: "64x64", batch: 4 },
});
const count = Number(options.pairs), batch = Number(options.batch);
const [frameWidth, frameHeight] = options.frame.split("x").map(Number);
const [width, height] = options.crop.split("x").map(Number);
const STEPS = 200, SPLIT = "bench";

function* pairs(): Generator<FramePair> {
  const noise = new Rng(1);
  const bytes = 3 * frameWidth * frameHeight;
  const frames = Array.from(
    { length: 8 },
    () => Uint8Array.from({ length: bytes }, () => noise.integer(256)),
  );
  for (let index = 0; index < count; index++) {
    const name = `${index}`;
    const [frame1, frame2] = [frames[index % 8], frames[(index + 3) % 8]];
    yield {
      name,
      scene: name,
      dataset: "noise",
      width: frameWidth,
      height: frameHeight,
      frame1,
      frame2,
    };
  }
}

const home = Deno.cwd();
const folder = await Deno.makeTempDir();
try {
  Deno.chdir(folder);
  await Deno.mkdir(`results/preprocess/${SPLIT}`, { recursive: true });
  await packSplit(
    SPLIT,
    pairs(),
    (file, bytes) => Deno.writeFile(`results/preprocess/${SPLIT}/${file}`, bytes),
    { shardBytes: 64 << 20 },
  );
  const packed = Deno.memoryUsage().rss;
  const gpu = await openGpu();
  const sampler = new Sampler(
    await openFrames(SPLIT),
    undefined,
    { batch, height, width, realShare: 0 },
    new Rng(1),
  );
  const images = new Tape(gpu).persistent("images", [2 * batch, 3, height, width]);
  const batches = await Batches.create(gpu, sampler, images);
  for (let step = 0; step < 10; step++) await batches.submit(step);
  await gpu.finished();
  const timed = async (work: (step: number) => Promise<unknown>) => {
    const start = performance.now();
    for (let step = 10; step < 10 + STEPS; step++) await work(step);
    return (performance.now() - start) / STEPS;
  };
  const reading = await timed((step) => sampler.pictures(step));
  const submitting = await timed(async (step) => {
    await batches.submit(step);
    if (step % 16 === 0) await gpu.finished();
  });
  console.log(
    `${count} pairs of ${options.frame}, batch ${batch} of ${options.crop} on ${gpu.adapter.description}: ` +
      `${reading.toFixed(2)} ms to draw and read a batch, ${
        submitting.toFixed(2)
      } ms with upload ` +
      `and crop; memory ${formatBytes(Deno.memoryUsage().rss, { binary: true })}, of which ` +
      `${formatBytes(packed, { binary: true })} for making the split`,
  );
  gpu.destroy();
} finally {
  Deno.chdir(home);
  await Deno.remove(folder, { recursive: true });
}
