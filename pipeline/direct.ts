/**
 * The cost by itself: the same losses, kernels and recorded steps as in training, minimised over the flow field of each
 * pair instead of the weights of a network. Coarse to fine; all pairs of one size are one batch, both directions.
 * The unknown is a flow on the quarter grid of each scale, as in the paper's unrolled cost (section 3.2 there).
 */
import type { FramePair } from "./dataset/pair.ts";
import type { Gpu } from "./gpu/device.ts";
import {
  photometricLoss,
  type PhotometricSettings,
  smoothnessLoss,
  type SmoothnessSettings,
} from "./loss.ts";
import { AdamState, recordAdam } from "./ops/adam.ts";
import { areaDownsample } from "./ops/area_downsample.ts";
import { scale as multiply } from "./ops/arithmetic.ts";
import { Tape, type Value } from "./ops/tape.ts";
import { upsample } from "./ops/upsample.ts";
import { weightedSum } from "./ops/weighted_sum.ts";

export interface DirectScale {
  /** Pictures are made this many times smaller. */
  readonly scale: number;
  readonly steps: number;
  readonly occlusion: PhotometricSettings["occlusion"];
}

/** The schedule of the experiment: no occlusion at the coarsest scale, where the flow is still zero. */
export const COARSE_TO_FINE: readonly DirectScale[] = [
  { scale: 8, steps: 60, occlusion: "none" },
  { scale: 4, steps: 50, occlusion: "splat" },
  { scale: 2, steps: 50, occlusion: "splat" },
  { scale: 1, steps: 80, occlusion: "splat" },
];

export interface DirectSettings {
  readonly photometric: Omit<PhotometricSettings, "occlusion">;
  readonly smoothness: SmoothnessSettings;
  readonly scales: readonly DirectScale[];
  readonly learningRate: number;
}

/** Sides of the pictures must be multiples of this for a schedule: its coarsest quarter grid has whole cells. */
export function sideMultiple(scales: readonly DirectScale[]): number {
  return 4 * Math.max(...scales.map(({ scale }) => scale));
}

const CONSTANT_SHARE = 0.6;
const FLOOR = 0.05;
const STEPS_IN_FLIGHT = 4;

/** Constant for 60 % of a scale's steps, then linear down to a floor of 5 %. @param step from 0 */
export function directLearningRate(step: number, steps: number, learningRate: number): number {
  const progress = (step + 1) / steps;
  const decay = 1 - Math.max(0, (progress - CONSTANT_SHARE) / (1 - CONSTANT_SHARE));
  return learningRate * Math.max(FLOOR, decay);
}

/**
 * Minimises the loss over the flow of a batch of pairs of one size.
 * @param pairs all [H, W], sides multiples of {@link sideMultiple}
 * @param options.start flows [H, W, 2] in pixels, forward and backward of each pair, where the finest scale starts;
 * zero without it
 * @param options.onStep called with the steps done so far
 * @returns for each pair the forward flow, [H, W, 2] in pixels
 * @throws {Error} when sizes differ or do not fit the schedule
 */
export async function solveDirectly(
  gpu: Gpu,
  pairs: readonly FramePair[],
  settings: DirectSettings,
  options: {
    start?: readonly { forward: Float32Array; backward: Float32Array }[];
    onStep?: (done: number) => void;
  } = {},
): Promise<Float32Array[]> {
  const { width, height } = pairs[0];
  const multiple = sideMultiple(settings.scales);
  for (const pair of pairs) {
    if (pair.width !== width || pair.height !== height || width % multiple || height % multiple) {
      throw new Error(
        `Cannot minimise over ${pair.name}: all pictures of a batch must have one size with sides that are ` +
          `multiples of ${multiple}, got ${pair.width}x${pair.height}. Resize them first.`,
      );
    }
  }
  const images = imagesOf(gpu, pairs);
  let quarter = options.start && await quarterOf(gpu, options.start, width, height);
  let done = 0;
  for (const scale of settings.scales) {
    quarter = await solveScale(
      gpu,
      images,
      quarter,
      scale,
      settings,
      () => options.onStep?.(++done),
    );
  }
  return await forwardFlows(gpu, quarter!, pairs.length, width, height);
}

function imagesOf(gpu: Gpu, pairs: readonly FramePair[]): Value {
  const { width, height } = pairs[0];
  const tape = new Tape(gpu), pixels = width * height;
  const images = tape.persistent("images", [2 * pairs.length, 3, height, width]);
  const packed = new Float32Array(2 * pairs.length * pixels * 4);
  [...pairs.map(({ frame1 }) => frame1), ...pairs.map(({ frame2 }) => frame2)].forEach(
    (frame, image) => {
      for (let pixel = 0; pixel < pixels; pixel++) {
        for (let channel = 0; channel < 3; channel++) {
          packed[4 * (image * pixels + pixel) + channel] = frame[3 * pixel + channel] / 255;
        }
      }
    },
  );
  tape.writePacked(images, packed);
  return images;
}

// Runs what `record` records once, and returns its result in a buffer of its own.
async function runOnce(gpu: Gpu, record: (tape: Tape) => Value): Promise<Value> {
  const tape = new Tape(gpu);
  const result = tape.keep(record(tape));
  (await tape.finish()).run();
  return result;
}

function quarterOf(
  gpu: Gpu,
  start: readonly { forward: Float32Array; backward: Float32Array }[],
  width: number,
  height: number,
): Promise<Value> {
  return runOnce(gpu, (tape) => {
    const pixels = width * height;
    const flow = tape.persistent("start", [2 * start.length, 2, height, width]);
    const packed = new Float32Array(2 * start.length * pixels * 4);
    [...start.map(({ forward }) => forward), ...start.map(({ backward }) => backward)].forEach(
      (field, image) => {
        for (let pixel = 0; pixel < pixels; pixel++) {
          packed[4 * (image * pixels + pixel)] = field[2 * pixel];
          packed[4 * (image * pixels + pixel) + 1] = field[2 * pixel + 1];
        }
      },
    );
    tape.writePacked(flow, packed);
    return multiply(tape, areaDownsample(tape, flow, height / 4, width / 4), 1 / 4);
  });
}

async function solveScale(
  gpu: Gpu,
  images: Value,
  before: Value | undefined,
  { scale, steps, occlusion }: DirectScale,
  settings: DirectSettings,
  onStep: () => void,
): Promise<Value> {
  const [n, , fullHeight, fullWidth] = images.shape;
  const height = fullHeight / scale, width = fullWidth / scale;
  const small = scale === 1
    ? images
    : await runOnce(gpu, (tape) => areaDownsample(tape, images, height, width));
  const tape = new Tape(gpu);
  const quarter = tape.variable("flow", [n, 2, height / 4, width / 4]);
  if (before) await setFrom(gpu, quarter, before);
  const flow = upsample(tape, quarter, height, width, { factor: 4 });
  const similarity =
    photometricLoss(tape, small, [flow], { ...settings.photometric, occlusion }).total;
  const smooth = smoothnessLoss(tape, small, quarter, flow, settings.smoothness);
  const terms = [similarity, ...smooth ? [smooth.term] : []];
  tape.backward(weightedSum(tape, terms.map((value) => ({ value, weight: 1 }))));
  const gradient = tape.keep(tape.gradientOf(quarter));
  const floats = quarter.storage.bytes / 4;
  const unknown = { values: quarter.storage, gradients: gradient.storage, floats, weightFloats: 0 };
  const adam = new AdamState(gpu, unknown, { epsilon: 1e-8 });
  recordAdam(tape, unknown, adam, { weightDecay: 0 });
  const program = await tape.finish();
  for (let step = 0; step < steps; step++) {
    adam.setStep(step + 1, directLearningRate(step, steps, settings.learningRate));
    program.run();
    if (step % STEPS_IN_FLIGHT === 0) await gpu.finished();
    onStep();
  }
  await gpu.finished();
  return quarter;
}

// The flow of the scale before, twice as large in both senses; unchanged where the size is the same.
async function setFrom(gpu: Gpu, target: Value, before: Value): Promise<void> {
  const [, , height, width] = target.shape;
  const factor = width / before.shape[3];
  const enlarged = await runOnce(gpu, (tape) => upsample(tape, before, height, width, { factor }));
  const tape = new Tape(gpu);
  tape.write(target, await tape.read(enlarged));
}

async function forwardFlows(
  gpu: Gpu,
  quarter: Value,
  count: number,
  width: number,
  height: number,
): Promise<Float32Array[]> {
  const flow = await runOnce(gpu, (tape) => upsample(tape, quarter, height, width, { factor: 4 }));
  const values = await new Tape(gpu).read(flow);
  const pixels = width * height;
  return Array.from({ length: count }, (_, pair) => {
    const out = new Float32Array(2 * pixels);
    for (let pixel = 0; pixel < pixels; pixel++) {
      out[2 * pixel] = values[2 * pair * pixels + pixel];
      out[2 * pixel + 1] = values[(2 * pair + 1) * pixels + pixel];
    }
    return out;
  });
}
