/** One direction of an estimated flow, with what is said, drawn and written of it. */
import { type Agreement, compareDirections } from "../../pipeline/flow/agreement.ts";
import type { Flow } from "../../pipeline/flow/estimate.ts";
import { type Motion, motionOf } from "../../pipeline/flow/motion.ts";
import { colourMaximum } from "../../pipeline/flow/pictures.ts";
import type { Direction } from "./files_of_pair.ts";

/** A direction with what goes with it. */
export interface Described extends Direction {
  readonly motion: Motion;
  readonly agreement: Agreement;
}

export function directionOf({ width, height, ...flows }: Flow, backward: boolean): Described {
  const flow = backward ? flows.backward : flows.forward;
  const motion = motionOf(flow);
  const agreement = compareDirections(
    flow,
    backward ? flows.forward : flows.backward,
    width,
    height,
  );
  return {
    width,
    height,
    flow,
    motion,
    agreement,
    occluded: agreement.occluded,
    maximum: colourMaximum(flow, motion),
  };
}
