/**
 * The metrics of two runs on different adapters, number by number, against the tolerances that are stated here: other
 * adapters round otherwise, and training carries a last bit on to another, equally good network.
 */
import { MADE_BY } from "../../pipeline/common/io/made_by.ts";
import { flatten, parseValues } from "../lineage/values.ts";

export interface Tolerance {
  /** Allowed is |difference| <= absolute + relative · |committed|. */
  readonly relative: number;
  /** In the metric's own unit. */
  readonly absolute: number;
}

interface Rule extends Tolerance {
  readonly metrics: RegExp;
  readonly why: string;
}

/**
 * The first rule whose pattern fits FILE:KEY counts. Allowed is about twice what was measured: direct, with the CPU driver at 128
 * instead of 256 bits, which also chooses other kernels, keeps five digits; the network, trained by Mesa 26.1 instead of 22.3,
 * has another EPE by up to 14 % on scenes (far from occlusions by half, where it is a third of a pixel), 5 % on Middlebury, other
 * outliers by up to 5 points, and on the one pair each of Sintel and KITTI, EPE by up to 20 %, of some parts by 44 %, angles by 29°.
 */
const TOLERANCES: readonly Rule[] = [
  {
    metrics: /(_count|[.:]zero_flow\w*(\.[\w.]+)?)$/,
    relative: 0,
    absolute: 0,
    why: "counts and zero flow, in which no adapter takes part",
  },
  {
    metrics: /^results\/direct\//,
    relative: 0.03,
    absolute: 0.01,
    why: "direct, a few hundred steps without randomness",
  },
  {
    metrics: /[:.]gradient_norm$/,
    relative: 1,
    absolute: 1,
    why: "of the last step alone, so its order of magnitude",
  },
  {
    metrics: /:(sintel|kitti)\w*\.aae_\w*deg$/,
    relative: 0,
    absolute: 60,
    why:
      "angles on real pairs whose motion is longer than in training: which of it is followed is chance",
  },
  {
    metrics: /:(sintel|kitti)\w*\.\w+_px$/,
    relative: 0.9,
    absolute: 0.05,
    why: "lengths on the same pairs",
  },
  {
    metrics: /\.(epe_d60_140|a50)_\w*px$/,
    relative: 1,
    absolute: 0.05,
    why: "the pixels with the smallest errors, far from occlusions or below the median",
  },
  {
    metrics: /_pct$/,
    relative: 0.15,
    absolute: 3,
    why: "outliers of a trained network, in per cent",
  },
  {
    metrics: /./,
    relative: 0.15,
    absolute: 0.05,
    why: "all else of a trained network",
  },
];

export interface MetricComparison {
  /** Dotted, after its file: results/evaluate/summary.json:scenes.epe_px. */
  readonly metric: string;
  readonly committed: number | undefined;
  readonly rerun: number | undefined;
  readonly allowed: number;
  readonly within: boolean;
}

/** Every metric of a file (JSON) in both runs, none of the parameters that made it; one that only one of them has is never within. */
export function compareMetrics(file: string, committed: string, rerun: string): MetricComparison[] {
  const [was, is] = [committed, rerun].map((text) => {
    const { [MADE_BY]: _, ...metrics } = parseValues(text, file);
    return flatten(metrics);
  });
  return [...new Set([...Object.keys(was), ...Object.keys(is)])].flatMap((key) => {
    const [a, b] = [was[key], is[key]].map((value) =>
      typeof value === "number" ? value : undefined
    );
    if (a === undefined && b === undefined) return [];
    const metric = `${file}:${key}`;
    const { relative, absolute } = toleranceOf(metric);
    const allowed = absolute + relative * Math.abs(a ?? 0);
    const within = a !== undefined && b !== undefined && Math.abs(a - b) <= allowed;
    return [{ metric, committed: a, rerun: b, allowed, within }];
  });
}

export function toleranceOf(metric: string): Tolerance {
  return TOLERANCES.find(({ metrics }) => metrics.test(metric))!;
}

/** What is allowed and why, a line for each rule. */
export function formatTolerances(): string[] {
  return TOLERANCES.map(({ relative, absolute, why }) => {
    const allowed = relative + absolute === 0 ? "nothing" : `${100 * relative} % + ${absolute}`;
    return `Allowed is ${allowed} for ${why}.`;
  });
}

/** A table for people: those out of tolerance first. */
export function formatComparisons(comparisons: readonly MetricComparison[]): string[] {
  const sorted = [...comparisons].sort((a, b) => Number(a.within) - Number(b.within));
  const rows = sorted.map(({ metric, committed, rerun, allowed, within }) => [
    metric,
    cell(committed),
    cell(rerun),
    committed === undefined || rerun === undefined ? "" : signed(rerun - committed),
    cell(allowed),
    within ? "ok" : "OUT",
  ]);
  return alignColumns([
    ["metric", "committed", "rerun", "difference", "allowed", ""],
    ...rows,
  ]);
}

function cell(value: number | undefined): string {
  return value === undefined ? "absent" : String(Number(value.toPrecision(5)));
}

function signed(value: number): string {
  return `${value < 0 ? "−" : "+"}${cell(Math.abs(value))}`;
}

/** The first and last column to the left, numbers to the right. */
function alignColumns(rows: readonly string[][]): string[] {
  const widths = rows[0].map((_cell, i) => Math.max(...rows.map((row) => row[i].length)));
  return rows.map((row) =>
    row.map((text, i) =>
      i === 0 || i === row.length - 1 ? text.padEnd(widths[i]) : text.padStart(widths[i])
    ).join("  ").trimEnd()
  );
}
