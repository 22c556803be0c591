import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { holdOut } from "../../pipeline/pairs/holdout.ts";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import { Rng } from "../../pipeline/common/rng.ts";

/** `perScene` pairs in each of `scenes` scenes, in two passes. */
function pairs(scenes: number, perScene = 3): PairFiles[] {
  return ["clean", "final"].flatMap((dataset) =>
    Array.from({ length: scenes * perScene }, (_, i) => ({
      name: `${i}`,
      scene: `scene ${Math.floor(i / perScene)}`,
      dataset,
      frame1: "1",
      frame2: "2",
      flow: "f",
    }))
  );
}
const scenesOf = (list: PairFiles[]) => [...new Set(list.map((pair) => pair.scene))].sort();
const split = (list: PairFiles[], share: number, seed = 1) =>
  holdOut(list, { share, rng: new Rng(seed) });

Deno.test("holdOut()", async (t) => {
  await t.step("with share 0 scores every pair and trains on every pair's frames", () => {
    const { evaluation, training } = split(pairs(5), 0);
    assertEquals([evaluation.length, training.length], [30, 30]);
  });
  await t.step("never divides a scene, in no pass", () => {
    const { evaluation, training } = split(pairs(10), 0.3);
    assertEquals([scenesOf(evaluation).length, scenesOf(training).length], [3, 7]);
    assertEquals(scenesOf([...evaluation, ...training]).length, 10);
    assertEquals(evaluation.length, 3 * 3 * 2);
  });
  await t.step("is decided by the seed, not by the order of pairs", () => {
    assertEquals(split(pairs(10), 0.3), split(pairs(10), 0.3));
    assertEquals(
      scenesOf(split(pairs(10).reverse(), 0.3).evaluation),
      scenesOf(split(pairs(10), 0.3).evaluation),
    );
    const others = [2, 3, 4].map((seed) => scenesOf(split(pairs(10), 0.3, seed).evaluation).join());
    assertNotEquals(new Set(others).size, 1);
  });
  await t.step("holds out at least one scene and leaves at least one, where there are two", () => {
    assertEquals(scenesOf(split(pairs(4), 0.01).evaluation).length, 1);
    assertEquals(scenesOf(split(pairs(4), 0.99).training).length, 1);
    assertEquals(split(pairs(1), 0.5).training, []);
    assertEquals(split(pairs(4), 1).training, []);
  });
  await t.step("does not score pairs without truth, but trains on them", () => {
    const blind = pairs(4).map(({ flow: _, ...pair }) => pair);
    const { evaluation, training } = split(blind, 0);
    assert(evaluation.length === 0 && training.length === 24);
  });
});
