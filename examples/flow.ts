/**
 * The flow of two pictures by the library, as a program of one's own would use it:
 * deno run --allow-read examples/flow.ts model.safetensors frame1.png frame2.png
 */
import {
  compareDirections,
  estimateFlow,
  loadModel,
  motionOf,
  openGpu,
  readPicture,
} from "../mod.ts";

const [model, first, second] = Deno.args;
const read = async (path: string) => readPicture(await Deno.readFile(path), path);

const gpu = await openGpu();
const weights = loadModel(await Deno.readFile(model), model);
const flow = await estimateFlow(gpu, weights, await read(first), await read(second), {
  refine: 20,
});
const { largest, median } = motionOf(flow.forward);
const { occluded } = compareDirections(flow.forward, flow.backward, flow.width, flow.height);
const hidden = occluded.reduce((sum, pixel) => sum + pixel, 0);
console.log(
  `${flow.width} x ${flow.height}: largest motion ${largest.toFixed(2)} px, median ${
    median.toFixed(2)
  } px`,
);
console.log(`${hidden} pixels of frame 1 are not seen in frame 2`);
gpu.destroy();
