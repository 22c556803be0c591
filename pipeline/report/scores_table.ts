/** The scores of one data set as a table: the network beside zero flow, pooled and mean over images. */
import { table } from "./markdown.ts";

/** Scores by key, as in metrics.json. */
export type ScoreRecord = Readonly<Record<string, number>>;

/** What the keys mean, in the order of the table; keys without a value are left out. */
export const SCORE_ROWS: readonly (readonly [key: string, label: string])[] = [
  ["epe_px", "EPE, all pixels"],
  ["epe_noc_px", "EPE, visible in both frames"],
  ["epe_occ_px", "EPE, visible in frame 1 only"],
  ["epe_boundary_px", "EPE, within 5 px of a motion boundary"],
  ["epe_interior_px", "EPE, elsewhere"],
  ["epe_d0_10_px", "EPE, less than 10 px from an occlusion boundary"],
  ["epe_d10_60_px", "EPE, 10 to 60 px from it"],
  ["epe_d60_140_px", "EPE, 60 to 140 px from it"],
  ["epe_s0_10_px", "EPE, true motion below 10 px"],
  ["epe_s10_40_px", "EPE, 10 to 40 px"],
  ["epe_s40_plus_px", "EPE, 40 px and more"],
  ["epe_bg_px", "EPE, background"],
  ["epe_fg_px", "EPE, moving objects"],
  ["epe_sd_px", "EPE, standard deviation"],
  ["aae_deg", "angular error"],
  ["fl_all_pct", "Fl, all pixels"],
  ["fl_noc_pct", "Fl, visible in both frames"],
  ["fl_occ_pct", "Fl, visible in frame 1 only"],
  ["fl_bg_pct", "Fl, background"],
  ["fl_fg_pct", "Fl, moving objects"],
  ["r0_5_pct", "R0.5, error above 0.5 px"],
  ["r1_0_pct", "R1.0, error above 1 px"],
  ["r2_0_pct", "R2.0, error above 2 px"],
  ["a50_px", "A50, half of the pixels are better"],
  ["a75_px", "A75"],
  ["a95_px", "A95"],
];

/** Sign and decimals of a unit. */
export const UNITS: Readonly<Record<string, readonly [name: string, decimals: number]>> = {
  px: ["px", 3],
  deg: ["°", 2],
  pct: ["%", 2],
};

export function scoresTable(scores: ScoreRecord): string {
  const rows = SCORE_ROWS.filter(([key]) => key in scores).map(([key, label]) => {
    const [, stem, unit] = key.match(/^(.*)_([a-z]+)$/)!;
    const [unitName, decimals] = UNITS[unit];
    const mean = `${stem}_image_mean_${unit}`;
    return [
      `${label} (${unitName})`,
      ...[key, `zero_flow_${key}`, mean, `zero_flow_${mean}`].map((name) =>
        scores[name]?.toFixed(decimals) ?? ""
      ),
    ];
  });
  return table(
    ["", "network", "zero flow", "network, image mean", "zero flow, image mean"],
    rows,
  );
}
