import { assert, assertAlmostEquals, assertEquals, assertLess, assertRejects } from "@std/assert";
import { Gpu, TooLargeError } from "../../pipeline/compute/gpu/device.ts";
import { Predictor } from "../../pipeline/compute/network/predict.ts";
import type { FlowPair } from "../../pipeline/direct/direct.ts";
import { estimateFlow, FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { Sharpener } from "../../pipeline/flow/sharpen.ts";
import { cutTile } from "../../pipeline/flow/tiles.ts";
import { testGpu } from "../_adapter.ts";
import { meanError, smallModel, waves } from "./_waves.ts";

/** The network, once, and nothing else. */
const ALONE = { scale: 1, looks: 1, sharpen: false } as const;

Deno.test("estimateFlow() is the network's flow, and what minimisation makes of it", async (t) => {
  const gpu = await testGpu();
  const model = smallModel();
  const frame1 = waves(0, 0), frame2 = waves(1.5, -0.75);
  const { width, height } = frame1;
  await t.step("as the Predictor gives it, in both directions", async () => {
    const flow = await estimateFlow(gpu, model, frame1, frame2, ALONE);
    const predicted = await Predictor.of(gpu, model).predict(
      frame1.data,
      frame2.data,
      width,
      height,
    );
    assertEquals([flow.forward, flow.backward], [predicted.forward, predicted.backward]);
    assertEquals([flow.width, flow.height, flow.identical], [96, 80, false]);
  });
  await t.step(
    "refined, it finds a translation in both directions, and tells how far it is",
    async () => {
      const shares: number[] = [];
      const { forward, backward } = await estimateFlow(gpu, model, frame1, frame2, {
        ...ALONE,
        refine: 60,
        onProgress: (share) => shares.push(share),
      });
      assertLess(meanError(forward, 1.5, -0.75), 0.3);
      assertLess(meanError(backward, -1.5, 0.75), 0.3);
      assertEquals(shares.length, 61);
      assertAlmostEquals(shares[0], 1 / 61, 1e-12);
      assertAlmostEquals(shares.at(-1)!, 1, 1e-12);
    },
  );
});

Deno.test("what estimate() does after the looks can be done by itself, and sharpens once more", async () => {
  const gpu = await testGpu();
  const estimator = new FlowEstimator(gpu, smallModel());
  const frames = [waves(0, 0), waves(1.5, -0.75)] as const;
  const network = await estimator.estimate(...frames, ALONE);
  const found = await estimator.estimate(...frames, { ...ALONE, sharpen: true });
  const sharpener = new Sharpener(gpu);
  const pair = { ...frames[0], frame1: frames[0].data, frame2: frames[1].data };
  const flowsOf = ({ forward, backward }: FlowPair) => ({ forward, backward });
  assertEquals(flowsOf(found), await sharpener.sharpened(pair, network));
  const refined = await estimator.estimate(...frames, { ...ALONE, sharpen: true, refine: 3 });
  assertEquals(flowsOf(await estimator.refine(...frames, found, 3)), flowsOf(refined));
  const shares: number[] = [];
  const onProgress = (share: number) => shares.push(share);
  const soft = await estimator.refine(...frames, found, 3, { sharpen: false, onProgress });
  assertEquals(await sharpener.sharpened(pair, soft), flowsOf(refined));
  assertEquals(shares, [1 / 3, 2 / 3, 1]);
  const tiled = { ...ALONE, largestArea: 64 * 64 };
  const parts = await estimator.estimate(...frames, tiled);
  const whole = await estimator.estimate(...frames, { ...tiled, sharpen: true });
  assertEquals(whole.tiling, parts.tiling);
  assert(whole.tiling.corners.length > 1);
  assertEquals(flowsOf(whole), await sharpener.sharpened(pair, parts));
  await assertRejects(
    () => estimator.refine(...frames, found, 0),
    Error,
    "refine must be a whole number of steps from 1 to 100000, got 0",
  );
  const wrong = [found.forward.slice(2), found.forward.with(7, NaN)];
  for (const forward of wrong) {
    await assertRejects(
      () => estimator.refine(...frames, { ...found, forward }, 3),
      Error,
      "both directions must hold 96 x 80 x 2 numbers",
    );
  }
});

Deno.test("estimateFlow() takes sizes from 2 x 2 on", async () => {
  const gpu = await testGpu();
  const estimator = new FlowEstimator(gpu, smallModel());
  for (const [width, height] of [[2, 2], [3, 200], [131, 2], [65, 63]]) {
    const flow = await estimator.estimate(waves(0, 0, width, height), waves(1, 0, width, height));
    assertEquals(flow.forward.length, 2 * width * height);
    assert(flow.backward.every(Number.isFinite));
  }
});

Deno.test("estimateFlow() says that two pictures are the same, and asks the network all the same", async () => {
  const gpu = await testGpu();
  const model = smallModel(), still = waves(0, 0);
  const { forward, identical } = await estimateFlow(gpu, model, still, {
    ...still,
    data: still.data.slice(),
  }, ALONE);
  const { data, width, height } = still;
  const predicted = await Predictor.of(gpu, model).predict(data, data, width, height);
  assertEquals([identical, forward], [true, predicted.forward]);
});

Deno.test("estimateFlow() cuts what is too large into tiles, each at its place", async () => {
  const gpu = await testGpu();
  const model = smallModel();
  const size = { width: 200, height: 130 };
  const frame1 = waves(0, 0, 200, 130), frame2 = waves(2, 1, 200, 130);
  const flow = await estimateFlow(gpu, model, frame1, frame2, {
    ...ALONE,
    largestArea: 128 * 128,
  });
  const { tile, corners } = flow.tiling;
  assertEquals([tile, corners.length], [{ width: 128, height: 128 }, 4]);
  const last = corners[3];
  assertEquals(last, { left: 72, top: 2 });
  const [part1, part2] = [frame1, frame2].map(({ data }) => cutTile(data, 3, size, tile, last));
  const alone = await Predictor.of(gpu, model).predict(part1, part2, 128, 128);
  // The last pixel lies in the last tile alone.
  assertEquals(flow.forward.slice(-2), alone.forward.slice(-2));
  assertEquals(flow.backward.slice(-2), alone.backward.slice(-2));
});

/** As if its driver granted less. */
class SmallGpu extends Gpu {
  override get largestStorage(): number {
    return this.largest;
  }
  largest = 3 * 2 ** 20;
}

Deno.test("estimateFlow() takes smaller tiles where the device holds less than expected", async () => {
  const { device, adapter } = await testGpu();
  const small = new SmallGpu(device, adapter);
  const frame1 = waves(0, 0, 320, 256), frame2 = waves(1, 1, 320, 256);
  const { tiling, forward } = await estimateFlow(small, smallModel(), frame1, frame2);
  assert(tiling.corners.length > 1 && tiling.tile.width < 320, JSON.stringify(tiling.tile));
  assert(forward.every(Number.isFinite));
  small.largest = 1000;
  await assertRejects(() => estimateFlow(small, smallModel(), frame1, frame2), TooLargeError);
});

Deno.test("estimateFlow() says what is wrong with pictures, options and weights", async () => {
  const gpu = await testGpu();
  const model = smallModel();
  const good = waves(0, 0), other = waves(1, 0);
  const fails = (
    message: string,
    ...[frame1, frame2, options]: [typeof good, typeof good, object?]
  ) => assertRejects(() => estimateFlow(gpu, model, frame1, frame2, options), Error, message);
  await fails("one size, got 96 x 80 and 80 x 96", good, waves(0, 0, 80, 96));
  await fails("2 x 2 pixels or more, got 1 x 5", waves(0, 0, 1, 5), waves(1, 0, 1, 5));
  await fails("must hold 3 values for each, got 7", good, { ...good, data: new Uint8Array(7) });
  await fails("scale must be above 0 and at most 4, got 0", good, other, { scale: 0 });
  await fails("from 0 to 100000, got 1.5", good, other, { refine: 1.5 });
  await fails("looks from 1 to 100, got 0", good, other, { looks: 0 });
  for (const weights of model.weights.values()) weights.fill(1e30);
  await fails("the network gives what is no number", good, other);
});
