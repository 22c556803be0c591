/**
 * Stage evaluate of frames of one's own: judges the trained model, and the one that it started from, on the pairs that were held
 * out. There is no truth, so there is no end-point error: photometric error after warping beside that of no motion, how well
 * both directions agree, and the share of occluded pixels. Writes metrics, a table of pairs, and a page to look at them.
 */
import { readIndex, streamSplit } from "../../pipeline/common/io/pack.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { photometricError } from "../../pipeline/flow/photometric_error.ts";
import { colourMaximum } from "../../pipeline/flow/pictures.ts";
import {
  betterThanStart,
  formatMeans,
  meansOf,
  type Measured,
  type MeasuredPair,
  measurePair,
  OWN_COLUMNS,
  rowOf,
} from "../../pipeline/own_frames/measures.ts";
import { ownPage, type ShownPair } from "../../pipeline/own_frames/page.ts";
import { packPair } from "../../pipeline/picture/viewer/pack.ts";
import { readWhole } from "../common/read_whole.ts";
import { lower, withSizes } from "../common/sizes.ts";
import { progress, readSection, runStage, writeOutput } from "../common/stage.ts";
import { ownEvaluateSchema } from "./params.ts";

const SPLIT = "results/preprocess/held_out";
const START = "start.safetensors";
const MODEL = "results/train/model.safetensors";
const OUT = "results/evaluate";
const DATASET = "frames";
const SUMMARY = [
  "photometric_level",
  "start_photometric_level",
  "zero_flow_photometric_level",
  "inconsistent_px",
  "start_inconsistent_px",
  "occluded_pct",
  "start_occluded_pct",
];

await runStage("evaluate", async () => {
  const params = await readSection("evaluate", ownEvaluateSchema);
  const start = readModel(await readWhole(START), START);
  const trained = readModel(await readWhole(MODEL), MODEL);
  const read = (fileName: string) => readWhole(`${SPLIT}/${fileName}`);
  const { pairs: entries } = await readIndex(read, SPLIT);
  const gpu = await openGpu();
  try {
    const predictors = [Predictor.of(gpu, start), Predictor.of(gpu, trained)];
    const advice = lower({ "evaluate.scale": params.scale });
    for (const { width, height } of entries) {
      for (const predictor of predictors) {
        await withSizes(advice, () => predictor.prepare(width, height, params));
      }
    }
    const count = Math.min(params.viewer_pairs, entries.length);
    const places = new Set(
      Array.from({ length: count }, (_, k) => Math.floor(k * entries.length / count)),
    );
    const measured: MeasuredPair[] = [];
    const shown: ShownPair[] = [];
    const bar = progress("pairs", entries.length);
    for await (const pair of streamSplit(read, SPLIT)) {
      const { frame1, frame2, width, height } = pair;
      const sides: (Measured & { forward: Float32Array })[] = [];
      for (const predictor of predictors) {
        const flows = await predictor.predict(frame1, frame2, width, height, params);
        sides.push({ ...measurePair(pair, flows), forward: flows.forward });
      }
      if (places.has(measured.length)) {
        const [first, second] = sides.map(({ forward, agreement: { occluded } }) =>
          packPair({ ...pair, occluded }, forward)
        );
        const flowMaximum = Math.max(...sides.map(({ forward }) => colourMaximum(forward)));
        shown.push({ first, second, flowMaximum });
      }
      measured.push({
        name: pair.name,
        pixels: width * height,
        start: sides[0].measures,
        trained: sides[1].measures,
        zeroFlow: photometricError(pair),
      });
      bar.update(measured.length);
    }
    const means = meansOf(measured);
    bar.finish(
      `photometric error ${means.photometric_level} of 255, at the start ${means.start_photometric_level}, ` +
        `without motion ${means.zero_flow_photometric_level}; ` +
        `${betterThanStart(measured)} of ${measured.length} pairs fit better than at the start`,
    );
    const summary = Object.fromEntries(SUMMARY.map((key) => [key, means[key]]));
    const madeBy = { ...trained.madeBy, evaluate: params };
    await writeOutput(`${OUT}/metrics.json`, formatMeans(DATASET, means, madeBy));
    await writeOutput(`${OUT}/summary.json`, formatMeans(DATASET, summary));
    const rows = measured.map((pair) => rowOf(DATASET, pair));
    await writeOutput(`${OUT}/pairs.tsv`, formatTsv([...OWN_COLUMNS], rows));
    await writeOutput(`${OUT}/index.html`, await ownPage({ measured, means, shown }));
  } finally {
    gpu.destroy();
  }
});
