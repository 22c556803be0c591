/** The smoothness term of the objective (method, sections 1 and 2), as its entry in terms.ts has it, weight included. */
import { areaDownsample } from "../compute/ops/area_downsample.ts";
import { weightedSum } from "../compute/ops/weighted_sum.ts";
import type { SmoothnessTerm } from "../compute/smoothness_term.ts";
import { maskedSobel } from "./ops/masked_sobel.ts";
import { type SmoothnessName, type Term, TERMS, type TermSettings } from "./terms.ts";

export interface SmoothnessSettings extends TermSettings {
  readonly smoothness: SmoothnessName;
  /** Weight of the whole term. */
  readonly wSmooth: number;
}

/** What a trainer or a direct minimisation adds to the photometric term; undefined for no smoothness. */
export function smoothnessLoss(settings: SmoothnessSettings): SmoothnessTerm | undefined {
  const chosen: Term = TERMS[settings.smoothness];
  if (chosen.actsOn === "nothing") return undefined;
  return (tape, { images, quarterFlow, finestFlow }) => {
    if (chosen.actsOn === "finest flow") {
      const value = chosen.record(tape, { flow: finestFlow, images }, settings);
      return { term: weightedSum(tape, [{ value, weight: settings.wSmooth }]) };
    }
    const [, , h, w] = quarterFlow.shape;
    const small = areaDownsample(tape, images, h, w);
    const { c } = maskedSobel(tape, quarterFlow, small, settings);
    const value = chosen.record(tape, { c }, settings);
    return { term: weightedSum(tape, [{ value, weight: settings.wSmooth }]), c };
  };
}
