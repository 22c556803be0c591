import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { Sampler } from "../../pipeline/train/sampler.ts";

const SIDE = 5;

// Red is x, green is y, blue is the frame and the pair: every pixel tells where it came from.
function markedPair(index: number): FramePair {
  const frame = (which: number) =>
    Uint8Array.from({ length: 3 * SIDE * SIDE }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return [pixel % SIDE, Math.floor(pixel / SIDE), 10 * index + which][i % 3];
    });
  return {
    name: `pair ${index}`,
    scene: `${index}`,
    dataset: "test",
    width: SIDE,
    height: SIDE,
    frame1: frame(1),
    frame2: frame(2),
  };
}

const pairs = Array.from({ length: 6 }, (_, i) => markedPair(i));
const settings = { batch: 4, crop: 3, realShare: 0 };
const sampler = (seed = 1) => new Sampler(pairs, [], settings, new Rng(seed));

Deno.test("Sampler draws every pair once an epoch, in another order each time", () => {
  const drawn = Array.from({ length: 6 }, (_, step) => sampler().samples(step)).flat().map((
    { pair },
  ) => pair.name);
  const epochs = Array.from({ length: 4 }, (_, epoch) => drawn.slice(6 * epoch, 6 * epoch + 6));
  for (const epoch of epochs) assertEquals(new Set(epoch).size, 6);
  assert(new Set(epochs.map((epoch) => epoch.join())).size > 1);
});

Deno.test("Sampler's batch follows from seed and step alone", () => {
  const walked = sampler();
  for (let step = 0; step < 7; step++) walked.images(step);
  assertEquals(walked.images(7), sampler().images(7));
  assertNotEquals(sampler().images(7), sampler(2).images(7));
});

Deno.test("Sampler crops, mirrors and swaps both frames alike", () => {
  let mirrored = 0, swapped = 0;
  for (let step = 0; step < 40; step++) {
    const source = sampler();
    const images = source.images(step);
    source.samples(step).forEach(({ pair, left, top, mirrorX, mirrorY, swap }, i) => {
      mirrored += Number(mirrorX) + Number(mirrorY);
      swapped += Number(swap);
      const index = pairs.indexOf(pair);
      for (const [image, which] of [[i, swap ? 2 : 1], [4 + i, swap ? 1 : 2]]) {
        const at = (x: number, y: number) => {
          const start = image * 36 + 4 * (3 * y + x);
          return [...images.slice(start, start + 4)].map((value) => Math.round(255 * value));
        };
        assertEquals(at(0, 1), [left + (mirrorX ? 2 : 0), top + 1, 10 * index + which, 0]);
        assertEquals(at(2, 0), [
          left + (mirrorX ? 0 : 2),
          top + (mirrorY ? 2 : 0),
          10 * index + which,
          0,
        ]);
      }
    });
  }
  // 320 coins and 160 coins: four standard deviations around the half.
  assert(Math.abs(mirrored - 160) < 36 && Math.abs(swapped - 80) < 26, `${mirrored} ${swapped}`);
});

Deno.test("Sampler mixes real pairs by their share of the batch", () => {
  const real = [markedPair(20), markedPair(21)];
  const mixed = new Sampler(pairs, real, { ...settings, realShare: 0.5 }, new Rng(1));
  assertEquals(mixed.samples(3).map(({ pair }) => real.includes(pair)), [false, false, true, true]);
});

Deno.test("Sampler names a source that is empty and a pair that is too small", () => {
  assertThrows(() => new Sampler([], [], settings, new Rng(1)), Error, "4 scenes pairs a batch");
  assertThrows(
    () => new Sampler(pairs, [], { ...settings, crop: 64 }, new Rng(1)),
    Error,
    "Cannot crop 64x64 from pair 0 of test, which is 5x5: 6 of 6 scenes pairs are too small. " +
      "The least crop is 64, so frames must have at least 64x64 pixels",
  );
});

Deno.test("Sampler says which crop fits the smallest pair, and how many are too small", () => {
  const sized = (name: string, width: number, height: number): FramePair => ({
    ...markedPair(0),
    name,
    width,
    height,
  });
  const real = [sized("wide", 400, 150), sized("large", 256, 256), sized("tall", 140, 300)];
  assertThrows(
    () => new Sampler([], real, { batch: 2, crop: 192, realShare: 1 }, new Rng(1)),
    Error,
    "Cannot crop 192x192 from tall of test, which is 140x300: 2 of 3 real pairs are too small. " +
      "Lower crop to 128.",
  );
});
