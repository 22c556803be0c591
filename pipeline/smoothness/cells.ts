/**
 * The cells of the tracked sweep: what each is called, which cost it minimises, and which ones the parameters ask for.
 * A cell's name says all of it (`l1`, `unrolled_T3`, `unrolled_stop_gradient_T3`), so that a cell needs no list: every term
 * of terms.ts is one, a term that unrolls one for each T.
 */
import type { SmoothingParams } from "./params.ts";
import { labelOf, PLAIN_NAMES, type SmoothnessName, TERM_NAMES, TERMS } from "./terms.ts";

const UNROLLING_NAMES = TERM_NAMES.filter((name) => TERMS[name].unrolls);

export interface Cell {
  readonly name: string;
  /** As people read it. */
  readonly label: string;
  readonly smoothness: SmoothnessName;
  /** T; absent for smoothness that is not unrolled. */
  readonly unrollIterations?: number;
  readonly stopGradient: boolean;
}

/** @throws {Error} when it is not the name of a cell */
export function cellNamed(name: string): Cell {
  const plain = PLAIN_NAMES.find((term) => term === name);
  if (plain) return { name, label: labelOf(plain), smoothness: plain, stopGradient: false };
  const [, term, stopped, T] = name.match(/^(.+?)(_stop_gradient)?_T(\d+)$/) ?? [];
  const smoothness = UNROLLING_NAMES.find((unrolling) => unrolling === term);
  if (!smoothness) {
    const unrolling = UNROLLING_NAMES.map((known) => `${known}_T3 or ${known}_stop_gradient_T3`);
    throw new Error(
      `There is no cell "${name}". Name one of ${[...PLAIN_NAMES, ...unrolling].join(", ")}, ` +
        `with any T in place of 3.`,
    );
  }
  const own = { unrollIterations: Number(T), stopGradient: stopped !== undefined };
  return { name, label: labelOf(smoothness, own), smoothness, ...own };
}

/** What the cells of an experiment are made from: lists of sweep/params.yaml. */
export interface CellLists {
  readonly smoothness: readonly string[];
  readonly unroll_iterations: readonly number[];
  readonly stop_gradient_iterations?: readonly number[];
}

/** All cells that the lists ask for, in the order of tables: that of the terms, T rising. */
export function cellsOf(lists: CellLists): Cell[] {
  const { smoothness, unroll_iterations, stop_gradient_iterations = [] } = lists;
  const rising = (values: readonly number[]) => [...values].sort((a, b) => a - b);
  return [
    ...PLAIN_NAMES.filter((name) => smoothness.includes(name)),
    ...UNROLLING_NAMES.flatMap((name) => [
      ...rising(unroll_iterations).map((T) => `${name}_T${T}`),
      ...rising(stop_gradient_iterations).map((T) => `${name}_stop_gradient_T${T}`),
    ]),
  ].map(cellNamed);
}

/**
 * The cost of a cell.
 * @param base what all cells have in common: eta, order, border
 * @param weight what it is says the term's entry: rho and lambda, or w_smooth
 */
export function costOf(
  cell: Cell,
  base: Pick<SmoothingParams, "eta" | "order" | "border">,
  { weight, edgeAlpha }: { weight: number; edgeAlpha: number },
): SmoothingParams {
  const inside = TERMS[cell.smoothness].weight === "rho_and_lambda";
  return {
    smoothness: cell.smoothness,
    unroll_iterations: cell.unrollIterations ?? 0,
    // Of no meaning to other terms.
    rho: inside ? weight : 1,
    lambda: inside ? weight : 1,
    eta: base.eta,
    edge_alpha: edgeAlpha,
    order: base.order,
    border: base.border,
    stop_gradient: cell.stopGradient,
    w_smooth: inside ? 1 : weight,
  };
}
