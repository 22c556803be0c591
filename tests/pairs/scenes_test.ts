import { assert, assertEquals, assertGreater, assertLess, assertNotEquals } from "@std/assert";
import { ellipse, type Layer } from "../../pipeline/pairs/layers.ts";
import { drawScene, drawScenes, renderScene } from "../../pipeline/pairs/scenes.ts";
import type { Texture } from "../../pipeline/pairs/texture.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { provesLabels } from "./_labels.ts";

Deno.test("drawScenes() proves its own labels", async (t) => {
  const scenes = [...drawScenes(new Rng(7), { split: "proof", count: 6, size: 128 })];
  // Noise of .003 in each frame and rounding to 8 bits give .0035; the rest is interpolation.
  await provesLabels(t, scenes, 0.05);
});

const GREY: Texture = {
  base: [0.5, 0.5, 0.5],
  lattice: new Float32Array(64 * 64),
  octaves: new Float64Array(20),
};
const moving = (u: number, v: number): Pick<Layer, "motion" | "inverse" | "texture"> => ({
  texture: GREY,
  motion: [1, 0, u, 0, 1, v],
  inverse: [1, 0, -u, 0, 1, -v],
});
/** Axis-parallel rectangle by centre and half sides. */
const rectangle = (x: number, y: number, halfWidth: number, halfHeight: number) => ({
  kind: "polygon" as const,
  x,
  y,
  radius: 100,
  planes: Float64Array.of(1, 0, halfWidth, -1, 0, halfWidth, 0, 1, halfHeight, 0, -1, halfHeight),
});
const drawing = (mask: Uint8Array, width: number) =>
  Array.from(
    { length: mask.length / width },
    (_, y) => [...mask.subarray(y * width, (y + 1) * width)].map((v) => v ? "#" : ".").join(""),
  );

Deno.test("renderScene() labels hand-laid layers", async (t) => {
  // An object over columns 3-5 and rows 2-4 of a still background moves by (+2, -1).
  const layers: Layer[] = [moving(0, 0), { ...moving(2, -1), shape: rectangle(4, 3, 1.5, 1.5) }];
  const pair = renderScene(layers, "hand", 9, new Rng(1));

  await t.step("flow is (+2, -1) on the object and 0 beside it", () => {
    assertEquals([...pair.flow!.subarray(2 * (3 * 9 + 4), 2 * (3 * 9 + 4) + 2)], [2, -1]);
    assertEquals([...pair.flow!.subarray(2 * (3 * 9 + 6), 2 * (3 * 9 + 6) + 2)], [0, 0]);
  });
  await t.step("backward flow is (-2, +1) where the object has gone", () => {
    const i = 2 * 9 + 6;
    assertEquals([...pair.flowBackward!.subarray(2 * i, 2 * i + 2)], [-2, 1]);
  });
  await t.step("what the object covers in frame 2 is occluded", () => {
    assertEquals(drawing(pair.occluded!, 9), [
      ".........",
      ".....###.",
      "......##.",
      "......##.",
      ".........",
      ".........",
      ".........",
      ".........",
      ".........",
    ]);
  });
  await t.step("what it uncovers is occluded backward", () => {
    assertEquals(drawing(pair.occludedBackward!, 9), [
      ".........",
      ".........",
      "...##....",
      "...##....",
      "...###...",
      ".........",
      ".........",
      ".........",
      ".........",
    ]);
  });
  await t.step("what leaves the picture is occluded", () => {
    const gone = renderScene([moving(1.5, 0)], "gone", 5, new Rng(1));
    assertEquals(drawing(gone.occluded!, 5), ["...##", "...##", "...##", "...##", "...##"]);
    assertEquals(drawing(gone.occludedBackward!, 5)[0], "##...");
  });
  await t.step("a lower object hidden by a higher one is occluded", () => {
    const stacked: Layer[] = [
      moving(0, 0),
      { ...moving(0, 0), shape: ellipse(6, 4, [1.2, 1.2], 0) },
      { ...moving(4, 0), shape: rectangle(2, 4, 1.5, 1.5) },
    ];
    const { occluded } = renderScene(stacked, "stacked", 9, new Rng(1));
    assertEquals(drawing(occluded!, 9)[4], ".....###.");
  });
});

Deno.test("drawScenes() streams", async (t) => {
  const draw = (seed: number, split: string, count = 2) => [
    ...drawScenes(new Rng(seed), { split, count, size: 64 }),
  ];
  await t.step("the same seed gives the same bytes", () => {
    assertEquals(draw(1, "scenes_train"), draw(1, "scenes_train"));
  });
  await t.step("a scene does not depend on how many are drawn", () => {
    assertEquals(draw(1, "scenes_train", 1)[0], draw(1, "scenes_train", 3)[0]);
  });
  await t.step("splits, seeds and scenes differ", () => {
    const pictures = [
      ...draw(1, "scenes_train"),
      ...draw(1, "scenes_validation"),
      ...draw(1, "scenes_test"),
      ...draw(2, "scenes_train"),
    ].map((pair) => pair.frame1.join());
    assertEquals(new Set(pictures).size, 8);
  });
  await t.step("a scene holds everything, at its size", () => {
    const scene = drawScene(new Rng(3), "one", 70);
    assertEquals([scene.width, scene.height, scene.dataset], [70, 70, "scenes"]);
    assertEquals(scene.frame1.length, 70 * 70 * 3);
    assertEquals(scene.flow!.length, 70 * 70 * 2);
    assertEquals(scene.flowBackward!.length, 70 * 70 * 2);
    assert(scene.valid!.every((value) => value === 1));
    assertEquals(scene.occludedBackward!.length, 70 * 70);
    assertNotEquals(scene.frame1, scene.frame2);
  });
});

Deno.test("drawScenes() has the statistics of the specification", () => {
  let length = 0, hidden = 0, pixels = 0;
  for (
    const { flow, occluded } of drawScenes(new Rng(1), { split: "many", count: 60, size: 128 })
  ) {
    for (let i = 0; i < occluded!.length; i++) {
      length += Math.hypot(flow![2 * i], flow![2 * i + 1]);
      hidden += occluded![i];
    }
    pixels += occluded!.length;
  }
  // The prototype's test pairs: zero flow errs by 3.22 px.
  assertGreater(length / pixels, 2.9);
  assertLess(length / pixels, 3.6);
  assertGreater(hidden / pixels, 0.05);
  assertLess(hidden / pixels, 0.12);
});
