/** The flow of two pictures: estimated, described in a few lines, written. */
import { roundNumber } from "../../pipeline/common/io/tsv.ts";
import { printable } from "../../pipeline/common/printable.ts";
import { type Gpu, TooLargeError } from "../../pipeline/compute/gpu/device.ts";
import { type Flow, FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { type SeenPair, seenTogether } from "../../pipeline/flow/picture_pair.ts";
import type { Motion } from "../../pipeline/flow/motion.ts";
import type { Tiling } from "../../pipeline/flow/tiles.ts";
import { type Progress, progress } from "../../stages/common/stage.ts";
import type { PairRequest } from "./arguments.ts";
import { noticeOfCompiling } from "./compiling.ts";
import { type Described, directionOf } from "./direction.ts";
import { checkSizes, readTypedModel, readTypedPicture, tooLarge, writeAll } from "./files.ts";
import { checkNames, outputsOf } from "./pair_outputs.ts";

/** A second time is measured where the first took less, milliseconds. */
const WORTH_REPEATING = 20_000;

/** @param open the device, opened once all files have been read */
export async function flowOfPair(request: PairRequest, open: () => Promise<Gpu>): Promise<void> {
  await checkNames(request);
  const [first, second] = request.frames;
  const one = await readTypedPicture(first), two = await readTypedPicture(second);
  const { width, height } = one;
  checkSizes(first, one, second, two);
  const pictures = seenTogether(one, two);
  const { frame1, frame2 } = pictures;
  const { name, model } = await readTypedModel(request.model);
  const gpu = await open();
  try {
    say("pictures", `${first}, ${second}: ${width} x ${height} pixels`);
    describeDepth(pictures);
    say("adapter", gpu.adapter.description);
    say("model", `${name}, width ${model.settings.width}`);
    const estimator = new FlowEstimator(gpu, model);
    const { scale, looks, sharpen, refine } = request;
    const options = { scale, looks, sharpen, refine };
    const start = performance.now();
    const flow = await withProgress((onProgress) =>
      estimator.estimate(frame1, frame2, { ...options, onProgress })
    ).catch((error: Error) => {
      throw error instanceof TooLargeError ? tooLarge(first, second, error) : error;
    });
    const milliseconds = performance.now() - start;
    let again: number | undefined;
    if (milliseconds < WORTH_REPEATING) {
      const start = performance.now();
      await estimator.estimate(frame1, frame2, options);
      again = performance.now() - start;
    }
    say("time", timeOf(milliseconds, again, refine));
    const forward = directionOf(flow, false);
    say("looks", `at ${flow.scales.map(roundNumber).join(", ")} times the size`);
    describeTiles(flow.tiling, forward.motion);
    describe(forward, flow);
    const outputs = await outputsOf(request, flow, forward);
    await writeAll(outputs);
    const colours = request.picture === undefined
      ? ""
      : `; full colour at ${forward.maximum.toFixed(1)} px`;
    if (outputs.length > 0) {
      say("wrote", `${outputs.map(({ typed }) => typed).join(", ")}${colours}`);
    } else say("wrote", "nothing: --out, --picture and --occlusion name files");
  } finally {
    gpu.destroy();
  }
}

function describeDepth({ bits, unequal }: SeenPair): void {
  if (bits === undefined) return;
  const used = bits < 16 ? `, of which the lower ${bits} are used` : "";
  say("depth", `16 bits${used}: the network sees the upper 8 of ${used ? "these" : "them"}`);
  if (unequal) {
    say(
      "",
      "One picture has 8 bits, the other does not use all of its 16: they may differ in brightness.",
    );
  }
}

/** A bar where there is more than one thing to wait for. */
async function withProgress<T>(
  work: (onProgress: (share: number) => void) => Promise<T>,
): Promise<T> {
  let bar: Progress | undefined;
  const seen = noticeOfCompiling();
  try {
    const result = await work((share) => {
      seen();
      if (share < 1) bar ??= progress("flow", 100);
      bar?.update(Math.round(100 * share));
    });
    bar?.finish();
    return result;
  } finally {
    seen();
  }
}

function describe({ motion, agreement }: Described, { identical }: Flow): void {
  say("motion", `largest ${px(motion.largest)}, median ${px(motion.median)}`);
  if (identical) {
    say("", "The pictures are the same in 8 bits, pixel for pixel: this is the model's error.");
  }
  say(
    "agreement",
    `forward and back, a pixel is ${px(agreement.medianDistance)} from where it was (median); ` +
      `${percent(agreement.inconsistent)} do not come back, ${
        percent(agreement.leaving)
      } leave the picture`,
  );
}

function describeTiles({ tile, overlap, corners }: Tiling, motion: Motion): void {
  if (corners.length === 1) return;
  say(
    "tiles",
    `${corners.length} of ${tile.width} x ${tile.height} pixels, since the whole takes too much memory`,
  );
  if (motion.usual > overlap / 2) {
    say("", `Neighbours share ${overlap} px, and motion is long: compare with --scale 0.5.`);
  }
}

function timeOf(first: number, again: number | undefined, refine: number): string {
  const steps = refine > 0 ? ` with ${refine} steps of refinement` : "";
  const warm = again === undefined ? "" : `, ${seconds(again)} once kernels are compiled`;
  return `${seconds(first)}${warm}${steps}`;
}

function say(what: string, text: string): void {
  console.log(printable(`${what.padEnd(10)} ${text}`));
}

const px = (length: number): string => `${length.toFixed(2)} px`;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const seconds = (milliseconds: number): string => `${(milliseconds / 1000).toFixed(2)} s`;
