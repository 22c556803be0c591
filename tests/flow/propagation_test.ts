/** Flows from neighbours, beside the same written down without bands, running sums and copies. */
import { assertEquals, assertLess } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import type { PicturePair } from "../../pipeline/flow/in_tiles.ts";
import { propagated } from "../../pipeline/flow/propagation.ts";
import { bilinear } from "../../pipeline/flow/sampling.ts";
import { clouds, constantFlow, meanError, waves } from "./_waves.ts";

const [WIDTH, HEIGHT] = [45, 150];

function noisyFlow(seed: number, length: number): Float32Array {
  const rng = new Rng(seed);
  return Float32Array.from({ length }, () => rng.integer(9) - 4 + rng.uniform());
}

function pairOf(u: number, v: number): PicturePair {
  const [frame1, frame2] = [clouds(0, 0, WIDTH, HEIGHT), clouds(u, v, WIDTH, HEIGHT)];
  return { width: WIDTH, height: HEIGHT, frame1: frame1.data, frame2: frame2.data };
}

Deno.test("propagated() is what its definition gives, however the picture is cut", async () => {
  const pair = pairOf(2, -1), flow = noisyFlow(3, 2 * WIDTH * HEIGHT);
  const wanted = byDefinition(pair, flow);
  for (const rows of [1000, 64, 7]) {
    const shares: number[] = [];
    const onRows = (share: number) => Promise.resolve(shares.push(share)).then(() => {});
    assertEquals(await propagated(pair, flow, { rows, onRows }), wanted, `${rows}`);
    assertEquals(shares, shares.toSorted((a, b) => a - b));
    assertEquals(shares.at(-1), 1);
  }
  assertEquals(await propagated(pair, flow), wanted);
  assertLess(meanError(wanted, 2, -1), 0.8 * meanError(flow, 2, -1));
});

Deno.test("propagated() changes no flow by which nothing matches better, and none that leaves the picture", async () => {
  const pair = pairOf(0, 0);
  const flow = constantFlow(0, 0, WIDTH, HEIGHT);
  // Beyond the picture there is nothing to match: this flow does not spread, and nothing speaks against it.
  flow.set([300, 300], 2 * (20 * WIDTH + 20));
  const wanted = flow.slice();
  // A wrong one inside is replaced.
  flow.set([7, 3], 2 * (90 * WIDTH + 10));
  assertEquals(await propagated(pair, flow), wanted);
});

Deno.test("propagated() takes pictures that are smaller than what it compares", async () => {
  for (const [width, height] of [[2, 2], [1, 9], [30, 3]]) {
    const frame1 = waves(0, 0, width, height).data, frame2 = waves(1, 0, width, height).data;
    const flow = noisyFlow(5, 2 * width * height);
    const pair = { width, height, frame1, frame2 };
    assertEquals(await propagated(pair, flow), byDefinition(pair, flow));
  }
});

/** Step by step as the head of the module says it. */
function byDefinition(pair: PicturePair, flow: Float32Array): Float32Array {
  const { width, height } = pair;
  const inside = (value: number, count: number) => Math.min(count - 1, Math.max(0, value));
  const mismatch = mismatchByDefinition(pair);
  /** Of the square around a pixel, all pixels of which take the flows that `flowAt` says. */
  const cost = (x: number, y: number, flowAt: (x: number, y: number) => [number, number]) => {
    let sum = 0, pixels = 0;
    for (let j = Math.max(0, y - 3); j <= Math.min(height - 1, y + 3); j++) {
      for (let i = Math.max(0, x - 3); i <= Math.min(width - 1, x + 3); i++, pixels++) {
        sum += mismatch(i, j, ...flowAt(i, j));
      }
    }
    return { sum, pixels };
  };
  const result = flow.slice();
  const own = new Map<number, number>();
  for (let i = 0; i < width * height; i++) {
    const at = (x: number, y: number): [number, number] => {
      const k = 2 * (y * width + x);
      return [flow[k], flow[k + 1]];
    };
    own.set(i, cost(i % width, Math.floor(i / width), at).sum);
  }
  for (const distance of [24, 12, 6, 3, 1]) {
    const before = result.slice();
    for (const dy of [-distance, 0, distance]) {
      for (const dx of [-distance, 0, distance]) {
        if (dx === 0 && dy === 0) continue;
        const neighbour = (x: number, y: number): [number, number] => {
          const k = 2 * (inside(y + dy, height) * width + inside(x + dx, width));
          return [before[k], before[k + 1]];
        };
        for (let i = 0; i < width * height; i++) {
          const x = i % width, y = Math.floor(i / width);
          const { sum, pixels } = cost(x, y, neighbour);
          const toX = x + result[2 * i], toY = y + result[2 * i + 1];
          const leaves = toX < 0 || toY < 0 || toX > width - 1 || toY > height - 1;
          if (!(sum < own.get(i)! - 25.6 * pixels) || leaves) continue;
          own.set(i, sum);
          result.set(neighbour(x, y), 2 * i);
        }
      }
    }
  }
  return result;
}

function mismatchByDefinition({ frame1, frame2, width, height }: PicturePair) {
  const grey = (frame: Uint8Array) =>
    Float32Array.from(
      { length: width * height },
      (_, i) =>
        Math.round(0.299 * frame[3 * i] + 0.587 * frame[3 * i + 1] + 0.114 * frame[3 * i + 2]),
    );
  const slopes = (frame: Uint8Array) => {
    const at = bilinear(grey(frame), 1, { width, height });
    return Float32Array.from({ length: 2 * width * height }, (_, k) => {
      const x = (k >> 1) % width, y = Math.floor((k >> 1) / width);
      const along = (side: number) =>
        [-1, 0, 1].reduce(
          (sum, across) =>
            sum + (2 - Math.abs(across)) *
              (k % 2 === 0 ? at(x + side, y + across, 0) : at(x + across, y + side, 0)),
          0,
        );
      return along(1) - along(-1);
    });
  };
  const slopes1 = slopes(frame1), slopes2 = bilinear(slopes(frame2), 2, { width, height });
  const colour2 = bilinear(frame2, 3, { width, height });
  return (x: number, y: number, u: number, v: number) => {
    const toX = x + u, toY = y + v, i = y * width + x;
    if (toX < 0 || toY < 0 || toX > width - 1 || toY > height - 1) return 256 * (5 + 8);
    const colour = [0, 1, 2].reduce(
      (sum, c) => sum + Math.abs(frame1[3 * i + c] - colour2(toX, toY, c)),
      0,
    );
    const slope = [0, 1].reduce(
      (sum, c) => sum + Math.abs(slopes1[2 * i + c] - slopes2(toX, toY, c)),
      0,
    );
    return Math.round(256 * (Math.min(colour / 3, 20) / 4 + Math.min(slope / 8, 8)));
  };
}
