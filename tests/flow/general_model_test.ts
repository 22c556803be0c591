/** The committed general model on a real pair. */
import { assertLess } from "@std/assert";
import { readPicture } from "../../pipeline/common/io/picture_file.ts";
import { readFlo } from "../../pipeline/common/io/flo.ts";
import { estimateFlow } from "../../pipeline/flow/estimate.ts";
import { testGpu } from "../_adapter.ts";
import { generalModel } from "../_general_model.ts";
import { sample } from "../pairs/_official.ts";

const archive = await sample("middlebury_sample.zip");
const read = async (path: string) => readPicture(await archive.read(path), path);
const frame1 = await read("other-data/RubberWhale/frame10.png");
const frame2 = await read("other-data/RubberWhale/frame11.png");

Deno.test("the general model's flow between a picture and itself is near zero", async () => {
  const gpu = await testGpu();
  const { forward } = await estimateFlow(gpu, await generalModel(), frame1, frame1);
  const lengths = Float32Array.from(
    { length: forward.length / 2 },
    (_, i) => Math.hypot(forward[2 * i], forward[2 * i + 1]),
  ).sort();
  assertLess(lengths.reduce((sum, length) => sum + length, 0) / lengths.length, 0.3);
  assertLess(lengths[Math.floor(0.99 * lengths.length)], 1);
});

Deno.test("the general model is much better than no motion on RubberWhale", async () => {
  const gpu = await testGpu();
  const { forward } = await estimateFlow(gpu, await generalModel(), frame1, frame2);
  const path = "other-gt-flow/RubberWhale/flow10.flo";
  const { flow } = readFlo(await archive.read(path), path);
  let sum = 0, still = 0, known = 0;
  for (let i = 0; i < flow.length; i += 2) {
    if (Math.abs(flow[i]) > 1e9) continue;
    known++;
    sum += Math.hypot(forward[i] - flow[i], forward[i + 1] - flow[i + 1]);
    still += Math.hypot(flow[i], flow[i + 1]);
  }
  assertLess(sum / known, 0.5 * still / known);
});
