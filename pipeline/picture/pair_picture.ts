/** The picture of a scored pair, as evaluateDataset takes it: a contact sheet as PNG. */
import { encodePng } from "../common/io/png.ts";
import type { PairPicture, PairResult } from "../score/evaluate.ts";
import { contactSheet } from "./picture.ts";
import { pictureName } from "./name.ts";

/** Errors are drawn white at a quarter of the flow's maximum. @param flowMaximum in px */
export function drawPair(
  dataset: string,
  { pair, predicted, scores }: PairResult,
  flowMaximum: number,
): PairPicture {
  const epe = scores.epe_px === undefined ? "" : `  EPE ${scores.epe_px.toFixed(2)} px`;
  const sheet = contactSheet(
    { ...pair, title: `${dataset} ${pair.name}${epe}`, predicted },
    { flowMaximum, errorMaximum: flowMaximum / 4 },
  );
  return {
    fileName: pictureName(dataset, pair.name),
    png: encodePng({ ...sheet, channels: 3 }),
  };
}
