/**
 * The smoothness terms: one entry each, in the order of tables. The schema of params.yaml, the loss, the cells of the sweep,
 * its figure and its report all follow from an entry; CONTRIBUTING says how to add one.
 */
import type { Tape, Value } from "../compute/tape.ts";
import { smoothness, type SmoothnessOptions } from "./ops/smoothness.ts";
import { totalVariation } from "./ops/total_variation.ts";
import { unrolledCost } from "./ops/unrolled_cost.ts";

/** What a term can be set to; each reads what concerns it. The weight w_smooth is put on it by the loss. */
export interface TermSettings {
  /** T of a term that unrolls. */
  readonly unrollIterations: number;
  readonly rho: number;
  readonly lambda: number;
  readonly eta: number;
  /** Steepness of the edge weights, alpha of the paper. */
  readonly edgeAlpha: number;
  readonly order: "1st" | "2nd";
  readonly border: "zero" | "replicate";
  readonly stopGradient: boolean;
}

interface Entry {
  /** As people read it. */
  readonly label: string;
  /** Where the sweep puts a cell's weight. */
  readonly weight: "w_smooth" | "rho_and_lambda" | "none";
  /** Has an inner minimisation of T steps: a cell for each T, with and without its gradient. */
  readonly unrolls: boolean;
}

/** No term at all. */
interface Nothing extends Entry {
  readonly actsOn: "nothing";
}

/** On the flow at full resolution divided by s = min(H, W) (method, section 2). */
interface OnFinestFlow extends Entry {
  readonly actsOn: "finest flow";
  /** @param inputs flow [2B, 2, H, W] in pixels, images [2B, 3, H, W] @returns a scalar [1, 1, 1, 1] */
  readonly record: (
    tape: Tape,
    inputs: { readonly flow: Value; readonly images: Value },
    settings: TermSettings,
  ) => Value;
}

/** On the masked Sobel derivatives of the quarter-resolution flow (method, section 1, steps 1 to 3). */
interface OnQuarterFlow extends Entry {
  readonly actsOn: "quarter flow";
  /** @param inputs c [2B, 4, H / 4, W / 4] @returns a scalar [1, 1, 1, 1] */
  readonly record: (
    tape: Tape,
    inputs: { readonly c: Value },
    settings: TermSettings,
  ) => Value;
}

export type Term = Nothing | OnFinestFlow | OnQuarterFlow;

const penalised = (penalty: SmoothnessOptions["penalty"]): OnFinestFlow["record"] =>
(
  tape,
  { flow, images },
  { order, edgeAlpha },
) => smoothness(tape, flow, images, { penalty, order, edgeAlpha });

export const TERMS = {
  none: {
    label: "none",
    weight: "none",
    unrolls: false,
    actsOn: "nothing",
  },
  l1: {
    label: "L1 (baseline)",
    weight: "w_smooth",
    unrolls: false,
    actsOn: "finest flow",
    record: penalised("l1"),
  },
  charbonnier: {
    label: "Charbonnier",
    weight: "w_smooth",
    unrolls: false,
    actsOn: "finest flow",
    record: penalised("charbonnier"),
  },
  huber: {
    label: "Huber",
    weight: "w_smooth",
    unrolls: false,
    actsOn: "finest flow",
    record: penalised("huber"),
  },
  tv: {
    label: "TV on the same Sobel operator",
    weight: "w_smooth",
    unrolls: false,
    actsOn: "quarter flow",
    record: (tape, { c }) => totalVariation(tape, c),
  },
  unrolled: {
    label: "unrolled",
    weight: "rho_and_lambda",
    unrolls: true,
    actsOn: "quarter flow",
    record: (tape, { c }, settings) => unrolledCost(tape, c, settings),
  },
} as const satisfies Readonly<Record<string, Term>>;

export type SmoothnessName = keyof typeof TERMS;
/** Names of the terms that have no T. */
export type PlainName = {
  [N in SmoothnessName]: typeof TERMS[N]["unrolls"] extends true ? never : N;
}[SmoothnessName];

/** All names, in the order of tables. */
export const TERM_NAMES = Object.keys(TERMS) as SmoothnessName[];
export const PLAIN_NAMES = TERM_NAMES.filter((name): name is PlainName => !TERMS[name].unrolls);

/** As people read it, with T where the term has one. */
export function labelOf(
  name: SmoothnessName,
  { unrollIterations = 0, stopGradient = false }: {
    unrollIterations?: number;
    stopGradient?: boolean;
  } = {},
): string {
  const { label, unrolls } = TERMS[name];
  if (!unrolls) return label;
  return `${label}, T = ${unrollIterations}${stopGradient ? ", gradient stopped" : ""}`;
}
