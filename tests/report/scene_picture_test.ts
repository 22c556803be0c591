import { assert, assertEquals } from "@std/assert";
import { scenePicture } from "../../pipeline/report/scene_picture.ts";
import { packPair } from "../../pipeline/picture/viewer/pack.ts";
import { drawnPair } from "../picture/viewer/_pair.ts";

/** Pairs kept by a stage; the prediction is off by as many px as the method says. */
function kept(name: string, pairs: readonly string[], off: number) {
  const packed = pairs.map((pair) => {
    const drawn = drawnPair(pair, { dataset: "scenes" });
    return packPair(drawn, drawn.flow!.map((value) => value + off));
  });
  return { name, viewer: { flowMaximum: 8, pairs: packed } };
}

const ranking = ["d", "b", "a", "e", "c"].map((name, i) => ({
  dataset: "scenes",
  name,
  epe: i,
  zeroEpe: 9,
  rank: i + 1,
  count: 5,
}));

Deno.test("scenePicture() draws the scene in the middle by the first method's error, of those in common", () => {
  const network = kept("network", ["a", "b", "c", "e"], 1);
  const picture = scenePicture([network, kept("cost alone", ["a", "b", "e"], 0.5)], ranking)!;
  const onlyA = scenePicture([network, kept("cost alone", ["a"], 0.5)], ranking)!;
  const onlyB = scenePicture([network, kept("cost alone", ["b"], 0.5)], ranking)!;
  assertEquals(picture.data, onlyA.data);
  assert(picture.data.some((value, i) => value !== onlyB.data[i]), "its name is written in it");
});

Deno.test("scenePicture() is undefined where there is nothing to compare", () => {
  assertEquals(scenePicture([kept("a", ["a"], 1), kept("b", ["b"], 1)], ranking), undefined);
});
