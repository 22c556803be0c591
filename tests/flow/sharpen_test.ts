/** What becomes of flows that are mixed where motion changes. */
import { assertEquals, assertLess } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import type { FlowPair } from "../../pipeline/direct/direct.ts";
import type { PicturePair } from "../../pipeline/flow/in_tiles.ts";
import { warpedBack } from "../../pipeline/flow/next_look.ts";
import { Sharpener } from "../../pipeline/flow/sharpen.ts";
import { testGpu } from "../_adapter.ts";
import { clouds } from "./_waves.ts";

Deno.test("sharpened() tells apart what moves differently, and gives hidden pixels the flow behind", async () => {
  const { pair, truth, hidden, edge } = discScene();
  const mixed = {
    forward: boxBlurred(truth.forward, pair.width, 8),
    backward: boxBlurred(truth.backward, pair.width, 8),
  };
  const before = structuredClone(mixed);
  const sharpener = new Sharpener(await testGpu());
  const sharp = await sharpener.sharpened(pair, mixed);
  assertEquals(mixed, before);
  for (const direction of ["forward", "backward"] as const) {
    const mixture = meanOver(edge, mixed[direction], truth[direction]);
    assertLess(meanOver(edge, sharp[direction], truth[direction]), mixture / 5);
  }
  const mixture = meanOver(hidden, mixed.forward, truth.forward);
  assertLess(meanOver(hidden, sharp.forward, truth.forward), mixture / 2);
});

Deno.test("sharpened() takes noise from the flow of what comes nearer, and guesses that of what leaves the picture", async () => {
  const [width, height] = [128, 96], rng = new Rng(6);
  const motion = (zoom: number) =>
    Float32Array.from({ length: 2 * width * height }, (_, k) => {
      const x = (k >> 1) % width, y = Math.floor((k >> 1) / width);
      return (zoom - 1) * (k % 2 === 0 ? x - width / 2 : y - height / 2);
    });
  const truth = { forward: motion(1.15), backward: motion(1 / 1.15) };
  const { data: frame1 } = clouds(0, 0, width, height);
  const pair = { width, height, frame1, frame2: frame1 };
  const nearer = { ...pair, frame2: warpedBack(pair, truth.backward) };
  const noisy = (flow: Float32Array) => flow.map((value) => value + rng.uniform(-0.6, 0.6));
  const start = { forward: noisy(truth.forward), backward: noisy(truth.backward) };
  const shares: number[] = [];
  const sharp = await new Sharpener(await testGpu()).sharpened(
    nearer,
    start,
    (share) => shares.push(share),
  );
  const staying = new Uint8Array(width * height).map((_, i) => {
    const x = i % width + truth.forward[2 * i];
    const y = Math.floor(i / width) + truth.forward[2 * i + 1];
    return x >= 0 && y >= 0 && x <= width - 1 && y <= height - 1 ? 1 : 0;
  });
  const noise = meanOver(staying, start.forward, truth.forward);
  assertLess(meanOver(staying, sharp.forward, truth.forward), 0.6 * noise);
  // By the flow of what is left beside it, which is not the same.
  const leaving = staying.map((stays) => 1 - stays);
  const length = meanOver(leaving, new Float32Array(2 * width * height), truth.forward);
  assertLess(meanOver(leaving, sharp.forward, truth.forward), length / 4);
  assertEquals(shares, shares.toSorted((a, b) => a - b));
  assertEquals(shares.at(-1), 1);
});

Deno.test("sharpened() gives the same for bands of any height, whatever came before, and for calls that overlap", async () => {
  const gpu = await testGpu(), rng = new Rng(9);
  const caseOf = (u: number, width: number, height: number) => {
    const frame1 = clouds(0, 0, width, height).data, frame2 = clouds(u, 1, width, height).data;
    const field = () => Float32Array.from({ length: 2 * width * height }, () => rng.uniform(-4, 4));
    const flows = { forward: field(), backward: field() };
    return { pair: { width, height, frame1, frame2 }, flows };
  };
  // Higher than some rows and all that lies within reach of them.
  const cases = [caseOf(1, 12, 300), caseOf(-2, 12, 300), caseOf(1, 33, 18)];
  const one = new Sharpener(gpu), narrow = new Sharpener(gpu, { rows: 20 });
  const wanted: FlowPair[] = [];
  for (const { pair, flows } of cases) wanted.push(await new Sharpener(gpu).sharpened(pair, flows));
  for (const index of [0, 1, 2, 0]) {
    const { pair, flows } = cases[index];
    assertEquals(await one.sharpened(pair, flows), wanted[index], `case ${index}`);
    assertEquals(await narrow.sharpened(pair, flows), wanted[index], `case ${index}, in bands`);
  }
  const [first, second] = cases;
  const together = await Promise.all([
    narrow.sharpened(first.pair, first.flows),
    narrow.sharpened(second.pair, second.flows),
  ]);
  assertEquals(together, wanted.slice(0, 2));
});

/** A disc that moves by (6, -2) before a ground that moves by (-3, 1). */
function discScene(): {
  pair: PicturePair;
  truth: FlowPair;
  hidden: Uint8Array;
  edge: Uint8Array;
} {
  const [width, height] = [128, 96], [u, v] = [6, -2], [groundU, groundV] = [-3, 1];
  const inDisc = (x: number, y: number) => Math.hypot(x - 60, y - 50) < 24;
  const ground = [clouds(0, 0, width, height), clouds(groundU, groundV, width, height)];
  const disc = [clouds(30, -25, width, height), clouds(30 + u, -25 + v, width, height)];
  const frames = [new Uint8Array(3 * width * height), new Uint8Array(3 * width * height)];
  const flows = [new Float32Array(2 * width * height), new Float32Array(2 * width * height)];
  const hidden = new Uint8Array(width * height), edge = new Uint8Array(width * height);
  for (let i = 0; i < width * height; i++) {
    const x = i % width, y = Math.floor(i / width);
    for (const second of [0, 1]) {
      const before = inDisc(x - second * u, y - second * v);
      for (let c = 0; c < 3; c++) {
        const k = 3 * i + c;
        frames[second][k] = before ? 255 - disc[second].data[k] : ground[second].data[k];
      }
      const sign = 1 - 2 * second;
      flows[second].set(before ? [sign * u, sign * v] : [sign * groundU, sign * groundV], 2 * i);
    }
    const behind = !inDisc(x, y) && inDisc(x + groundU - u, y + groundV - v);
    hidden[i] = behind ? 1 : 0;
    const fromRim = Math.abs(Math.hypot(x - 60, y - 50) - 24);
    edge[i] = fromRim < 12 && !behind ? 1 : 0;
  }
  return {
    pair: { width, height, frame1: frames[0], frame2: frames[1] },
    truth: { forward: flows[0], backward: flows[1] },
    hidden,
    edge,
  };
}

function boxBlurred(flow: Float32Array, width: number, radius: number): Float32Array {
  const height = flow.length / (2 * width);
  return flow.map((_, k) => {
    const x = (k >> 1) % width, y = Math.floor((k >> 1) / width);
    let sum = 0, count = 0;
    for (let j = Math.max(0, y - radius); j <= Math.min(height - 1, y + radius); j++) {
      for (let i = Math.max(0, x - radius); i <= Math.min(width - 1, x + radius); i++, count++) {
        sum += flow[2 * (j * width + i) + k % 2];
      }
    }
    return sum / count;
  });
}

function meanOver(mask: Uint8Array, flow: Float32Array, truth: Float32Array): number {
  let sum = 0, count = 0;
  mask.forEach((inside, i) => {
    if (inside === 0) return;
    sum += Math.hypot(flow[2 * i] - truth[2 * i], flow[2 * i + 1] - truth[2 * i + 1]);
    count++;
  });
  return sum / count;
}
