/**
 * The cells of the tracked sweep: what each is called, which cost it minimises, and which ones the parameters ask for.
 * A cell's name says all of it (`l1`, `unrolled_T3`, `unrolled_stop_gradient_T3`), so that a cell needs no list.
 */
import type { SmoothingParams } from "./params.ts";

export interface Cell {
  readonly name: string;
  readonly smoothness: SmoothingParams["smoothness"];
  /** T; absent for smoothness that is not unrolled. */
  readonly unrollIterations?: number;
  readonly stopGradient: boolean;
}

const PLAIN = ["none", "l1", "charbonnier", "tv"] as const;

/** @throws {Error} when it is not the name of a cell */
export function cellNamed(name: string): Cell {
  const plain = PLAIN.find((kind) => kind === name);
  if (plain) return { name, smoothness: plain, stopGradient: false };
  const unrolled = name.match(/^unrolled(_stop_gradient)?_T(\d+)$/);
  if (!unrolled) {
    throw new Error(
      `There is no cell "${name}". Name one of ${
        PLAIN.join(", ")
      }, unrolled_T1, unrolled_T3, ... ` +
        `or unrolled_stop_gradient_T3, ...`,
    );
  }
  return {
    name,
    smoothness: "unrolled",
    unrollIterations: Number(unrolled[2]),
    stopGradient: unrolled[1] !== undefined,
  };
}

/** What the cells of an experiment are made from: lists of sweep/params.yaml. */
export interface CellLists {
  readonly smoothness: readonly string[];
  readonly unroll_iterations: readonly number[];
  readonly stop_gradient_iterations?: readonly number[];
}

/** All cells that the lists ask for, in the order of tables: without smoothness, the baselines, T rising. */
export function cellsOf(lists: CellLists): Cell[] {
  const { smoothness, unroll_iterations, stop_gradient_iterations = [] } = lists;
  const rising = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  return [
    ...PLAIN.filter((kind) => smoothness.includes(kind)),
    ...rising(unroll_iterations).map((T) => `unrolled_T${T}`),
    ...rising(stop_gradient_iterations).map((T) => `unrolled_stop_gradient_T${T}`),
  ].map(cellNamed);
}

/**
 * The cost of a cell.
 * @param base what all cells have in common: eta, order, border
 * @param weight rho and lambda of the unrolled cost, w_smooth of all others
 */
export function costOf(
  cell: Cell,
  base: SmoothingParams,
  { weight, edgeAlpha }: { weight: number; edgeAlpha: number },
): SmoothingParams {
  const unrolled = cell.smoothness === "unrolled";
  return {
    smoothness: cell.smoothness,
    unroll_iterations: cell.unrollIterations ?? 0,
    rho: unrolled ? weight : base.rho,
    lambda: unrolled ? weight : base.lambda,
    eta: base.eta,
    edge_alpha: edgeAlpha,
    order: base.order,
    border: base.border,
    stop_gradient: cell.stopGradient,
    w_smooth: unrolled ? 1 : weight,
  };
}

/** As people read it. */
export function titleOf({ smoothness, unrollIterations, stopGradient }: Cell): string {
  switch (smoothness) {
    case "none":
      return "none";
    case "l1":
      return "L1 (baseline)";
    case "charbonnier":
      return "Charbonnier";
    case "tv":
      return "TV on the same Sobel operator";
    case "unrolled":
      return `unrolled, T = ${unrollIterations}${stopGradient ? ", gradient stopped" : ""}`;
  }
}
