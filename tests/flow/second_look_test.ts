/** Looks at what a flow leaves over: their arithmetic, when they are taken, and what they are worth. */
import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { Picture } from "../../pipeline/common/io/picture_file.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import { FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { photometricError } from "../../pipeline/flow/photometric_error.ts";
import { bilinear } from "../../pipeline/flow/sampling.ts";
import { warpedBack, withRest } from "../../pipeline/flow/second_look.ts";
import { testGpu } from "../_adapter.ts";
import { generalModel } from "../_general_model.ts";
import { meanError, smallModel, waves } from "./_waves.ts";

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

Deno.test("FlowEstimator looks again at what is left, and takes what fits better", async () => {
  const gpu = await testGpu(), model = smallModel();
  const estimator = new FlowEstimator(gpu, model);
  const frame1 = waves(0, 0, 128, 128), frame2 = waves(1.5, -0.75, 128, 128);
  const pair = pairOf(frame1, frame2);
  const first = await estimator.estimate(frame1, frame2, { scale: 1, looks: 0 });
  assertEquals(first.secondScale, undefined);
  const shares: number[] = [];
  const onProgress = (share: number) => shares.push(share);
  const second = await estimator.estimate(frame1, frame2, { scale: 1, looks: 1, onProgress });
  assertEquals(shares.map((share) => Math.round(3 * share)), [1, 2, 3]);
  const predicted = await Predictor.of(gpu, model).predict(
    frame1.data,
    warpedBack(pair, first.forward),
    128,
    128,
  );
  const next = withRest(first.forward, predicted.forward, pair);
  const better = photometricError(pair, next) < photometricError(pair, first.forward);
  assertEquals(second.forward, better ? next : first.forward);
  if (better) assertEquals(second.secondScale, 1);
});

Deno.test("FlowEstimator looks again at twice the size, or as large as is estimated at once", async () => {
  const estimator = new FlowEstimator(await testGpu(), await generalModel());
  const frame1 = waves(0, 0, 192, 128), frame2 = waves(2, 1, 192, 128);
  const scaleWith = async (largestArea?: number) =>
    (await estimator.estimate(frame1, frame2, { largestArea })).secondScale;
  assertEquals(await scaleWith(), 2);
  assertEquals(await scaleWith(2.25 * 192 * 128), 1.5);
  const { secondScale, tiling } = await estimator.estimate(frame1, frame2, {
    largestArea: 128 * 128,
  });
  assertEquals([secondScale, tiling.corners.length], [1, 2]);
});

Deno.test("a second look of the general model takes a third of the error off", async () => {
  const estimator = new FlowEstimator(await testGpu(), await generalModel());
  const frame1 = waves(0, 0, 192, 128);
  for (const [u, v] of [[1.5, -0.75], [4, 2.5]]) {
    const frame2 = waves(u, v, 192, 128);
    const first = await estimator.estimate(frame1, frame2, { looks: 0 });
    const second = await estimator.estimate(frame1, frame2);
    assert(second.secondScale === 2);
    for (const [direction, sign] of [["forward", 1], ["backward", -1]] as const) {
      const before = meanError(first[direction], sign * u, sign * v);
      assertGreater(before, 0.05);
      assertLess(meanError(second[direction], sign * u, sign * v), 0.67 * before);
    }
  }
});
