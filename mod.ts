/**
 * Optical flow between two pictures, as a library: nothing here touches a file, the network or a clock.
 *
 * ```ts
 * import { estimateFlow, flowPicture, loadModel, openGpu, readPicture, writeFlo } from "./mod.ts";
 *
 * const gpu = await openGpu();
 * const model = loadModel(await Deno.readFile("models/results/train/model.safetensors"));
 * const frame1 = readPicture(await Deno.readFile("frame1.png"), "frame1.png");
 * const frame2 = readPicture(await Deno.readFile("frame2.jpg"), "frame2.jpg");
 * const { forward, width, height } = await estimateFlow(gpu, model, frame1, frame2);
 * const [u, v] = forward.subarray(2 * (10 * width + 20)); // pixel (20, 10) moves u to the right and v down
 * await Deno.writeFile("flow.flo", writeFlo({ width, height, flow: forward }));
 * await Deno.writeFile("flow.png", await flowPicture(forward, width, height));
 * gpu.destroy();
 * ```
 *
 * readPicturePair() reads both at once, as `deno task flow` does: of 16 bits, those that either picture uses are seen. readPicture()
 * takes the upper 8 of 16, which are nearly black where a camera or microscope uses the lower 12: read such pictures as a pair.
 *
 * From another project of Deno: `"imports": { "flow": "../path/to/this/mod.ts" }` in its deno.json, and
 * `import { estimateFlow } from "flow"`. examples/flow.ts is such a program. Mesa's drivers write a line about
 * XDG_RUNTIME_DIR where that variable names no folder; it is harmless, and ./run sets it.
 *
 * @module
 */
import { type Model, readModel } from "./pipeline/compute/network/model_file.ts";

export { Gpu, openGpu, TooLargeError } from "./pipeline/compute/gpu/device.ts";
export type { Model } from "./pipeline/compute/network/model_file.ts";
export type { Picture } from "./pipeline/common/io/picture_file.ts";
export { readPicturePair, readSinglePicture as readPicture } from "./pipeline/flow/picture_pair.ts";
export { type FlowFile, readFlo, writeFlo } from "./pipeline/common/io/flo.ts";
export { readKittiFlow, writeKittiFlow } from "./pipeline/common/io/kitti_flow.ts";
export type { FlowPair } from "./pipeline/direct/direct.ts";
export { type Agreement, compareDirections } from "./pipeline/flow/agreement.ts";
export {
  estimateFlow,
  type Flow,
  FlowEstimator,
  type FlowOptions,
} from "./pipeline/flow/estimate.ts";
export { type Motion, motionOf } from "./pipeline/flow/motion.ts";
export { colourMaximum, flowPicture, maskPicture } from "./pipeline/flow/pictures.ts";
export type { Tiling } from "./pipeline/flow/tiles.ts";

/**
 * A trained network, from the bytes of its model.safetensors.
 * @param name the file's name, for errors
 * @throws {Error} when the file is damaged, or of another network, with what is missing
 */
export function loadModel(bytes: Uint8Array, name = "model.safetensors"): Model {
  return readModel(bytes, name);
}
