/**
 * Stage direct: minimises the cost over the flow field of each test pair of the scenes itself, without a network, and
 * scores it beside zero flow. What the smoothness term does to the gradient shows here most clearly. Real pairs are left
 * to evaluate's refine_steps: the few of the sample rank nothing.
 */
import { formatEvaluation, PAIR_COLUMNS, summaryOf } from "../../pipeline/score/evaluate.ts";
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { evaluateDirectly } from "../_direct.ts";
import { emptyFolder, readSection, readSplit, runStage, writeOutput } from "../common/stage.ts";
import { directSchema } from "./params.ts";

const OUT = "results/direct";

await runStage("direct", async () => {
  const params = await readSection("direct", directSchema);
  const pairs = await readSplit("scenes_test");
  const gpu = await openGpu();
  console.error(`direct: ${gpu.adapter.description}`);
  const { scores, rows, pictures } = await evaluateDirectly(gpu, "direct", pairs, params, {
    pictures: params.pictures,
    pictureMaximum: params.picture_maximum_px,
  });
  await emptyFolder(`${OUT}/pictures`);
  for (const { fileName, png } of pictures) await writeOutput(`${OUT}/pictures/${fileName}`, png);
  await writeOutput(`${OUT}/metrics.json`, formatEvaluation({ scenes: scores }));
  await writeOutput(`${OUT}/summary.json`, formatEvaluation(summaryOf({ scenes: scores })));
  await writeOutput(`${OUT}/pairs.tsv`, formatTsv([...PAIR_COLUMNS], rows));
  await writeOutput(`${OUT}/adapter.json`, `${JSON.stringify(gpu.adapter, null, 2)}\n`);
  gpu.destroy();
});
