import { assert, assertAlmostEquals, assertEquals, assertLess } from "@std/assert";
import { coarseLook, MOST_PIXELS } from "../../pipeline/flow/coarse_look.ts";
import { FlowEstimator } from "../../pipeline/flow/estimate.ts";
import type { PicturePair, TiledFlows } from "../../pipeline/flow/in_tiles.ts";
import { testGpu } from "../_adapter.ts";
import { meanError, smallModel, waves } from "./_waves.ts";

/** What the network is shown, and flows of x / 8 to the right and 3 down in the pixels that it is shown. */
async function seen(width: number, height: number, scale: number, mostPixels: number) {
  const grey = (first: number) =>
    Uint8Array.from({ length: 3 * width * height }, (_, i) => first + i % 3);
  const shown: { pair: PicturePair; scale: number }[] = [];
  const look = (pair: PicturePair, scale: number): Promise<TiledFlows> => {
    shown.push({ pair, scale });
    const flow = Float32Array.from(
      { length: 2 * pair.width * pair.height },
      (_, i) => i % 2 === 0 ? (i / 2) % pair.width / 8 : 3,
    );
    const tile = { width: pair.width, height: pair.height - 1 };
    const corners = [{ left: 0, top: 0 }, { left: 0, top: 1 }];
    return Promise.resolve({
      forward: flow,
      backward: flow.map((value) => -value),
      tiling: { tile, overlap: tile.height - 1, corners },
    });
  };
  const pair = { width, height, frame1: grey(100), frame2: grey(50) };
  return { flows: await coarseLook(pair, scale, look, mostPixels), shown, pair };
}

Deno.test("coarseLook() shows what is small enough, or seen at more than half its size, as it is", async () => {
  for (const [scale, most] of [[1 / 8, 9 * 7], [0.51, 10]]) {
    const { shown, pair } = await seen(9, 7, scale, most);
    assertEquals(shown, [{ pair, scale }]);
  }
});

Deno.test("coarseLook() halves larger pictures until they are small enough, and doubles flows as often", async () => {
  const { flows, shown } = await seen(22, 13, 1 / 8, 50);
  assertEquals(shown.map(({ pair, scale }) => [pair.width, pair.height, scale]), [[6, 4, 1 / 2]]);
  const [{ pair }] = shown;
  assertEquals([...pair.frame1.subarray(0, 6)], [100, 101, 102, 100, 101, 102]);
  assertEquals(pair.frame2.length, 3 * 6 * 4);
  // Pixel x lies at (x - 1.5) / 4 there, where flows are a quarter as long; nearer to the border, they are those of its pixels.
  for (const x of [4, 7, 12, 19]) {
    assertAlmostEquals(flows.forward[2 * (6 * 22 + x)], (x - 1.5) / 8, 1e-5);
    assertEquals(flows.forward[2 * (6 * 22 + x) + 1], 12);
    assertEquals(flows.backward[2 * (6 * 22 + x) + 1], -12);
  }
  assertEquals(flows.tiling, {
    tile: { width: 22, height: 12 },
    overlap: 8,
    corners: [{ left: 0, top: 0 }, { left: 0, top: 4 }],
  });
});

Deno.test("coarseLook() averages 2 x 2 pixels, the last ones of an odd side twice", async () => {
  const values = [10, 20, 5, 30, 41, 6, 50, 60, 7].flatMap((value) => [value, 2 * value, value]);
  const frame1 = Uint8Array.from(values);
  const pair = { width: 3, height: 3, frame1, frame2: frame1 };
  let small: PicturePair | undefined;
  await coarseLook(pair, 1 / 2, (pair) => {
    small = pair;
    const flow = new Float32Array(2 * pair.width * pair.height);
    const tiling = { tile: pair, overlap: 0, corners: [{ left: 0, top: 0 }] };
    return Promise.resolve({ forward: flow, backward: flow, tiling });
  }, 4);
  assertEquals([small!.width, small!.height], [2, 2]);
  // Of (10, 20, 30, 41), (5, 5, 6, 6), (50, 60, 50, 60) and 7, rounded.
  assertEquals([...small!.frame1], [25, 51, 25, 6, 11, 6, 55, 110, 55, 7, 14, 7]);
});

Deno.test("pictures that no buffer of the device holds are estimated, from coarse looks on", async () => {
  const gpu = await testGpu();
  const width = 2600, height = 1700;
  assert(width * height > MOST_PIXELS);
  const frame1 = waves(0, 0, width, height), frame2 = waves(8, 0, width, height);
  const estimator = new FlowEstimator(gpu, smallModel());
  const shares: number[] = [];
  const flow = await estimator.estimate(frame1, frame2, {
    scale: 1 / 8,
    looks: 1,
    sharpen: false,
    onProgress: (share) => shares.push(share),
  });
  assertEquals([flow.width, flow.height, flow.tiling.corners.length], [width, height, 1]);
  assertEquals(flow.tiling.tile, { width, height });
  assert(flow.forward.length === 2 * width * height && flow.forward.every(Number.isFinite));
  assert(shares.every((share, i) => share > 0 && share >= (shares[i - 1] ?? 0)));
  assertAlmostEquals(shares.at(-1)!, 1, 1e-12);
  // Nobody trained it: that its flow is of this size at all.
  assertLess(meanError(flow.forward, 8, 0), 100);
});
