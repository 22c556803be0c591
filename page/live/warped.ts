/** Frame 2 looked up where the flow points: what is not hidden then lies where it lies in frame 1. */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { warp } from "../../pipeline/compute/ops/warp.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { planes } from "./planes.ts";

/**
 * @param frame2 [H, W, 3] RGB
 * @param forward [H, W, 2] in pixels
 * @returns [H, W, 3] RGB; what lies outside is the nearest pixel of the border
 */
export async function warpedFrame(
  gpu: Gpu,
  frame2: Uint8Array,
  forward: Float32Array,
  width: number,
  height: number,
): Promise<Uint8Array> {
  const tape = new Tape(gpu, { gradients: false });
  const image = tape.persistent("frame 2", [1, 3, height, width]);
  const flow = tape.persistent("flow", [1, 2, height, width]);
  tape.write(image, planes(frame2, 3));
  tape.write(flow, planes(forward, 2));
  const result = tape.keep(warp(tape, image, flow));
  (await tape.finish()).run();
  const values = await tape.read(result);
  const pixels = width * height;
  return Uint8Array.from(
    frame2,
    (_, i) => Math.round(values[i % 3 * pixels + Math.floor(i / 3)]),
  );
}
