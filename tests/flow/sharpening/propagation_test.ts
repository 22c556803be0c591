/** Flows from neighbours, bit by bit as the reference has them. */
import { assertEquals, assertLess } from "@std/assert";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { PicturePair } from "../../../pipeline/flow/in_tiles.ts";
import type { BandOptions } from "../../../pipeline/flow/sharpening/bands.ts";
import { REACH, recordPropagation } from "../../../pipeline/flow/sharpening/propagation.ts";
import { propagationReference } from "../../reference/propagation.ts";
import { runInBands } from "./_bands.ts";
import { clouds, constantFlow, meanError, waves } from "../_waves.ts";

const [WIDTH, HEIGHT] = [45, 150];

function noisyFlow(seed: number, length: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length }, () => rng.integer(9) - 4 + rng.uniform());
}

function pairOf(u: number, v: number, width = WIDTH, height = HEIGHT): PicturePair {
  const [frame1, frame2] = [clouds(0, 0, width, height), clouds(u, v, width, height)];
  return { width, height, frame1: frame1.data, frame2: frame2.data };
}

const propagated = (
  pair: PicturePair,
  flow: Float32Array,
  options: Partial<BandOptions> & { onRows?: (share: number) => void } = {},
) => runInBands(pair, flow, recordPropagation, { reach: REACH, ...options });

Deno.test("propagation gives what its definition does, however the picture is cut", async () => {
  const pair = pairOf(2, -1), flow = noisyFlow(3, 2 * WIDTH * HEIGHT);
  const wanted = propagationReference(pair, flow);
  for (const rows of [1000, 20, 1]) {
    const shares: number[] = [];
    const onRows = (share: number) => void shares.push(share);
    assertEquals(await propagated(pair, flow, { rows, onRows }), wanted, `${rows}`);
    assertEquals(shares, shares.toSorted((a, b) => a - b));
    assertEquals(shares.at(-1), 1);
  }
  assertEquals(await propagated(pair, flow), wanted);
  assertLess(meanError(wanted, 2, -1), 0.9 * meanError(flow, 2, -1));
});

Deno.test("propagation sees rows around a band where the device cannot hold the pictures", async () => {
  const height = 2 * REACH + 150, pair = pairOf(1, 2, WIDTH, height);
  const flow = noisyFlow(4, 2 * WIDTH * height);
  const whole = await propagated(pair, flow, { rows: 20 });
  // Flows of up to five pixels, and four that they are changed by, lead nowhere beyond ten rows, of whose slopes the last is another.
  const options = { rows: 20, window: 2 * REACH + 20 + 20 };
  assertEquals(await propagated(pair, flow, options), whole);
});

Deno.test("propagation changes no flow by which nothing matches better, and none that leaves the picture", async () => {
  const pair = pairOf(0, 0);
  const flow = constantFlow(0, 0, WIDTH, HEIGHT);
  // Beyond the picture there is nothing to match: these flows do not spread, and nothing speaks against them.
  flow.set([300, 300], 2 * (20 * WIDTH + 20));
  flow.set([-1e30, 3e38], 2 * (40 * WIDTH + 30));
  const wanted = flow.slice();
  // A wrong one inside is replaced.
  flow.set([7, 3], 2 * (90 * WIDTH + 10));
  assertEquals(await propagated(pair, flow), wanted);
  // What is wrong everywhere alike cannot come from neighbours.
  const near = await propagated(pair, constantFlow(0.75, -0.5, WIDTH, HEIGHT));
  assertLess(meanError(near, 0, 0), 0.1 * Math.hypot(0.75, 0.5));
});

Deno.test("propagation takes no difference of colours beyond ten levels for a better match", async () => {
  const [width, height] = [128, 40];
  // Flat, and all pixels from 14 to 18 lead to the right half, those around 30 to the left one.
  const frame1 = new Uint8Array(3 * width * height).fill(100);
  const flow = Float32Array.from(
    { length: 2 * width * height },
    (_, k) => k % 2 === 0 && (k >> 1) % width < 20 ? 64 : 0,
  );
  const takes = async (left: number, right: number) => {
    const frame2 = frame1.map((level, i) =>
      level + (Math.floor(i / 3) % width < width / 2 ? left : right)
    );
    const pair = { width, height, frame1, frame2 };
    return (await propagated(pair, flow))[2 * (20 * width + 30)] === 64;
  };
  // A level in the mean is 48 units where 19 are to be gained.
  assertEquals(await takes(11, 9), true);
  assertEquals(await takes(9, 8), true);
  assertEquals(await takes(12, 11), false);
  assertEquals(await takes(8, 9), false);
  assertEquals(await takes(9, 9), false);
});

Deno.test("propagation takes pictures that are smaller than what it compares", async () => {
  for (const [width, height] of [[2, 2], [1, 9], [30, 3], [4, 5], [67, 6]]) {
    const frame1 = waves(0, 0, width, height).data, frame2 = waves(1, 0, width, height).data;
    const flow = noisyFlow(5, 2 * width * height);
    const pair = { width, height, frame1, frame2 };
    const wanted = propagationReference(pair, flow);
    assertEquals(await propagated(pair, flow), wanted, `${width} x ${height}`);
  }
});
