/** A tape and its values as far as recording sums goes: what the tape itself is built of knows no more of it. */
import type { Kernel } from "./gpu/kernel.ts";
import type { Dispatch, RecordedDispatch } from "./gpu/program.ts";
import type { Place, Shape, Storage } from "./gpu/tensor.ts";

/** A value of a tape. */
export interface Operand {
  readonly label: string;
  readonly shape: Shape;
  /** Channel counts of concatenated parts, see gpu/layout.ts; [C] for a plain value. */
  readonly segments: readonly number[];
  readonly storage: Storage;
}

/** A tape. */
export interface Recording {
  value(label: string, shape: Shape, segments: readonly number[]): Operand;
  dispatch(kernel: Kernel, dispatch: Dispatch): void;
  dispatchMovable(own: Place, at: (places: readonly Place[]) => RecordedDispatch): void;
}
