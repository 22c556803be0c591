import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { type FrameSource, Sampler } from "../../pipeline/train/sampler.ts";
import { framesOf } from "./_frames.ts";

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
const settings = { batch: 4, height: 3, width: 3, realShare: 0 };
const sampler = (seed = 1) => new Sampler(framesOf(pairs), undefined, settings, new Rng(seed));

Deno.test("Sampler draws every pair once an epoch, in another order each time", () => {
  const drawn = Array.from({ length: 6 }, (_, step) => sampler().samples(step)).flat().map((
    { pair },
  ) => pair.name);
  const epochs = Array.from({ length: 4 }, (_, epoch) => drawn.slice(6 * epoch, 6 * epoch + 6));
  for (const epoch of epochs) assertEquals(new Set(epoch).size, 6);
  assert(new Set(epochs.map((epoch) => epoch.join())).size > 1);
});

Deno.test("Sampler's batch follows from seed and step alone", async () => {
  const walked = sampler();
  for (let step = 0; step < 7; step++) await walked.pictures(step);
  assertEquals(await walked.pictures(7), await sampler().pictures(7));
  assertNotEquals(await sampler().pictures(7), await sampler(2).pictures(7));
});

Deno.test("Sampler crops, mirrors and swaps both frames alike", async () => {
  let mirrored = 0, swapped = 0;
  for (let step = 0; step < 40; step++) {
    const source = sampler();
    const pictures = await source.pictures(step);
    source.samples(step).forEach(({ pair, left, top, mirrorX, mirrorY, swap }, i) => {
      mirrored += Number(mirrorX) + Number(mirrorY);
      swapped += Number(swap);
      const index = pairs.findIndex(({ name }) => name === pair.name);
      for (const [picture, which] of [[i, swap ? 2 : 1], [4 + i, swap ? 1 : 2]]) {
        const { rows, ...how } = pictures[picture];
        assertEquals(how, { frameWidth: SIDE, left, mirrorX, mirrorY });
        assertEquals(rows.length, 3 * SIDE * 3);
        assertEquals([...rows.subarray(0, 3)], [0, top, 10 * index + which]);
        assertEquals([...rows.subarray(-3)], [SIDE - 1, top + 2, 10 * index + which]);
      }
    });
  }
  // 320 coins and 160 coins: four standard deviations around the half.
  assert(Math.abs(mirrored - 160) < 36 && Math.abs(swapped - 80) < 26, `${mirrored} ${swapped}`);
});

Deno.test("Sampler gives the memory of each picture back to the source that it came from", async () => {
  const given = { scenes: 0, real: 0 };
  const source = (pairs: FramePair[], name: keyof typeof given): FrameSource => {
    const frames = framesOf(pairs) as FrameSource;
    return { ...frames, giveBack: ({ length }) => void (given[name] += length) };
  };
  const mixed = new Sampler(
    source(pairs, "scenes"),
    source([markedPair(20)], "real"),
    { ...settings, realShare: 0.25 },
    new Rng(1),
  );
  mixed.giveBack(3, await mixed.pictures(3));
  const picture = 3 * SIDE * 3;
  assertEquals(given, { scenes: 6 * picture, real: 2 * picture });
});

Deno.test("Sampler mixes real pairs by their share of the batch", () => {
  const real = framesOf([markedPair(20), markedPair(21)]) as FrameSource;
  const mixed = new Sampler(framesOf(pairs), real, { ...settings, realShare: 0.5 }, new Rng(1));
  assertEquals(mixed.samples(3).map(({ source }) => source === real), [false, false, true, true]);
});

Deno.test("Sampler names a source that is empty and a pair that is too small", () => {
  assertThrows(
    () => new Sampler(framesOf([]), undefined, settings, new Rng(1)),
    Error,
    "4 scenes pairs a batch",
  );
  assertThrows(
    () =>
      new Sampler(framesOf(pairs), undefined, { ...settings, height: 64, width: 64 }, new Rng(1)),
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
    () =>
      new Sampler(
        undefined,
        framesOf(real),
        { batch: 2, height: 192, width: 192, realShare: 1 },
        new Rng(1),
      ),
    Error,
    "Cannot crop 192x192 from tall of test, which is 140x300: 2 of 3 real pairs are too small. " +
      "Lower crop to 128.",
  );
});

Deno.test("Sampler with a curriculum draws from the first pairs, from more of them step by step", () => {
  const curriculum = { start: 1 / 6, end: 2 / 3, steps: 200 };
  const drawn = (steps: number[]) => {
    const sampler = new Sampler(
      framesOf(pairs),
      undefined,
      { ...settings, curriculum },
      new Rng(1),
    );
    const names = steps.flatMap((step) => sampler.samples(step).map(({ pair }) => pair.name));
    return [...new Set(names)].sort();
  };
  assertEquals(drawn([0]), ["pair 0"]);
  // From 1 to 4 of 6: the second comes in at a sixth of the way, the fourth at five sixths.
  const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
  assertEquals(drawn(range(0, 33)), ["pair 0"]);
  assertEquals(drawn(range(34, 99)), ["pair 0", "pair 1"]);
  assertEquals(drawn(range(167, 200)), ["pair 0", "pair 1", "pair 2", "pair 3"]);
  assertEquals(drawn([1_000_000]).every((name) => name <= "pair 3"), true);
});
