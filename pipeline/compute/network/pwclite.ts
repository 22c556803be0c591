/**
 * PWC-Lite (method, section 3; Liu et al., CVPR 2020, section 3.1): a feature pyramid, and from coarse to fine a warp, a
 * cost volume, a flow estimator and a context network, the last two shared by all levels. Both directions run as
 * one batch: the first half of it holds frame 1 of every pair, the second half frame 2.
 */
import { addValues } from "../ops/arithmetic.ts";
import { concatenate } from "./ops/concatenate.ts";
import { conv2d } from "./ops/conv2d.ts";
import { correlation } from "./ops/correlation.ts";
import { normaliseFeatures } from "./ops/normalise_features.ts";
import type { ParameterDescription, Parameters } from "../parameters.ts";
import { swapHalves } from "../ops/swap_halves.ts";
import { takeHalf } from "../ops/take_half.ts";
import type { Tape, Value } from "../tape.ts";
import { upsample, upsampleTwice } from "../ops/upsample.ts";
import { warp } from "../ops/warp.ts";

const PYRAMID = [16, 32, 64, 96, 128, 192];
const REDUCED = 32;
const ESTIMATOR = [128, 128, 96, 64, 32];
const CONTEXT = [128, 128, 128, 96, 64, 32];
const CONTEXT_DILATIONS = [1, 2, 4, 8, 16, 1];
const DECODER_LEVELS = 5;
const DISPLACEMENT = 4;
const COST_CHANNELS = (2 * DISPLACEMENT + 1) ** 2;

/** Sides of the input must be multiples of this: six halvings. */
export const SIDE_MULTIPLE = 64;

export interface PwcLiteSettings {
  /** Multiplies every channel count but those of images, flows and the cost volume. */
  readonly width: number;
  /** Feature maps to zero mean and unit variance before the correlation; the paper's network does not. */
  readonly normaliseFeatures: boolean;
  /** Subtracts ½ from the images; the paper's network does not. */
  readonly centreInput: boolean;
  /**
   * Warps sample half a pixel beside the place, as the official code of the paper does; only weights that it trained want
   * that (method, section 3). Default false.
   */
  readonly halfPixelWarp?: boolean;
}

export interface PwcLiteOutput {
  /**
   * Flows [2B, 2, H / 2^k, W / 2^k], k = 0 .. 4, in pixels of their own size: first half forward, second backward; [B, ...] where
   * only the forward direction is wanted.
   */
  readonly flows: readonly Value[];
  /** The finest flow before it is enlarged, [2B or B, 2, H / 4, W / 4], in its own pixels. */
  readonly quarterFlow: Value;
}

/** A channel count at a width: a multiple of 4, at least 4. */
function scaledChannels(channels: number, width: number): number {
  return Math.max(4, 4 * Math.round(channels * width / 4));
}

/** All parameters of the network at a width, by their names in the official code. */
export function describePwcLite(width: number): ParameterDescription[] {
  const scaled = (channels: number) => scaledChannels(channels, width);
  const descriptions: ParameterDescription[] = [];
  const convolution = (name: string, inputSegments: readonly number[], co: number, k: number) => {
    const ci = inputSegments.reduce((sum, channels) => sum + channels, 0);
    descriptions.push(
      { name: `${name}.weight`, kind: "weight", shape: [co, ci, k, k], inputSegments },
      { name: `${name}.bias`, kind: "bias", shape: [co, 1, 1, 1], inputSegments: [1] },
    );
  };
  PYRAMID.forEach((channels, level) => {
    const name = `feature_pyramid_extractor.convs.${level}`;
    const input = level === 0 ? 3 : scaled(PYRAMID[level - 1]);
    convolution(`${name}.0.0`, [input], scaled(channels), 3);
    convolution(`${name}.1.0`, [scaled(channels)], scaled(channels), 3);
  });
  const [a, b, c, d, e] = ESTIMATOR.map(scaled);
  convolution("flow_estimators.conv1.0", [COST_CHANNELS, scaled(REDUCED), 2], a, 3);
  convolution("flow_estimators.conv2.0", [a], b, 3);
  convolution("flow_estimators.conv3.0", [a, b], c, 3);
  convolution("flow_estimators.conv4.0", [b, c], d, 3);
  convolution("flow_estimators.conv5.0", [c, d], e, 3);
  convolution("flow_estimators.predict_flow.0", [d, e], 2, 3);
  CONTEXT.forEach((channels, layer) => {
    const input = layer === 0 ? [e, 2] : [scaled(CONTEXT[layer - 1])];
    convolution(`context_networks.convs.${layer}.0`, input, scaled(channels), 3);
  });
  convolution(`context_networks.convs.${CONTEXT.length}.0`, [scaled(CONTEXT.at(-1)!)], 2, 3);
  for (let level = 0; level < DECODER_LEVELS; level++) {
    const channels = PYRAMID[PYRAMID.length - 1 - level];
    convolution(`conv_1x1.${level}.0`, [scaled(channels)], scaled(REDUCED), 1);
  }
  return descriptions;
}

/**
 * Records the network.
 * @param images [2B, 3, H, W] in [0, 1]; frame 1 of all pairs, then frame 2
 * @param options directions: both, the default, or only from frame 1 to frame 2
 * @throws {Error} when a side is no multiple of 64 or the batch is odd
 */
export function pwcLite(
  tape: Tape,
  parameters: Parameters,
  images: Value,
  settings: PwcLiteSettings,
  { directions = "both" }: { directions?: "both" | "forward" } = {},
): PwcLiteOutput {
  const [n, channels, height, width] = images.shape;
  if (
    channels !== 3 || n % 2 !== 0 || height % SIDE_MULTIPLE !== 0 || width % SIDE_MULTIPLE !== 0
  ) {
    throw new Error(
      `Cannot run PWC-Lite on ${images.label}: wanted [2B, 3, H, W] with sides that are multiples of ` +
        `${SIDE_MULTIPLE}, got [${images.shape}]. Resize or crop the pictures.`,
    );
  }
  const convolution = (
    input: Value,
    name: string,
    options: { stride?: number; dilation?: number; linear?: boolean; plus?: Value } = {},
  ) =>
    conv2d(tape, input, parameters.get(`${name}.weight`), parameters.get(`${name}.bias`), {
      stride: options.stride,
      dilation: options.dilation,
      leakyRelu: !options.linear,
      plus: options.plus,
    });

  const pyramid = () => {
    let features = settings.centreInput ? centre(tape, images) : images;
    return PYRAMID.map((_, level) => {
      const name = `feature_pyramid_extractor.convs.${level}`;
      features = convolution(convolution(features, `${name}.0.0`, { stride: 2 }), `${name}.1.0`);
      return features;
    });
  };
  const estimator = (input: Value, before: Value | undefined) => {
    const a = convolution(input, "flow_estimators.conv1.0");
    const b = convolution(a, "flow_estimators.conv2.0");
    const c = convolution(concatenate(tape, [a, b]), "flow_estimators.conv3.0");
    const d = convolution(concatenate(tape, [b, c]), "flow_estimators.conv4.0");
    const e = convolution(concatenate(tape, [c, d]), "flow_estimators.conv5.0");
    const flow = convolution(concatenate(tape, [d, e]), "flow_estimators.predict_flow.0", {
      linear: true,
      plus: before,
    });
    return { features: e, flow };
  };
  const context = (input: Value, coarse: Value) => {
    const features = CONTEXT_DILATIONS.reduce(
      (value, dilation, layer) =>
        convolution(value, `context_networks.convs.${layer}.0`, { dilation }),
      input,
    );
    return convolution(features, `context_networks.convs.${CONTEXT.length}.0`, {
      linear: true,
      plus: coarse,
    });
  };

  const levels = pyramid().reverse().slice(0, DECODER_LEVELS);
  const outputs: Value[] = [];
  let flow: Value | undefined, before: Value | undefined;
  const alignCorners = !settings.halfPixelWarp, both = directions === "both";
  for (const [level, features] of levels.entries()) {
    const [, , h, w] = features.shape;
    const first = both ? features : takeHalf(tape, features, "first");
    const second = both
      ? before
        ? warp(tape, first, before, { alignCorners, otherHalf: true })
        : swapHalves(tape, first)
      : warpedBy(tape, takeHalf(tape, features, "second"), before, { alignCorners });
    const [own, matched] = settings.normaliseFeatures
      ? normaliseFeatures(tape, first, second)
      : [first, second];
    const costs = correlation(tape, own, matched, {
      maximumDisplacement: DISPLACEMENT,
      leakyRelu: true,
    });
    const reduced = convolution(first, `conv_1x1.${level}.0`);
    const start = before ?? tape.zeros("zero flow", [first.shape[0], 2, h, w]);
    const estimate = estimator(concatenate(tape, [costs, reduced, start]), before);
    flow = context(concatenate(tape, [estimate.features, estimate.flow]), estimate.flow);
    let output: Value;
    if (level === levels.length - 1) output = upsample(tape, flow, 4 * h, 4 * w, { factor: 4 });
    else {
      const next = { height: 2 * h, width: 2 * w, factor: 2 };
      [before, output] = upsampleTwice(tape, flow, next, {
        height: 4 * h,
        width: 4 * w,
        factor: 4,
      });
    }
    outputs.unshift(output);
  }
  return { flows: outputs, quarterFlow: flow! };
}

function warpedBy(
  tape: Tape,
  features: Value,
  flow: Value | undefined,
  options: { alignCorners: boolean },
): Value {
  return flow ? warp(tape, features, flow, options) : features;
}

function centre(tape: Tape, images: Value): Value {
  const half = tape.persistent("half", images.shape);
  tape.write(
    half,
    new Float32Array(images.shape.reduce((product, side) => product * side)).fill(0.5),
  );
  return addValues(tape, images, half, { scaleB: -1 });
}
