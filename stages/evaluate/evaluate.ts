/**
 * Stage evaluate: scores the trained network, and zero flow beside it, on the scenes' test split and
 * on every real data set with truth. Writes all scores (metrics.json), the few that a person looks at
 * first (summary.json), one row a pair (pairs.tsv), some pictures, and the pairs that the report's
 * viewer shows (viewer.safetensors); when asked, submissions to benchmarks. With refine_steps the direct minimisation goes on from the
 * network's flow, at the size of the pictures.
 */
import { declared } from "../../pipeline/common/io/made_by.ts";
import { readIndex, streamSplit } from "../../pipeline/common/io/pack.ts";
import { parseSplits } from "../../pipeline/common/io/splits.ts";
import { COST_KEYS, directSchema } from "../../pipeline/direct/params.ts";
import { refinement, solveDirectly } from "../../pipeline/direct/direct.ts";
import { drawPair } from "../../pipeline/picture/pair_picture.ts";
import {
  describeScores,
  describeUnscored,
  evaluateDataset,
  type Evaluation,
  formatEvaluation,
  PAIR_COLUMNS,
  type Predict,
  summaryOf,
} from "../../pipeline/score/evaluate.ts";
import { printable } from "../../pipeline/common/printable.ts";
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import {
  VIEWER_PAIRS,
  VIEWER_SCENES,
  ViewerSelection,
} from "../../pipeline/picture/viewer/selection.ts";
import { type ViewerDataset, writeViewer } from "../../pipeline/picture/viewer/viewer_file.ts";
import { similarityOf } from "../../pipeline/compute/photometric_params.ts";
import { smoothnessOf } from "../../pipeline/smoothness/params.ts";
import { readWhole } from "../common/read_whole.ts";
import { emptyFolder, progress, readSection, runStage, writeOutput } from "../common/stage.ts";
import { lower, withSizes } from "../common/sizes.ts";
import { evaluateSchema } from "./params.ts";
import { submittedSplits, writeSubmissions } from "./submissions.ts";
import { describeWithoutTruth } from "./without_truth.ts";

const SPLITS = "results/preprocess";
const MODEL = "results/train/model.safetensors";
const OUT = "results/evaluate";
const SCENES = "scenes_test";
/** The pairs of real_validation are those of other splits. */
const NOT_EVALUATED = ["scenes_train", "scenes_validation", "real_validation"];

const REFINING_ADVICE =
  "Refinement works at the full size of the pictures: set evaluate.refine_steps = 0 for pictures of this size.";

async function main(): Promise<void> {
  const params = await readSection("evaluate", evaluateSchema);
  const cost = declared(await readSection("direct", directSchema), COST_KEYS);
  const list = `${SPLITS}/splits.json`;
  const splits = parseSplits(await readWhole(list), list);
  const indexOf = (split: string) => readIndex(readerOf(split), `${SPLITS}/${split}`);
  for (const sentence of await describeWithoutTruth(splits, indexOf)) {
    console.error(printable(`evaluate: ${sentence}`));
  }
  const gpu = await openGpu();
  try {
    const model = readModel(await readWhole(MODEL), MODEL);
    const predictor = Predictor.of(gpu, model);
    const evaluated = splits.filter(({ split, pairs, truth }) =>
      truth && pairs > 0 && !NOT_EVALUATED.includes(split)
    );
    const submitted = params.submissions ? submittedSplits(splits) : [];
    if (params.submissions && submitted.length === 0) {
      throw new Error(
        `Cannot write submissions: ${SPLITS} holds no test part of a benchmark. Set preprocess.test_frames = true, and ` +
          "name sintel, kitti2012 or kitti2015 in download.sources.",
      );
    }
    const scaleOf = (split: string) => split === SCENES ? 1 : params.real_scale;
    // Before any pair is scored: a split that is too large must not cost the others.
    for (const { split } of [...evaluated, ...submitted]) {
      await prepareSizes(split, scaleOf(split), predictor, model.settings.width);
    }
    const refining = {
      photometric: similarityOf(cost),
      smoothness: smoothnessOf(cost),
      scales: refinement(params.refine_steps),
      learningRate: cost.learning_rate,
    };
    const predict = async (
      [frame1, frame2, width, height]: Parameters<Predict>,
      scale: number,
    ): Promise<Float32Array> => {
      const flows = await predictor.predict(frame1, frame2, width, height, { scale });
      if (params.refine_steps === 0) return flows.forward;
      const pair = { name: "the pair", frame1, frame2, width, height };
      return await withSizes(
        REFINING_ADVICE,
        async () => {
          const [refined] = await solveDirectly(gpu, [pair], refining, { start: [flows] });
          return refined.forward;
        },
      );
    };
    const evaluation: Evaluation = {};
    const rows: (string | number)[][] = [];
    const viewer: Record<string, ViewerDataset> = {};
    await emptyFolder(`${OUT}/pictures`);
    for (const { split, dataset, pairs } of evaluated) {
      const scale = scaleOf(split);
      const bar = progress(dataset, pairs);
      const shown = split === SCENES ? VIEWER_SCENES : VIEWER_PAIRS;
      const selection = new ViewerSelection(pairs, shown);
      const result = await evaluateDataset(
        dataset,
        streamSplit(readerOf(split), `${SPLITS}/${split}`),
        (...frames) => predict(frames, scale),
        {
          draw: drawPair,
          pictures: params.pictures,
          pictureMaximum: params.picture_maximum_px,
          onPair: (done, { pair, predicted, scores }) => {
            selection.add(pair, predicted, scores.epe_px);
            bar.update(done);
          },
        },
      );
      bar.finish(describeScores(result.scores));
      if (result.unscored.length > 0) {
        console.error(printable(`evaluate: ${dataset}: ${describeUnscored(result)}`));
      }
      evaluation[dataset] = result.scores;
      viewer[dataset] = { flowMaximum: result.flowMaximum, pairs: selection.pairs() };
      rows.push(...result.rows);
      for (const { fileName, png } of result.pictures) {
        await writeOutput(`${OUT}/pictures/${fileName}`, png);
      }
    }
    await writeSubmissions(submitted, {
      out: `${OUT}/submissions`,
      folderOf: (split) => `${SPLITS}/${split}`,
      predict: ({ frame1, frame2, width, height }) =>
        predict([frame1, frame2, width, height], params.real_scale),
      notice: (sentence) => console.error(printable(`evaluate: ${sentence}`)),
    });
    const madeBy = { ...model.madeBy, evaluate: params, direct: cost };
    await writeOutput(`${OUT}/metrics.json`, formatEvaluation(evaluation, madeBy));
    await writeOutput(`${OUT}/summary.json`, formatEvaluation(summaryOf(evaluation)));
    await writeOutput(`${OUT}/viewer.safetensors`, writeViewer(viewer));
    await writeOutput(`${OUT}/pairs.tsv`, formatTsv([...PAIR_COLUMNS], rows));
  } finally {
    gpu.destroy();
  }
}

function readerOf(split: string): (fileName: string) => Promise<Uint8Array> {
  return (fileName) => readWhole(`${SPLITS}/${split}/${fileName}`);
}

/** @throws {Error} when the pairs of a split are too large for the device, with what to lower */
async function prepareSizes(
  split: string,
  scale: number,
  predictor: Predictor,
  networkWidth: number,
): Promise<void> {
  const { pairs } = await readIndex(readerOf(split), `${SPLITS}/${split}`);
  for (const { width, height } of pairs) {
    const [name, value] = split === SCENES
      ? ["preprocess.scene_size", width]
      : ["evaluate.real_scale", scale];
    const advice = lower({ [name]: value, "pretrain.width": networkWidth });
    await withSizes(advice, () => predictor.prepare(width, height, { scale }));
  }
}

if (import.meta.main) await runStage("evaluate", main);
