/**
 * A smoothness term as those see it who add it to the photometric one: a function that records it. Which terms there are
 * they need not know (pipeline/smoothness/), so that what has no smoothness depends on none of its kernels.
 */
import type { Tape, Value } from "./tape.ts";

export interface SmoothnessInputs {
  /** [2B, 3, H, W] */
  readonly images: Value;
  /** [2B, 2, H / 4, W / 4], in its own pixels. */
  readonly quarterFlow: Value;
  /** [2B, 2, H, W], in pixels. */
  readonly finestFlow: Value;
}

export interface RecordedSmoothness {
  /** [1, 1, 1, 1], the average of both directions, weight included. */
  readonly term: Value;
  /** Masked derivatives of the quarter-resolution flow, of a term that acts on them; to look at. */
  readonly c?: Value;
}

/** Records the term. */
export type SmoothnessTerm = (tape: Tape, inputs: SmoothnessInputs) => RecordedSmoothness;
