/** How long the motion of a flow is, in pixels. */
import { quickselect } from "d3-array";

export interface Motion {
  /** In pixels, as the others. */
  readonly largest: number;
  /** Half of the pixels move no further. */
  readonly median: number;
  /** What 99 of 100 pixels do not exceed: one wrong pixel would make all others pale. */
  readonly usual: number;
}

/**
 * How long the vectors of a flow are.
 * @param flow [H, W, 2] in pixels
 */
export function motionOf(flow: Float32Array): Motion {
  const lengths = Float32Array.from(
    { length: flow.length / 2 },
    (_, i) => Math.hypot(flow[2 * i], flow[2 * i + 1]),
  );
  return {
    largest: lengths.reduce((largest, length) => Math.max(largest, length), 0),
    median: medianOf(lengths),
    usual: selected(lengths, 0.99),
  };
}

/** The lower one of two in the middle; 0 of no values. Changes their order. */
export function medianOf(values: Float32Array): number {
  return selected(values, 0.5);
}

function selected(values: Float32Array, share: number): number {
  if (values.length === 0) return 0;
  const place = Math.floor(share * (values.length - 1));
  // Its types know arrays only; it works on whatever has places.
  quickselect(values as unknown as number[], place);
  return values[place];
}
