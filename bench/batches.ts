/**
 * `deno task bench:batches`: the batches of a training run by themselves, milliseconds that the host takes for one, with and without
 * the upload, and the memory of the process, for a split of any number of pairs.
 */
import { parseArgs } from "@std/cli/parse-args";
import { format as formatBytes } from "@std/fmt/bytes";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { numberOf, parseSides, refuseUnknown, runCommand, wholeTo } from "./_arguments.ts";
import { inSplit, timeBatches } from "./_split.ts";

const HELP = `deno task bench:batches [--pairs 10000] [--frame 64x64] [--crop 64x64] [--batch 4]
  --pairs  of the split, which is made in a temporary folder
  --frame  HEIGHTxWIDTH of its frames
  --crop   HEIGHTxWIDTH of the crops, multiples of 64
  --batch  pairs of a batch
  Exit status: 0; 1 an error; 2 wrong usage`;
const STEPS = 200;

function parse(args: string[]) {
  const given = parseArgs(args, {
    boolean: ["help"],
    string: ["pairs", "frame", "crop", "batch"],
    alias: { help: "h" },
    default: { pairs: "10000", frame: "64x64", crop: "64x64", batch: "4" },
    unknown: refuseUnknown,
  });
  if (given.help) return undefined;
  const whole = (most: number) => (value: number) => wholeTo(most, value);
  return {
    pairs: numberOf("--pairs", given.pairs, whole(1_000_000), "a whole number, 1 to 1000000"),
    batch: numberOf("--batch", given.batch, whole(64), "a whole number, 1 to 64"),
    frame: parseSides("--frame", given.frame, 1),
    crop: parseSides("--crop", given.crop),
  };
}

async function measure(
  { pairs, frame, crop, batch }: NonNullable<ReturnType<typeof parse>>,
): Promise<void> {
  const gpu = await openGpu();
  await inSplit({ pairs, frame }, async () => {
    const packed = Deno.memoryUsage().rss;
    const { reading, thread, submitting } = await timeBatches(gpu, { batch, crop }, STEPS);
    console.log(
      `${pairs} pairs of ${frame.join("x")}, batch ${batch} of ${crop.join("x")} on ` +
        `${gpu.adapter.description}: ${reading.toFixed(2)} ms to draw and read a batch, ` +
        `of which ${thread.toFixed(2)} ms of the thread that submits steps; ${
          submitting.toFixed(2)
        } ms with upload and crop; memory ` +
        `${formatBytes(packed, { binary: true })} after the split was made, ` +
        `${formatBytes(Deno.memoryUsage().rss, { binary: true })} at the end`,
    );
  });
  gpu.destroy();
}

if (import.meta.main) Deno.exit(await runCommand(HELP, () => parse(Deno.args), measure));
