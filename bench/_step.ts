/** A training step of the sweep on noise, for benchmarks: its settings, its initial weights and its pictures. */
import { Rng } from "../pipeline/common/rng.ts";
import { initialiseWeights } from "../pipeline/compute/network/initialise.ts";
import { describePwcLite } from "../pipeline/compute/network/pwclite.ts";
import type { Shape } from "../pipeline/compute/gpu/tensor.ts";
import { smoothnessLoss } from "../pipeline/smoothness/loss.ts";
import type { TrainerSettings } from "../pipeline/train/parts.ts";

export interface StepSize {
  /** Of the network, see PwcLiteSettings. */
  readonly width: number;
  /** Height and width of the pictures. */
  readonly crop: readonly [height: number, width: number];
  /** Pairs. */
  readonly batch: number;
}

export const LEARNING_RATE = 1e-4;
export const GRADIENT_CLIP = 1;
export const WEIGHT_DECAY = 1e-6;
export const SMOOTHNESS = {
  smoothness: "unrolled",
  unrollIterations: 1,
  rho: 0.1,
  lambda: 0.1,
  eta: 1,
  edgeAlpha: 3,
  order: "1st",
  border: "zero",
  stopGradient: false,
  wSmooth: 1,
} as const;

export interface StepOptions {
  /** Direct convolutions only. */
  readonly exact?: boolean;
  /** T of the unrolled cost. */
  readonly iterations?: number;
}

export function stepSettings(
  { width, crop, batch }: StepSize,
  { exact = false, iterations = SMOOTHNESS.unrollIterations }: StepOptions = {},
): TrainerSettings {
  return {
    model: { width, normaliseFeatures: true, centreInput: true },
    images: [2 * batch, 3, ...crop],
    phases: [{ fromStep: 0, photometric: { wL1: 0, wSsim: 0, wCensus: 1, occlusion: "splat" } }],
    smoothness: smoothnessLoss({ ...SMOOTHNESS, unrollIterations: iterations }),
    gradientClip: GRADIENT_CLIP,
    weightDecay: WEIGHT_DECAY,
    exact,
  };
}

/** A size as tables have it, such as "width 0.25, 4 pairs of 64x64": height first. */
export function sizeName({ width, crop, batch }: StepSize): string {
  return `width ${width}, ${batch} pairs of ${crop.join("x")}`;
}

/** By name, in the order of files. */
export function initialWeights(width: number): Map<string, Float32Array> {
  return initialiseWeights(describePwcLite(width), "kaiming", new Rng(1));
}

/** Noise as the device has pictures: [2B, H, W] of three channels and one of padding. */
export function packedNoise([n, , h, w]: Shape): Float32Array<ArrayBuffer> {
  const rng = new Rng(2);
  return new Float32Array(n * h * w * 4).map((_, i) => i % 4 === 3 ? 0 : rng.uniform());
}
