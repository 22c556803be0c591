/** Reads the metrics.json of a sweep, as pipeline/sweep/record.ts writes it, for the report. */
import { z } from "zod";
import { parseJson } from "../common/io/json.ts";
import type { Cell } from "../sweep/compare.ts";

export const SWEEP_FILE = "results/sweep/metrics.json";
/** What the report reads in its place, so that it does not depend on the sweep. */
export const PUBLISHED_SWEEP = "sweep/published.json";

export interface SweepCell {
  readonly cell: Cell;
  /** Of the cell in metrics.json, as `trace` takes it: direct.unrolled_T1. */
  readonly key: string;
  readonly numbers: Readonly<Record<string, number>>;
}

/** Cells by experiment: direct, train. */
export type SweepRecord = Readonly<Record<string, readonly SweepCell[]>>;

const cellSchema = z.object({
  label: z.string(),
  smoothness: z.string(),
  /** Of a term that unrolls; both or none. */
  unroll_iterations: z.int().optional(),
  stop_gradient: z.boolean().optional(),
  runs_count: z.int().min(1),
  pairs_count: z.int().min(1),
  weight: z.number(),
}).catchall(z.number()).check(wholeDifferences);
const contentSchema = z.record(z.string(), z.record(z.string(), cellSchema));

/** A difference is written with its interval and what the seeds say. */
function wholeDifferences(context: z.core.ParsePayload<Record<string, unknown>>): void {
  for (const key of Object.keys(context.value)) {
    const stem = /^(\w+_against_\w+)_pct$/.exec(key)?.[1].replace(/_(low|high)$/, "");
    if (stem === undefined) continue;
    const missing = ["_pct", "_low_pct", "_high_pct", "_runs_below_count"].map((end) => stem + end)
      .find((other) => context.value[other] === undefined);
    if (missing === undefined) continue;
    const message = `must be beside ${key}`;
    context.issues.push({ code: "custom", path: [missing], message, input: context.value });
  }
}

/**
 * @param name the file's name, for errors
 * @returns undefined for an empty record: no sweep was published
 * @throws {Error} when it is something else
 */
export function parseSweep(text: string | Uint8Array, name: string): SweepRecord | undefined {
  const content = parseJson(text, contentSchema, {
    file: name,
    mend: `It must be a copy of ${SWEEP_FILE}, or {} without a sweep: copy it anew, or write {}.`,
  });
  const experiments = Object.entries(content)
    .filter(([, cells]) => Object.keys(cells).length > 0)
    .map(([experiment, cells]): [string, SweepCell[]] => [
      experiment,
      Object.entries(cells).map(([name, content]) => {
        const { label, smoothness, unroll_iterations, stop_gradient = false, ...numbers } = content;
        return {
          cell: {
            name,
            label,
            smoothness,
            unrollIterations: unroll_iterations,
            stopGradient: stop_gradient,
          },
          key: `${experiment}.${name}`,
          numbers,
        };
      }),
    ]);
  return experiments.length > 0 ? Object.fromEntries(experiments) : undefined;
}
