/** Bits of the sharpened flows of one small pair, for a comparison of adapters. */
import { Rng } from "../../pipeline/common/rng.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { Sharpener } from "../../pipeline/flow/sharpen.ts";
import { clouds, waves } from "./_waves.ts";

/** Both directions, of noise around what is right in one of the pictures' halves, 45 x 38 pixels. */
export async function sharpenedBits(gpu: Gpu): Promise<number[]> {
  const [width, height] = [45, 38], rng = new Rng(12);
  const noisy = (u: number, v: number) =>
    Float32Array.from(
      { length: 2 * width * height },
      (_, k) => (k % 2 === 0 ? u : v) + rng.uniform(-2, 2),
    );
  const frame1 = waves(0, 0, width, height).data, frame2 = waves(3, -1.5, width, height).data;
  const pair = { width, height, frame1, frame2 };
  frame2.set(clouds(0, 0, width, height).data.subarray(0, frame2.length / 2));
  const flows = { forward: noisy(3, -1.5), backward: noisy(-3, 1.5) };
  const { forward, backward } = await new Sharpener(gpu).sharpened(pair, flows);
  return [forward, backward].flatMap(({ buffer }) => [...new Uint32Array(buffer)]);
}
