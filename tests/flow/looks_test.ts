/** Looks from coarse to fine: their arithmetic, how many there are, when they are taken, and what they are worth. */
import { assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Picture } from "../../pipeline/common/io/picture_file.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { FlowEstimator, type FlowOptions } from "../../pipeline/flow/estimate.ts";
import { photometricError } from "../../pipeline/flow/photometric_error.ts";
import { bilinear } from "../../pipeline/flow/sampling.ts";
import { warpedBack, withRest } from "../../pipeline/flow/next_look.ts";
import { testGpu } from "../_adapter.ts";
import { generalModel } from "../_general_model.ts";
import { clouds, meanError, smallModel, waves } from "./_waves.ts";

const pairOf = ({ data: frame1, width, height }: Picture, { data: frame2 }: Picture) => ({
  frame1,
  frame2,
  width,
  height,
});

Deno.test("bilinear() mixes the four pixels around, and holds the border", () => {
  const at = bilinear(Float32Array.of(0, 10, 4, 20, 8, 30, 16, 40), 2, { width: 2, height: 2 });
  assertEquals([at(0, 0, 0), at(1, 0, 0), at(0, 1, 1), at(1, 1, 1)], [0, 4, 30, 40]);
  assertAlmostEquals(at(0.25, 0.5, 0), 0.5 * (0.75 * 0 + 0.25 * 4) + 0.5 * (0.75 * 8 + 0.25 * 16));
  assertEquals([at(-3, 0.5, 1), at(9, 9, 0), at(0.5, -1, 1)], [20, 16, 15]);
});

Deno.test("warpedBack() by the true flow shows frame 1, up to its rounding", () => {
  const [u, v] = [3, -2], [width, height] = [64, 48];
  const pair = pairOf(waves(0, 0, width, height), waves(u, v, width, height));
  const flow = Float32Array.from({ length: 2 * width * height }, (_, i) => i % 2 === 0 ? u : v);
  const warped = warpedBack(pair, flow);
  for (let y = 2; y < height; y++) {
    const row = [3 * y * width, 3 * (y * width + width - 3)] as const;
    assertEquals(warped.slice(...row), pair.frame1.slice(...row), `row ${y}`);
  }
});

Deno.test("withRest() adds the flow from where the rest leads to", () => {
  const size = { width: 8, height: 5, frame1: new Uint8Array(), frame2: new Uint8Array() };
  // A flow that grows along x and along y, so that where it is looked up matters.
  const flow = new Float32Array(80), rest = new Float32Array(80);
  for (let i = 0; i < 40; i++) {
    flow[2 * i] = i % 8;
    flow[2 * i + 1] = 10 * Math.floor(i / 8);
    rest[2 * i] = 0.5;
    rest[2 * i + 1] = -0.25;
  }
  const sum = withRest(flow, rest, size);
  const pixel = 2 * (3 * 8 + 4);
  assertAlmostEquals(sum[pixel], 0.5 + 4.5, 1e-6);
  assertAlmostEquals(sum[pixel + 1], -0.25 + 27.5, 1e-5);
  assertEquals(withRest(flow, new Float32Array(80), size), flow);
});

Deno.test("FlowEstimator looks at what is left and at the pictures, and keeps what fits best", async () => {
  const gpu = await testGpu(), model = smallModel();
  const estimator = new FlowEstimator(gpu, model), predictor = Predictor.of(gpu, model);
  const kept = new Set<string>();
  for (const [u, v] of [[0.5, 0.25], [1.5, -0.75], [9, -4], [-17, 12], [30, 2]]) {
    const frame1 = waves(0, 0, 128, 128), frame2 = waves(u, v, 128, 128);
    const pair = pairOf(frame1, frame2);
    const predict = async (second: Uint8Array, scale: number) =>
      (await predictor.predict(frame1.data, second, 128, 128, { scale })).forward;
    const coarse = await predict(frame2.data, 0.5);
    const left = await predict(warpedBack(pair, coarse), 1);
    const candidates = {
      coarse,
      both: withRest(coarse, left, pair),
      fine: await predict(frame2.data, 1),
    };
    const [name, flow] = Object.entries(candidates).reduce((best, other) =>
      photometricError(pair, other[1]) < photometricError(pair, best[1]) ? other : best
    );
    kept.add(name);
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    const got = await estimator.estimate(frame1, frame2, {
      scale: 1,
      looks: 2,
      sharpen: false,
      onProgress,
    });
    assertEquals(got.forward, flow, name);
    if (name !== "coarse") assertEquals(got.scales, [0.5, 1]);
    // In units of the coarse look, which sees a quarter of the pixels; what is left is looked at in both directions.
    assertAlmost(shares.map((share) => 13 * share), [1, 5, 9, 13]);
  }
  assertGreater(kept.size, 1, "motions that want different looks");
});

Deno.test("FlowEstimator looks last at twice the size, or as large as is estimated at once", async () => {
  const estimator = new FlowEstimator(await testGpu(), await generalModel());
  const frame1 = waves(0, 0, 192, 128), frame2 = waves(2, 1, 192, 128);
  const finestOf = async (largestArea?: number) =>
    (await estimator.estimate(frame1, frame2, { largestArea })).scales.at(-1);
  assertEquals(await finestOf(), 2);
  assertEquals(await finestOf(2.25 * 192 * 128), 1.5);
  const { scales, tiling } = await estimator.estimate(frame1, frame2, { largestArea: 128 * 128 });
  assertEquals([scales.at(-1), tiling.corners.length], [1, 2]);
});

Deno.test("FlowEstimator looks first where 32 pixels of the shorter side are left, unless told how often", async () => {
  const estimator = new FlowEstimator(await testGpu(), smallModel());
  const frame1 = waves(0, 0, 130, 255), frame2 = waves(3, 0, 130, 255);
  const workOf = async (options: FlowOptions) => {
    const shares: number[] = [];
    const onProgress = (share: number) => shares.push(share);
    await estimator.estimate(frame1, frame2, { scale: 1, sharpen: false, onProgress, ...options });
    return shares.map((share) => share / shares[0]);
  };
  // In units of the first look. 130 / 4 is above 32, 130 / 8 is not.
  assertAlmost(await workOf({}), [1, 5, 9, 13, 29, 45, 61]);
  assertAlmost(await workOf({ looks: 2 }), [1, 5, 9, 13]);
  // Two steps count as two looks at scale 1.
  assertAlmost(await workOf({ looks: 1, refine: 2 }), [1, 2, 3]);
  // Sharpening counts as two and a half, most of it for what comes first in both directions.
  const sharpening = (before: number) => [7, 14, 15, 16].map((part) => before + 2.5 * part / 16);
  const shares = await workOf({ looks: 1, sharpen: true, refine: 2 });
  assertAlmost(shares, [1, ...sharpening(1), 4.5, 5.5, ...sharpening(5.5)]);
});

Deno.test("looking from coarse to fine, the general model finds motion that one look does not", async () => {
  const estimator = new FlowEstimator(await testGpu(), await generalModel());
  const [width, height] = [192, 128];
  for (
    const [u, v, picture] of [[1.5, -0.75, waves], [4, 2.5, waves], [45, -24, clouds]] as const
  ) {
    const frame1 = picture(0, 0, width, height), frame2 = picture(u, v, width, height);
    const sharpen = false;
    const one = await estimator.estimate(frame1, frame2, { scale: 1, looks: 1, sharpen });
    const all = await estimator.estimate(frame1, frame2, { sharpen });
    for (const [direction, sign] of [["forward", 1], ["backward", -1]] as const) {
      const before = meanError(one[direction], sign * u, sign * v);
      const after = meanError(all[direction], sign * u, sign * v);
      assertLess(after, 0.67 * before);
    }
  }
});

function assertAlmost(got: readonly number[], wanted: readonly number[]): void {
  assertEquals(got.length, wanted.length);
  got.forEach((value, i) => assertAlmostEquals(value, wanted[i], 1e-9));
}
