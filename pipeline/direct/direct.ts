/**
 * The cost by itself: the same losses, kernels and recorded steps as in training, minimised over the flow field of each
 * pair instead of the weights of a network. Coarse to fine; the pairs of a batch have one size, both directions are solved.
 * The unknown is a flow on the quarter grid of each scale, as in the paper's unrolled cost (section 3.2 there).
 * Pictures whose sides do not fit are resized on the device, and the flow back. No randomness: same pairs, same bits.
 */
import type { FramePair } from "../common/io/pair.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import type { Program } from "../compute/gpu/program.ts";
import { photometricLoss, type PhotometricSettings } from "../compute/photometric_loss.ts";
import type { SmoothnessTerm } from "../compute/smoothness_term.ts";
import { AdamState, recordAdam } from "../compute/ops/adam.ts";
import { areaDownsample } from "../compute/ops/area_downsample.ts";
import { scale as multiply } from "../compute/ops/arithmetic.ts";
import { resize } from "../compute/ops/resize.ts";
import { Tape, type Value } from "../compute/tape.ts";
import { upsample } from "../compute/ops/upsample.ts";
import { weightedSum } from "../compute/ops/weighted_sum.ts";

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
  /** Added to the photometric term; absent for none. */
  readonly smoothness?: SmoothnessTerm;
  readonly scales: readonly DirectScale[];
  readonly learningRate: number;
}

/** Goes on from a flow that is nearly right: the finest scale alone. */
export function refinement(steps: number): DirectScale[] {
  return [{ scale: 1, steps, occlusion: "splat" }];
}

/**
 * The side that a schedule works at: the nearest multiple of 4 times its coarsest scale, so that the quarter grid of
 * every scale has whole cells.
 */
export function workingSide(side: number, scales: readonly DirectScale[]): number {
  const multiple = 4 * Math.max(...scales.map(({ scale }) => scale));
  return Math.max(multiple, multiple * Math.round(side / multiple));
}

const CONSTANT_SHARE = 0.6;
const FLOOR = 0.05;
const STEPS_IN_FLIGHT = 4;
// Damps Adam where nothing pulls at the flow. The loss counts every pair of a batch by 1, so that this and with it
// the result does not hang on how many pairs are solved together.
const ADAM_EPSILON = 3.6e-7;

/** Constant for 60 % of a scale's steps, then linear down to a floor of 5 %. @param step from 0 */
export function directLearningRate(step: number, steps: number, learningRate: number): number {
  const progress = (step + 1) / steps;
  const decay = 1 - Math.max(0, (progress - CONSTANT_SHARE) / (1 - CONSTANT_SHARE));
  return learningRate * Math.max(FLOOR, decay);
}

/** Both directions of one pair, [H, W, 2] in pixels. */
export interface FlowPair {
  readonly forward: Float32Array;
  readonly backward: Float32Array;
}

/** What is told of a step; a promise that it returns is waited for. */
export type OnStep = (done: number, flows: () => Promise<FlowPair[]>) => unknown;

/**
 * Minimises the loss over the flows of a batch of pairs of one size.
 * @param pairs frames [H, W, 3]
 * @param options.start flows of each pair from which the first scale starts; zero without it
 * @param options.onStep called with the steps done so far, and with what gives the flows as they are then, for whoever shows
 * them; waited for, so that throwing ends the minimisation
 * @returns for each pair its flows
 * @throws {Error} when there are no pairs, sizes differ, or there is not one start a pair
 * @throws {TooLargeError} when a scale does not fit into the device, before any is solved
 */
export async function solveDirectly(
  gpu: Gpu,
  pairs: readonly Pick<FramePair, "name" | "width" | "height" | "frame1" | "frame2">[],
  settings: DirectSettings,
  { start, onStep }: { start?: readonly FlowPair[]; onStep?: OnStep } = {},
): Promise<FlowPair[]> {
  checkBatch(pairs, start);
  const { width, height } = pairs[0];
  const size: Sizes = {
    given: [height, width],
    working: [workingSide(height, settings.scales), workingSide(width, settings.scales)],
  };
  const images = await imagesOf(gpu, pairs, size);
  const scales: RecordedScale[] = [];
  // The finest, and largest, first: what is too large is told before the others are solved.
  for (const scale of settings.scales.toReversed()) {
    scales.unshift(await recordScale(gpu, images, scale, settings));
  }
  let quarter = start && await quarterOf(gpu, start, size);
  let done = 0;
  for (const scale of scales) {
    quarter = await solveScale(gpu, quarter, scale, settings.learningRate, async (present) => {
      await onStep?.(++done, () => flowsOf(gpu, present, pairs.length, size));
    });
  }
  return await flowsOf(gpu, quarter!, pairs.length, size);
}

/** Heights and widths: of the pictures, and of those that the schedule works with. */
interface Sizes {
  readonly given: readonly [number, number];
  readonly working: readonly [number, number];
}

function checkBatch(
  pairs: readonly Pick<FramePair, "name" | "width" | "height" | "frame1" | "frame2">[],
  start?: readonly FlowPair[],
): void {
  if (pairs.length === 0) {
    throw new Error("Cannot minimise over no pairs: a batch needs at least one. Choose a split.");
  }
  const [{ name: first, width, height }] = pairs;
  for (const pair of pairs) {
    if (pair.width !== width || pair.height !== height) {
      throw new Error(
        `Cannot minimise over ${pair.name}: all pairs of a batch must have the size of ${first}, ` +
          `${width}x${height}, got ${pair.width}x${pair.height}. Solve them in batches of their own.`,
      );
    }
    for (const frame of ["frame1", "frame2"] as const) {
      const wanted = 3 * width * height, got = pair[frame].length;
      if (got !== wanted) {
        throw new Error(
          `Cannot minimise over ${pair.name}: ${frame} must hold ${width} x ${height} x 3 = ${wanted} values, got ${got}.`,
        );
      }
    }
  }
  if (start && start.length !== pairs.length) {
    throw new Error(
      `Cannot start from given flows: there must be one for each of ${pairs.length} pairs, got ${start.length}.`,
    );
  }
}

function imagesOf(
  gpu: Gpu,
  pairs: readonly Pick<FramePair, "frame1" | "frame2">[],
  { given: [height, width], working }: Sizes,
): Promise<Value> {
  const frames = [...pairs.map(({ frame1 }) => frame1), ...pairs.map(({ frame2 }) => frame2)];
  return runOnce(gpu, (tape) => {
    const images = tape.persistent("images", [frames.length, 3, height, width]);
    tape.writePacked(images, packPixels(frames, 3, [1 / 255, 1 / 255, 1 / 255]));
    return resize(tape, images, ...working);
  });
}

function quarterOf(
  gpu: Gpu,
  start: readonly FlowPair[],
  { given: [height, width], working: [workingHeight, workingWidth] }: Sizes,
): Promise<Value> {
  const fields = [
    ...start.map(({ forward }) => forward),
    ...start.map(({ backward }) => backward),
  ];
  return runOnce(gpu, (tape) => {
    const flow = tape.persistent("start", [fields.length, 2, height, width]);
    const factors = [workingWidth / width, workingHeight / height];
    tape.writePacked(flow, packPixels(fields, 2, factors));
    const quarter = resize(tape, flow, workingHeight / 4, workingWidth / 4);
    return multiply(tape, quarter, 1 / 4);
  });
}

/** Interleaved pixels in the device's order, four slots a pixel. @param factors of each channel */
function packPixels(
  fields: readonly ArrayLike<number>[],
  channels: number,
  factors: readonly number[],
): Float32Array<ArrayBuffer> {
  const pixels = fields[0].length / channels;
  const packed = new Float32Array(4 * pixels * fields.length);
  fields.forEach((field, index) => {
    for (let pixel = 0; pixel < pixels; pixel++) {
      for (let channel = 0; channel < channels; channel++) {
        packed[4 * (index * pixels + pixel) + channel] = field[channels * pixel + channel] *
          factors[channel];
      }
    }
  });
  return packed;
}

// Runs what `record` records once, and returns its result in a buffer of its own.
async function runOnce(gpu: Gpu, record: (tape: Tape) => Value): Promise<Value> {
  const tape = new Tape(gpu);
  const result = tape.keep(record(tape));
  (await tape.finish()).run();
  return result;
}

/** The steps of a scale, from a flow of zeros unless another is set. */
interface RecordedScale {
  readonly steps: number;
  /** The unknown. */
  readonly quarter: Value;
  readonly adam: AdamState;
  readonly program: Program;
}

async function recordScale(
  gpu: Gpu,
  images: Value,
  { scale, steps, occlusion }: DirectScale,
  settings: DirectSettings,
): Promise<RecordedScale> {
  const [n, , fullHeight, fullWidth] = images.shape;
  const height = fullHeight / scale, width = fullWidth / scale;
  const small = scale === 1
    ? images
    : await runOnce(gpu, (tape) => areaDownsample(tape, images, height, width));
  const tape = new Tape(gpu);
  const quarter = tape.variable("flow", [n, 2, height / 4, width / 4]);
  const flow = upsample(tape, quarter, height, width, { factor: 4 });
  const similarity =
    photometricLoss(tape, small, [flow], { ...settings.photometric, occlusion }).total;
  const smooth = settings.smoothness?.(tape, {
    images: small,
    quarterFlow: quarter,
    finestFlow: flow,
  });
  const terms = [similarity, ...smooth ? [smooth.term] : []];
  tape.backward(weightedSum(tape, terms.map((value) => ({ value, weight: n / 2 }))));
  const gradient = tape.keep(tape.gradientOf(quarter));
  const floats = quarter.storage.bytes / 4;
  const unknown = { values: quarter.storage, gradients: gradient.storage, floats, weightFloats: 0 };
  const adam = new AdamState(gpu, unknown, { epsilon: ADAM_EPSILON });
  recordAdam(tape, unknown, adam, { weightDecay: 0 });
  return { steps, quarter, adam, program: await tape.finish() };
}

async function solveScale(
  gpu: Gpu,
  before: Value | undefined,
  { steps, quarter, adam, program }: RecordedScale,
  learningRate: number,
  onStep: (quarter: Value) => Promise<void>,
): Promise<Value> {
  if (before) await setFrom(gpu, quarter, before);
  for (let step = 0; step < steps; step++) {
    adam.setStep(step + 1, directLearningRate(step, steps, learningRate));
    program.run();
    if (step % STEPS_IN_FLIGHT === 0) await gpu.finished();
    await onStep(quarter);
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

async function flowsOf(
  gpu: Gpu,
  quarter: Value,
  count: number,
  { given: [height, width], working: [workingHeight, workingWidth] }: Sizes,
): Promise<FlowPair[]> {
  const flow = await runOnce(gpu, (tape) => {
    const factor = workingWidth / quarter.shape[3];
    const working = upsample(tape, quarter, workingHeight, workingWidth, { factor });
    return resize(tape, working, height, width);
  });
  const values = await new Tape(gpu).read(flow);
  gpu.check();
  const pixels = width * height;
  const factors = [width / workingWidth, height / workingHeight];
  const fieldOf = (index: number) => {
    const out = new Float32Array(2 * pixels);
    for (let channel = 0; channel < 2; channel++) {
      const start = (2 * index + channel) * pixels;
      for (let pixel = 0; pixel < pixels; pixel++) {
        out[2 * pixel + channel] = values[start + pixel] * factors[channel];
      }
    }
    return out;
  };
  return Array.from({ length: count }, (_, pair) => ({
    forward: fieldOf(pair),
    backward: fieldOf(count + pair),
  }));
}
