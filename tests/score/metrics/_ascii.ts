/** Truth drawn by hand: one character a pixel, each with a flow of its own. */
import type { Truth } from "../../../pipeline/score/metrics/regions.ts";

export interface Legend {
  readonly [character: string]: {
    readonly flow?: readonly [number, number];
    readonly unknown?: boolean;
    readonly occluded?: boolean;
    readonly foreground?: boolean;
  };
}

/** Masks appear in the truth only where the legend mentions them. */
export function drawTruth(rows: readonly string[], legend: Legend): Truth {
  const cells = rows.flatMap((row) => [...row].map((character) => legend[character]));
  const mask = (key: "unknown" | "occluded" | "foreground") =>
    Object.values(legend).some((cell) => key in cell)
      ? Uint8Array.from(cells, (cell) => cell[key] ? 1 : 0)
      : undefined;
  return {
    width: rows[0].length,
    height: rows.length,
    flow: Float32Array.from(cells.flatMap((cell) => [...(cell.flow ?? [0, 0])])),
    valid: mask("unknown")?.map((unknown) => 1 - unknown),
    occluded: mask("occluded"),
    foreground: mask("foreground"),
  };
}

/** A field of the truth's size with the same flow everywhere. */
export function constantFlow({ width, height }: Truth, u: number, v: number): Float32Array {
  return Float32Array.from({ length: 2 * width * height }, (_, i) => i % 2 === 0 ? u : v);
}
