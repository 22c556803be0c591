import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { splitByClip } from "../../pipeline/own_frames/split.ts";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";

function clip(scene: string, count: number): PairFiles[] {
  return Array.from({ length: count }, (_, i) => ({
    name: `${scene}/${i}`,
    scene,
    dataset: "frames",
    frame1: `${scene}/${i}.png`,
    frame2: `${scene}/${i + 1}.png`,
  }));
}

const framesOf = (pairs: readonly PairFiles[]) =>
  new Set(pairs.flatMap(({ frame1, frame2 }) => [frame1, frame2]));

Deno.test("splitByClip() holds out whole clips, always at least one, never all", () => {
  const pairs = ["a", "b", "c", "d", "e"].flatMap((name) => clip(name, 4));
  for (const [share, count] of [[0.01, 1], [0.4, 2], [0.99, 4]]) {
    const { training, heldOut, description } = splitByClip(pairs, { share, rng: new Rng(1) });
    const held = [...new Set(heldOut.map(({ scene }) => scene))];
    assertEquals([held.length, heldOut.length, training.length], [
      count,
      4 * count,
      20 - 4 * count,
    ]);
    assertEquals(training.some(({ scene }) => held.includes(scene)), false);
    assertStringIncludes(
      description,
      `held out ${count} of 5 clips with ${4 * count} of 20 pairs: `,
    );
  }
});

Deno.test("splitByClip() chooses by the generator alone", () => {
  const pairs = ["a", "b", "c", "d", "e"].flatMap((name) => clip(name, 1));
  const held = (seed: number, given = pairs) =>
    splitByClip(given, { share: 0.2, rng: new Rng(seed) }).heldOut[0].scene;
  assertEquals(held(3), held(3, pairs.toReversed()));
  assertEquals(new Set([1, 2, 3, 4, 5, 6, 7, 8].map((seed) => held(seed))).size > 1, true);
});

Deno.test("splitByClip() of one clip holds out its end, and no frame is on both sides", () => {
  const { training, heldOut, description } = splitByClip(clip("a", 39), {
    share: 0.2,
    rng: new Rng(1),
  });
  assertEquals([training.length, heldOut.length], [30, 8]);
  assertEquals([training.at(-1)!.frame2, heldOut[0].frame1], ["a/30.png", "a/31.png"]);
  const trained = framesOf(training);
  assertEquals([...framesOf(heldOut)].some((frame) => trained.has(frame)), false);
  assertStringIncludes(description, "held out the end of the only clip, 8 of 39 pairs");
  const least = splitByClip(clip("a", 3), { share: 0.99, rng: new Rng(1) });
  assertEquals([least.training.length, least.heldOut.length], [1, 1]);
});

Deno.test("splitByClip() refuses a single clip that cannot be divided", () => {
  assertThrows(
    () => splitByClip(clip("a", 2), { share: 0.2, rng: new Rng(1) }),
    Error,
    "Cannot divide the frames: 2 pairs of one clip are too few, 3 are needed, which is 4 frames.",
  );
});
