/**
 * A training step as it is recorded: network, losses and gradients of a batch, or of one micro-batch of it; and the update
 * that follows: clip, log, Adam.
 */
import { affineFlow, affineImage } from "../compute/ops/affine.ts";
import { type AdamState, recordAdam } from "../compute/ops/adam.ts";
import { changeLooks, type Looks } from "../compute/ops/appearance.ts";
import { type GradientClip, recordGradientClip } from "../compute/ops/gradient_clip.ts";
import type { LossLog } from "../compute/ops/loss_log.ts";
import { type Factor, scaleBy } from "../compute/ops/scale_by.ts";
import { secondPassLoss, type SecondPassSettings } from "../compute/ops/second_pass_loss.ts";
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
  /** Which passes see pictures whose look was changed, where there are any such; default both. */
  readonly augmentedPasses?: "both" | "second";
  /** Largest norm of the gradient; 0 does not clip. */
  readonly gradientClip: number;
  readonly weightDecay: number;
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
}

/** What a step reads and writes beside its own values. */
export interface StepParts {
  /** [2B, 3, H, W] in [0, 1]: first frames, then second. */
  readonly images: Value;
  readonly drawn?: DrawnInputs;
  readonly parameters: Parameters;
  /** Absent where the whole weight counts in every step. */
  readonly smoothnessRamp?: Factor;
  readonly secondPassRamp?: Factor;
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
}

/**
 * Appends losses and gradients.
 * @returns the losses, and the finest flows [2B, 2, H, W] of the first pass
 * @throws {Error} when the phase has a second pass, and settings or transforms for it are absent
 */
export function recordGradients(
  tape: Tape,
  parts: StepParts,
  settings: StepSettings,
  phase: Phase,
): { losses: StepLosses; finestFlow: Value } {
  const { parameters, drawn = {}, smoothnessRamp } = parts;
  const changed = drawn.looks ? changeLooks(tape, parts.images, drawn.looks) : parts.images;
  const images = settings.augmentedPasses === "second" ? parts.images : changed;
  const { flows, quarterFlow } = pwcLite(tape, parameters, images, settings.model);
  const [finestFlow] = flows;
  const { total: photometric, visible } = photometricLoss(tape, images, flows, phase.photometric);
  const smoothness = ramped(
    tape,
    settings.smoothness?.(tape, { images, quarterFlow, finestFlow }).term,
    smoothnessRamp,
  );
  const secondPass = phase.secondPass
    ? recordSecondPass(tape, parts, settings, { images: changed, finestFlow, visible })
    : undefined;
  const terms = [photometric, smoothness, secondPass].filter((value) => value !== undefined);
  const total = weightedSum(tape, terms.map((value) => ({ value, weight: 1 })));
  tape.backward(total);
  const losses = {
    total,
    photometric,
    smoothness: smoothness ?? zeroScalar(tape),
    secondPass: secondPass ?? zeroScalar(tape),
  };
  return { losses, finestFlow };
}

/** The first pass's flow, transformed, is what the network is to see between the transformed pictures (method, section 6). */
function recordSecondPass(
  tape: Tape,
  { parameters, drawn, secondPassRamp }: StepParts,
  { model, secondPass }: StepSettings,
  { images, finestFlow, visible }: { images: Value; finestFlow: Value; visible: Value },
): Value | undefined {
  if (!secondPass || !drawn?.transforms) {
    throw new Error(
      "Cannot record a second pass: its settings or its transforms are absent. Give both, or no phase with one.",
    );
  }
  const { both, first, second } = drawn.transforms;
  const moved = affineImage(tape, images, both);
  const noisy = drawn.noise ? changeLooks(tape, moved, drawn.noise) : moved;
  const detached = { detached: true };
  const target = affineFlow(tape, takeHalf(tape, finestFlow, "first", detached), first, second);
  const mask = affineImage(tape, takeHalf(tape, visible, "first", detached), first);
  const { flows } = pwcLite(tape, parameters, noisy, model, { directions: "forward" });
  const value = secondPassLoss(tape, flows[0], target, mask, secondPass);
  return ramped(tape, weightedSum(tape, [{ value, weight: secondPass.weight }]), secondPassRamp);
}

function ramped<T extends Value | undefined>(tape: Tape, term: T, ramp?: Factor): T | Value {
  return term && ramp ? scaleBy(tape, term, ramp) : term;
}

/** Appends what follows from the gradients: their norm and clip, a row of the log, and the update. */
export function recordUpdate(
  tape: Tape,
  { parameters, adam, clip, log, average }: StepParts,
  { gradientClip, weightDecay }: Pick<StepSettings, "gradientClip" | "weightDecay">,
  { losses, gradients }: { readonly losses: StepLosses; readonly gradients: Storage },
): void {
  const { values, floats, weightFloats } = parameters;
  const flat = { values, gradients, floats, weightFloats };
  const norm = recordGradientClip(tape, flat, clip, gradientClip);
  const { total, photometric, smoothness, secondPass } = losses;
  log.record(tape, [total, photometric, smoothness, norm, secondPass].slice(0, log.columns));
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
