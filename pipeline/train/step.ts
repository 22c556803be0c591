/**
 * A training step as it is recorded: network, losses and gradients of a batch, or of one micro-batch of it; and the update
 * that follows: clip, log, Adam.
 */
import { affineFlow, affineImage } from "../compute/ops/affine.ts";
import { type AdamState, recordAdam } from "../compute/ops/adam.ts";
import { changeLooks, type Looks } from "../compute/ops/appearance.ts";
import { type GradientClip, recordGradientClip } from "../compute/ops/gradient_clip.ts";
import type { LossLog } from "../compute/ops/loss_log.ts";
import { cropValues, type Places } from "../compute/ops/crop_values.ts";
import { type Factor, scaleBy } from "../compute/ops/scale_by.ts";
import { secondPassLoss, type SecondPassSettings } from "../compute/ops/second_pass_loss.ts";
import {
  type NoiseKeys,
  superpixelNoise,
  type SuperpixelSettings,
} from "../compute/ops/superpixel_noise.ts";
import { takeHalf } from "../compute/ops/take_half.ts";
import type { WeightAverage } from "../compute/ops/weight_average.ts";
import { weightedSum } from "../compute/ops/weighted_sum.ts";
import { pwcLite, type PwcLiteSettings } from "../compute/network/pwclite.ts";
import type { Storage } from "../compute/gpu/tensor.ts";
import type { Parameters } from "../compute/parameters.ts";
import { photometricLoss } from "../compute/photometric_loss.ts";
import type { SmoothnessTerm } from "../compute/smoothness_term.ts";
import type { Tape, Value } from "../compute/tape.ts";
import type { Phase } from "./phases.ts";

export interface StepSettings {
  readonly model: PwcLiteSettings;
  /** Added to the photometric term; absent for training without smoothness. */
  readonly smoothness?: SmoothnessTerm;
  /** Of the phases that have one. */
  readonly secondPass?: SecondPassSettings & { readonly weight: number };
  readonly occlusionPass?: OcclusionPassSettings;
  /** Which passes see pictures whose look was changed, where there are any such; default both. */
  readonly augmentedPasses?: "both" | "second";
  /** Largest norm of the gradient; 0 does not clip. */
  readonly gradientClip: number;
  readonly weightDecay: number;
}

/** A part of each picture, with superpixels of frame 2 replaced by noise, is to have the first pass's flow. */
export interface OcclusionPassSettings extends SecondPassSettings, SuperpixelSettings {
  readonly weight: number;
  /** Of the part, multiples of 64. */
  readonly height: number;
  readonly width: number;
}

/** What is drawn anew for each batch, beside its pictures; absent where it is not wanted. */
export interface DrawnInputs {
  /** Of all 2B pictures. */
  readonly looks?: Looks;
  /** Of the second pass. */
  readonly transforms?: {
    /** [2B, 6, 1, 1], those of frame 1 of all pairs, then those of frame 2. */
    readonly both: Value;
    /** [B, 6, 1, 1] */
    readonly first: Value;
    readonly second: Value;
  };
  /** Of the pictures of the second pass, after their transform. */
  readonly noise?: Looks;
  /** Of the occlusion pass. */
  readonly parts?: { readonly places: Places; readonly keys: NoiseKeys };
}

/** Terms whose weights can ramp in. */
export const RAMPED = ["smoothness", "secondPass", "occlusionPass"] as const;
export type Ramped = typeof RAMPED[number];

/** What a step reads and writes beside its own values. */
export interface StepParts {
  /** [2B, 3, H, W] in [0, 1]: first frames, then second. */
  readonly images: Value;
  readonly drawn?: DrawnInputs;
  readonly parameters: Parameters;
  /** Of the terms whose weights ramp in. */
  readonly ramps?: Partial<Readonly<Record<Ramped, Factor>>>;
  readonly adam: AdamState;
  readonly clip: GradientClip;
  readonly log: LossLog;
  readonly average?: WeightAverage;
}

export interface StepLosses {
  /** Each [1, 1, 1, 1], weights and ramps included. */
  readonly total: Value;
  readonly photometric: Value;
  readonly smoothness: Value;
  readonly secondPass: Value;
  readonly occlusionPass: Value;
}

/**
 * Appends losses and gradients.
 * @returns the losses, and the finest flows [2B, 2, H, W] of the first pass
 * @throws {Error} when the phase has another pass, and settings or inputs for it are absent
 */
export function recordGradients(
  tape: Tape,
  parts: StepParts,
  settings: StepSettings,
  phase: Phase,
): { losses: StepLosses; finestFlow: Value } {
  const { parameters, drawn = {}, ramps } = parts;
  const changed = drawn.looks ? changeLooks(tape, parts.images, drawn.looks) : parts.images;
  const images = settings.augmentedPasses === "second" ? parts.images : changed;
  const { flows, quarterFlow } = pwcLite(tape, parameters, images, settings.model);
  const [finestFlow] = flows;
  const { total: photometric, visible } = photometricLoss(tape, images, flows, phase.photometric);
  const smoothness = ramped(
    tape,
    settings.smoothness?.(tape, { images, quarterFlow, finestFlow }).term,
    ramps?.smoothness,
  );
  const firstPass = { images: changed, finestFlow, visible };
  const secondPass = phase.secondPass
    ? recordSecondPass(tape, parts, settings, firstPass)
    : undefined;
  const occlusionPass = phase.occlusionPass
    ? recordOcclusionPass(tape, parts, settings, firstPass)
    : undefined;
  const terms = [photometric, smoothness, secondPass, occlusionPass]
    .filter((value) => value !== undefined);
  const total = weightedSum(tape, terms.map((value) => ({ value, weight: 1 })));
  tape.backward(total);
  const losses = {
    total,
    photometric,
    smoothness: smoothness ?? zeroScalar(tape),
    secondPass: secondPass ?? zeroScalar(tape),
    occlusionPass: occlusionPass ?? zeroScalar(tape),
  };
  return { losses, finestFlow };
}

/** What the other passes take of the first. */
interface FirstPass {
  /** With their changed looks. */
  readonly images: Value;
  readonly finestFlow: Value;
  readonly visible: Value;
}

/** The first pass's flow, transformed, is what the network is to see between the transformed pictures (method, section 6). */
function recordSecondPass(
  tape: Tape,
  { parameters, drawn, ramps }: StepParts,
  { model, secondPass }: StepSettings,
  { images, finestFlow, visible }: FirstPass,
): Value {
  if (!secondPass || !drawn?.transforms) throw absent("a second pass");
  const { both, first, second } = drawn.transforms;
  const moved = affineImage(tape, images, both);
  const noisy = drawn.noise ? changeLooks(tape, moved, drawn.noise) : moved;
  const detached = { detached: true };
  const target = affineFlow(tape, takeHalf(tape, finestFlow, "first", detached), first, second);
  const mask = affineImage(tape, takeHalf(tape, visible, "first", detached), first);
  const { flows } = pwcLite(tape, parameters, noisy, model, { directions: "forward" });
  const value = secondPassLoss(tape, flows[0], target, mask, secondPass);
  const term = weightedSum(tape, [{ value, weight: secondPass.weight }]);
  return ramped(tape, term, ramps?.secondPass);
}

/** The same of a part of the pictures, with noise on frame 2, and no transform (Liu et al., section 3.4). */
function recordOcclusionPass(
  tape: Tape,
  { parameters, drawn, ramps }: StepParts,
  { model, occlusionPass }: StepSettings,
  { images, finestFlow, visible }: FirstPass,
): Value {
  if (!occlusionPass || !drawn?.parts) throw absent("an occlusion pass");
  const { places, keys } = drawn.parts;
  const partOf = (value: Value) => cropValues(tape, value, places, occlusionPass);
  const forward = (value: Value) => takeHalf(tape, value, "first", { detached: true });
  const hidden = superpixelNoise(tape, partOf(images), keys, occlusionPass);
  const { flows } = pwcLite(tape, parameters, hidden, model, { directions: "forward" });
  const target = partOf(forward(finestFlow)), mask = partOf(forward(visible));
  const value = secondPassLoss(tape, flows[0], target, mask, occlusionPass);
  const term = weightedSum(tape, [{ value, weight: occlusionPass.weight }]);
  return ramped(tape, term, ramps?.occlusionPass);
}

function absent(pass: string): Error {
  return new Error(
    `Cannot record ${pass}: its settings or what is drawn for it is absent. Give both, or no phase with one.`,
  );
}

function ramped<T extends Value | undefined>(tape: Tape, term: T, ramp?: Factor): T | Value {
  return term && ramp ? scaleBy(tape, term, ramp) : term;
}

/** Appends what follows from the gradients: their norm and clip, a row of the log, and the update. */
export function recordUpdate(
  tape: Tape,
  { parameters, adam, clip, log, average }: StepParts,
  { gradientClip, weightDecay, secondPass, occlusionPass }: StepSettings,
  { losses, gradients }: { readonly losses: StepLosses; readonly gradients: Storage },
): void {
  const { values, floats, weightFloats } = parameters;
  const flat = { values, gradients, floats, weightFloats };
  const norm = recordGradientClip(tape, flat, clip, gradientClip);
  log.record(tape, [
    ...[losses.total, losses.photometric, losses.smoothness, norm],
    ...secondPass ? [losses.secondPass] : [],
    ...occlusionPass ? [losses.occlusionPass] : [],
  ]);
  recordAdam(tape, flat, adam, { weightDecay, clip });
  average?.record(tape, parameters);
}

/**
 * Appends a whole step of one batch.
 * @returns the finest flows of the first pass, persistent
 */
export function recordStep(
  tape: Tape,
  parts: StepParts,
  settings: StepSettings,
  phase: Phase,
): Value {
  const { losses, finestFlow } = recordGradients(tape, parts, settings, phase);
  recordUpdate(tape, parts, settings, { losses, gradients: parts.parameters.gradients });
  return tape.keep(finestFlow);
}

// A new buffer holds zeros.
function zeroScalar(tape: Tape): Value {
  return tape.persistent("zero", [1, 1, 1, 1]);
}
