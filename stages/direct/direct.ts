/**
 * Stage direct: minimises the cost over the flow field of each test pair of the scenes itself, without a network, and
 * scores it beside zero flow. What the smoothness term does to the gradient shows here most clearly. Real pairs are left
 * to evaluate's refine_steps: the few of the sample rank nothing. Some pairs are kept with their flow (viewer.safetensors), for
 * a picture beside the network.
 */
import { COARSE_TO_FINE } from "../../pipeline/direct/direct.ts";
import { evaluateDirectly } from "../../pipeline/direct/evaluate_directly.ts";
import { drawPair } from "../../pipeline/picture/pair_picture.ts";
import {
  describeScores,
  formatEvaluation,
  PAIR_COLUMNS,
  summaryOf,
} from "../../pipeline/score/evaluate.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { similarityOf } from "../../pipeline/compute/photometric_params.ts";
import { smoothnessOf } from "../../pipeline/smoothness/params.ts";
import { VIEWER_SCENES, ViewerSelection } from "../../pipeline/picture/viewer/selection.ts";
import { writeViewer } from "../../pipeline/picture/viewer/viewer_file.ts";
import { openRecordedGpu, writeAdapter } from "../common/gpu.ts";
import { directAdvice, withSizes } from "../common/sizes.ts";
import {
  emptyFolder,
  progress,
  readSection,
  readSplit,
  runStage,
  writeOutput,
} from "../common/stage.ts";
import { directSchema } from "../../pipeline/direct/params.ts";

const OUT = "results/direct";

await runStage("direct", async () => {
  const params = await readSection("direct", directSchema);
  const pairs = await readSplit("scenes_test");
  const gpu = await openRecordedGpu();
  console.error(`direct: ${gpu.adapter.description}`);
  const bar = progress("direct", pairs.length);
  const selection = new ViewerSelection(pairs.length, VIEWER_SCENES);
  const { scores, rows, pictures, flowMaximum } = await withSizes(
    directAdvice(params, pairs),
    () =>
      evaluateDirectly(gpu, pairs, {
        photometric: similarityOf(params),
        smoothness: smoothnessOf(params),
        scales: COARSE_TO_FINE,
        learningRate: params.learning_rate,
      }, {
        pairsPerBatch: params.pairs_per_batch,
        onSolved: (done) => bar.update(Math.floor(done)),
        onPair: (_, { pair, predicted, scores }) => selection.add(pair, predicted, scores.epe_px),
        draw: drawPair,
        pictures: params.pictures,
        pictureMaximum: params.picture_maximum_px,
      }),
  );
  bar.finish(describeScores(scores));
  await emptyFolder(`${OUT}/pictures`);
  for (const { fileName, png } of pictures) await writeOutput(`${OUT}/pictures/${fileName}`, png);
  await writeOutput(
    `${OUT}/metrics.json`,
    formatEvaluation({ scenes: scores }, { direct: params }),
  );
  await writeOutput(`${OUT}/summary.json`, formatEvaluation(summaryOf({ scenes: scores })));
  const viewer = { scenes: { flowMaximum, pairs: selection.pairs() } };
  await writeOutput(`${OUT}/viewer.safetensors`, writeViewer(viewer));
  await writeOutput(`${OUT}/pairs.tsv`, formatTsv([...PAIR_COLUMNS], rows));
  await writeAdapter(OUT, gpu);
  gpu.destroy();
});
