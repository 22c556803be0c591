/** The comparison in words and tables (Markdown). What the numbers say is computed from them, null results included. */
import { type ComparedCell, type ReferenceName, SCORE_NAMES, type ScoreName } from "./compare.ts";
import type { Comparison } from "./record.ts";
import { readableDifference, seedRule, type Verdict, verdict, verdictInWords } from "./verdict.ts";
import { type WeightChoice, weightsPart } from "./weights.ts";

/** The experiments as people read them. */
export const EXPERIMENT_TITLES: Readonly<Record<string, string>> = {
  direct: "Direct: the flow field itself is the unknown",
  train: "Network",
  train_edges: "Network, weights chosen by occluded pixels and near boundaries",
};

/** Kinds of pixels as people read them. */
const PIXELS: Record<ScoreName, string> = {
  epe_px: "all",
  epe_noc_px: "visible in both",
  epe_occ_px: "occluded",
  epe_boundary_px: "near boundaries",
  epe_interior_px: "interior",
};
const ANSWERED: readonly ScoreName[] = [
  "epe_occ_px",
  "epe_boundary_px",
  "epe_px",
  "epe_interior_px",
];

export interface ReportContext {
  /** The unrolled cells of direct on the validation pairs, a comparison for each weight. */
  readonly atEqualWeight?: Comparison;
  /** How the cells of each experiment came by their weights. */
  readonly choices?: Readonly<Record<string, readonly WeightChoice[]>>;
  /** What trained the networks, a sentence. */
  readonly training?: string;
}

/** @param comparison on the test pairs, each cell with its own weight */
export function sweepReport(
  comparison: Comparison,
  { atEqualWeight = {}, choices = {}, training = "" }: ReportContext = {},
): string {
  const parts = Object.entries(comparison).filter(([, cells]) => cells.length > 0)
    .map(([experiment, cells]) =>
      experiment === "train_edges" && sameWeights(cells, comparison.train)
        ? `## ${titleOf(experiment)}\n\nThe same weights as above, and so the same numbers.\n`
        : experimentPart(experiment, cells, experiment === "direct" ? "" : training)
    );
  const equal = Object.entries(atEqualWeight).map(([weight, cells]) =>
    answers(cells, "unrolled_T0", "T = 0", `At equal ${weight}`)
  ).join("");
  if (equal) {
    const { pairs } = Object.values(atEqualWeight)[0][0];
    parts.push(
      `## What unrolling adds at equal weight\n\nDirect, rho = lambda the same for all T, on the ${pairs} validation pairs ` +
        `from which the weights above were chosen. The same weight is not the same strength ` +
        `(the gradient of a large difference is T + 1 times smaller), so this is no contest of errors; it shows what unrolling ` +
        `does to one and the same term.\n${equal}`,
    );
  }
  const tried = weightsPart(
    Object.fromEntries(Object.entries(choices).map(([name, own]) => [titleOf(name), own])),
  );
  if (tried) parts.push(tried);
  return `# The smoothness term: unrolled cost against its baselines\n\n` +
    `End-point errors in px on the test scenes, pooled over pixels. Differences are paired: in per cent of the reference's ` +
    `error on the same pairs, with a 95 % bootstrap interval over pairs; where it holds 0, no difference is ` +
    `shown, and where one of the seeds says otherwise, it is not counted as one. No weight was chosen by test scenes.\n\n` +
    `![End-point error against T](epe_against_t.svg)\n\n${parts.join("\n")}\n${
      howToRead(comparison)
    }`;
}

function titleOf(experiment: string): string {
  return EXPERIMENT_TITLES[experiment] ?? experiment;
}

function sameWeights(cells: readonly ComparedCell[], others: readonly ComparedCell[]): boolean {
  return cells.every(({ weight }, i) => weight === others[i].weight);
}

/** What speaks of an experiment stands there only where that was run. */
function howToRead({ direct = [], train = [] }: Comparison): string {
  return `## How to read it\n\n${OF_TERMS}${direct.length > 0 ? OF_DIRECT : ""}` +
    `${train.length > 0 ? OF_NETWORKS : ""}${OF_SCENES}`;
}

const OF_TERMS = `\
- The unrolled cost differs from the L1 baseline in two things at once: *where and how* smoothness is measured (on the
  quarter grid, by a Sobel operator, with an edge mask made by the same operator), and *how it is penalised* (by unrolled
  iterations). A difference to L1 does not say which of the two it comes from.
- TV on the same Sobel operator and T = 0 have the first without the second. Only what sets T >= 1 apart from them can be
  credited to unrolling.
`;
const OF_DIRECT = `\
- Direct minimises the cost over each pair's flow field: it shows what the term does to the gradient, free of a network and
  of chance. It does not show what a network learns from it over many pairs.
`;
const OF_NETWORKS = `\
- The network's cells are short trainings from shared pretrained weights: differences as small as the spread over seeds show
  nothing, whatever the interval over pairs says.
`;
const OF_SCENES = `\
- The scenes are drawn: layers that move rigidly, and exact truth. How the terms rank on real pictures is another question.
`;

function experimentPart(
  experiment: string,
  cells: readonly ComparedCell[],
  training: string,
): string {
  const { runs, pairs } = cells[0];
  const seeds = runs > 1 ? `, mean ± standard deviation of ${runs} seeds` : "";
  const trained = training ? ` ${training}` : "";
  return `## ${titleOf(experiment)}\n\n${pairs} test pairs${seeds}.${trained}\n\n` +
    `${scoreTable(cells)}\n${answers(cells, "l1", "the L1 baseline", "Against L1")}` +
    answers(
      cells,
      "unrolled_T0",
      "T = 0",
      "What unrolling adds: against T = 0 on the same operator",
    ) +
    answers(cells, "tv", "TV", "What unrolling adds: against TV on the same operator");
}

function scoreTable(cells: readonly ComparedCell[]): string {
  const columns = SCORE_NAMES.filter((score) => cells.some(({ scores }) => scores[score]));
  const head = ["smoothness", "weight", "α", ...columns.map((score) => PIXELS[score])];
  const rows = cells.map(({ cell, weight, edgeAlpha, scores }) => [
    cell.label,
    cell.smoothness === "none" ? "–" : String(weight),
    cell.smoothness === "none" ? "–" : String(edgeAlpha),
    ...columns.map((score) => {
      const spread = scores[score];
      if (!spread) return "–";
      const { mean, deviation } = spread;
      return mean.toFixed(3) + (deviation === undefined ? "" : ` ± ${deviation.toFixed(3)}`);
    }),
  ]);
  const { zeroFlow } = cells[0];
  const zero = columns.map((score) => zeroFlow[score]?.toFixed(3) ?? "–");
  if (columns.some((score) => zeroFlow[score] !== undefined)) {
    rows.push(["zero flow", "–", "–", ...zero]);
  }
  return [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`).join("");
}

function answers(
  cells: readonly ComparedCell[],
  reference: ReferenceName,
  name: string,
  heading: string,
): string {
  const compared = cells.filter(({ cell, differences }) =>
    differences[reference] &&
    (reference === "l1" || (cell.smoothness === "unrolled" && cell.unrollIterations! > 0))
  );
  if (compared.length === 0) return "";
  const columns = ANSWERED.filter((score) =>
    compared.some(({ differences }) => differences[reference]![score])
  );
  const rows = compared.map(({ cell, runs, differences }) => [
    cell.label,
    ...columns.map((score) => {
      const difference = differences[reference]![score];
      if (!difference) return "–";
      return `${readableDifference(difference)}: ${verdictInWords(difference, runs)}`;
    }),
  ]);
  const head = ["smoothness", ...columns.map((score) => PIXELS[score])];
  const table = [head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |\n`);
  return `\n### ${heading}\n\n${summary(compared, reference, name)}\n\n${table.join("")}`;
}

/** What the unrolled cells with T >= 1 say about occluded pixels, in one sentence. */
function summary(
  compared: readonly ComparedCell[],
  reference: ReferenceName,
  name: string,
): string {
  const found = compared.flatMap(({ cell, runs, differences }) => {
    const difference = differences[reference]!.epe_occ_px;
    const unrolls = cell.smoothness === "unrolled" && cell.unrollIterations! > 0;
    return unrolls && difference ? [{ cell, runs, difference }] : [];
  });
  if (found.length === 0) return `No unrolled cell with T >= 1 has occluded pixels to compare.`;
  const named = (kind: Verdict) =>
    found.filter(({ runs, difference }) => verdict(difference, runs) === kind)
      .map(({ cell, runs, difference }) => {
        const rule = seedRule(difference, runs);
        const overruled = rule && kind === "no difference shown" ? "not counted, " : "";
        return `${cell.label} (${readableDifference(difference)}` +
          `${rule && `; ${overruled}${rule}`})`;
      });
  const sentences = [
    [named("lower"), `lower than with ${name}`],
    [named("higher"), `higher than with ${name}`],
  ] as const;
  const shown = sentences.filter(([cells]) => cells.length > 0)
    .map(([cells, text]) => `is ${text} for ${cells.join("; ")}`);
  const null_ = named("no difference shown");
  if (null_.length > 0) shown.push(`shows no difference to ${name} for ${null_.join("; ")}`);
  return `The error on occluded pixels ${shown.join(", and ")}.`;
}
