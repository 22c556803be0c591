/**
 * How the loss changes in the course of a run: phases, each from a step on with one photometric term, with or without the
 * other passes; and weights that ramp in, which need no phase of their own.
 */
import type { PhotometricSettings } from "../compute/photometric_loss.ts";

export interface Phase {
  readonly fromStep: number;
  readonly photometric: PhotometricSettings;
  /** Default false. */
  readonly secondPass?: boolean;
  readonly occlusionPass?: boolean;
}

export interface PhaseSettings {
  readonly steps: number;
  readonly loss: PhotometricSettings;
  /** Before this step every pixel counts as visible. */
  readonly occlusionFromStep: number;
  /** What takes the place of the loss from a step on. */
  readonly laterLoss?: { readonly fromStep: number; readonly photometric: PhotometricSettings };
  /** Absent for no such pass. */
  readonly secondPassFromStep?: number;
  readonly occlusionPassFromStep?: number;
}

/** All phases that begin before the last step, in order; the first from step 0 on. */
export function phasesOf(settings: PhaseSettings): Phase[] {
  const { steps, loss, occlusionFromStep, laterLoss } = settings;
  const { secondPassFromStep = steps, occlusionPassFromStep = steps } = settings;
  const changes = [0, occlusionFromStep, laterLoss?.fromStep ?? 0];
  changes.push(secondPassFromStep, occlusionPassFromStep);
  const starts = [...new Set(changes)].sort((a, b) => a - b).filter((step) => step < steps);
  const phases = starts.map((fromStep): Phase => {
    const later = laterLoss !== undefined && fromStep >= laterLoss.fromStep;
    const photometric = later ? laterLoss.photometric : loss;
    const occlusion = fromStep >= occlusionFromStep ? photometric.occlusion : "none";
    return {
      fromStep,
      photometric: { ...photometric, occlusion },
      secondPass: fromStep >= secondPassFromStep,
      occlusionPass: fromStep >= occlusionPassFromStep,
    };
  });
  return phases.filter((phase, i) => i === 0 || differs(phase, phases[i - 1]));
}

function differs(a: Phase, b: Phase): boolean {
  const content = ({ fromStep: _, ...rest }: Phase) => JSON.stringify(rest);
  return content(a) !== content(b);
}

/** A weight that ramps in. */
export interface Ramp {
  /** The first step that it counts in. */
  readonly fromStep: number;
  /** Over how many steps it rises linearly from next to nothing to all of it; 0 for at once. */
  readonly rampSteps: number;
}

/** Share of the weight in a step, counted from 0. */
export function rampAt(step: number, { fromStep, rampSteps }: Ramp): number {
  return rampSteps > 0 ? Math.min(1, Math.max(0, (step - fromStep + 1) / rampSteps)) : 1;
}
