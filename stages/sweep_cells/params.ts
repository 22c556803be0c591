/** The schema of sweep/params.yaml, but for its own experiment: see experiment_params.ts. */
import { z } from "zod";
import { roundNumber } from "../../pipeline/common/io/tsv.ts";
import { readYaml } from "../../pipeline/common/io/yaml.ts";
import { type ParsedSections, parseSections } from "../../pipeline/common/params/parse.ts";
import {
  choice,
  distinct,
  integer,
  number,
  section,
  seed,
} from "../../pipeline/common/params/rules.ts";
import { PLAIN_NAMES, type SmoothnessName, TERM_NAMES } from "../../pipeline/smoothness/terms.ts";

export const FILE = "sweep/params.yaml";

/** The same kind of value for each smoothness term. */
const ofEachTerm = <T extends z.ZodType>(value: T) =>
  section(Object.fromEntries(TERM_NAMES.map((name) => [name, value])) as Record<SmoothnessName, T>);

const iterations = () => distinct(integer(0, 64), "whole numbers from 0 to 64");
const plainSmoothness = () => distinct(choice(...PLAIN_NAMES), PLAIN_NAMES.join(", "));

/** The table of tuning holds it in six digits, by which compare.ts tells the pairs of one weight from those of another. */
const tuningWeight = () =>
  number(0, 1_000_000).refine((value) => roundNumber(value) === value, {
    error: "must have at most six digits, as the table of the validation pairs holds it",
  });

/** Also read by DVC, which makes a cell of every value of a list. */
export const SECTIONS = {
  comparison: section({
    bootstrap_seed: seed(),
    bootstrap_resamples: integer(100, 1_000_000),
  }),
  direct_cells: section({
    unroll_iterations: iterations(),
    stop_gradient_iterations: iterations(),
    smoothness: plainSmoothness(),
    validation_pairs: integer(1, 100_000),
    weights: ofEachTerm(distinct(tuningWeight(), "numbers from 0 to 1000000", 1)),
    edge_alpha: ofEachTerm(number(0, 10_000)),
  }),
  train_cells: section({
    seeds: distinct(seed(), "whole numbers from 0", 1),
    unroll_iterations: iterations(),
    smoothness: plainSmoothness(),
    weights: ofEachTerm(distinct(tuningWeight(), "numbers from 0 to 1000000", 1)),
    edge_alpha: ofEachTerm(number(0, 10_000)),
  }),
};

export type SweepParams = ParsedSections<typeof SECTIONS>;

/** The sections of an experiment of the sweep's own. */
export const EXPERIMENT_SECTIONS = ["scenes", "pretrain", "train"] as const;

/** Which of these a file has. @throws {Error} when it cannot be read */
export function experimentSections(content: string | Uint8Array, file = FILE): string[] {
  const given = readYaml(content, { file });
  return typeof given === "object" && given !== null
    ? EXPERIMENT_SECTIONS.filter((name) => name in given)
    : [];
}

/**
 * What cells are there and how they are compared. Of the sweep's own experiment, whose code not all cells reach, nothing is looked at.
 * @param content text, or bytes that must be UTF-8
 * @throws {Error} one line for each key that is unknown (with the closest known one), missing or out of its range
 */
export function parseSweepParams(content: string | Uint8Array, file = FILE): SweepParams {
  const passedOver = experimentSections(content, file).map((name) => [name, z.looseObject({})]);
  const sections: typeof SECTIONS = { ...SECTIONS, ...Object.fromEntries(passedOver) };
  return parseSections(content, sections, { file, crossCheck: weightProblems });
}

/** Of rho and lambda, which must not be 0. */
export function weightProblems({ direct_cells, train_cells }: SweepParams): string[] {
  return [
    ...direct_cells.weights.unrolled.flatMap((weight) => aboveZero("direct_cells", weight)),
    ...train_cells.weights.unrolled.flatMap((weight) => aboveZero("train_cells", weight)),
  ];
}

function aboveZero(name: string, weight: number): string[] {
  return weight > 0 ? [] : [`${name}.weights.unrolled must be greater than 0, got ${weight}.`];
}
