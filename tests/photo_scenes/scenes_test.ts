import { assert, assertAlmostEquals, assertEquals, assertGreater, assertLess } from "@std/assert";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import {
  drawPhotoLayers,
  drawPhotoScene,
  drawPhotoScenes,
} from "../../pipeline/photo_scenes/scenes.ts";
import { differences, mean, provesLabels } from "../pairs/_labels.ts";
import { noisePhotographs } from "./_photographs.ts";

const photographs = noisePhotographs(5);
const settings = { width: 128, height: 96, photographs, largestMotion: 24, mostObjects: 6 };
const PLAIN = { blur: 0, gain: 1, noise: 0 };

Deno.test("drawPhotoScene() proves its own labels", async (t) => {
  const scenes = Array.from(
    { length: 6 },
    (_, i) => drawPhotoScene(new Rng(i), `scene_${i}`, 1, settings, { exposure: PLAIN }),
  );
  // Without noise, what is left is rounding to 8 bits (.001) and interpolation.
  await provesLabels(t, scenes, 0.06);
});

Deno.test("drawPhotoScene() brightens the second frame, and only that", () => {
  const exposed = (gain: number) =>
    drawPhotoScene(new Rng(9), "bright", 0, settings, { exposure: { ...PLAIN, gain } });
  const [plain, dark] = [exposed(1), exposed(0.9)];
  assertEquals(dark.frame1, plain.frame1);
  assertEquals(plain.frame2, plain.frame1, "nothing moves at scale 0");
  for (let i = 0; i < 600; i++) assertAlmostEquals(dark.frame2[i], 0.9 * plain.frame1[i], 1);
});

Deno.test("drawPhotoScene() warped by its truth is its first frame within blur, gain and noise", () => {
  for (let i = 0; i < 6; i++) {
    const scene = drawPhotoScene(new Rng(100 + i), "real", 0.5, settings);
    const ratio = brightness(scene);
    const undone: FramePair = {
      ...scene,
      frame2: scene.frame2.map((value) => Math.min(255, Math.round(value / ratio))),
    };
    // Mean of the difference of two noises of deviation 3/255: 2 / sqrt(pi) times it.
    assertLess(mean(differences(undone, scene.flow!, { interior: true })), 0.006 + 1.13 * 3 / 255);
  }
});

/** Of frame 2 beside frame 1, where the flow leads. */
function brightness({ width, frame1, frame2, flow, occluded }: FramePair): number {
  let first = 0, second = 0;
  for (let i = 0; i < occluded!.length; i++) {
    if (occluded![i]) continue;
    const x = Math.round(i % width + flow![2 * i]);
    const y = Math.round(Math.floor(i / width) + flow![2 * i + 1]);
    first += frame1[3 * i];
    second += frame2[3 * (y * width + x)];
  }
  return second / first;
}

Deno.test("drawPhotoScenes() streams", async (t) => {
  const draw = (seed: number, split: string, count = 2, truth = true) => [
    ...drawPhotoScenes(new Rng(seed), { split, count, scales: [0.1, 1], truth }, settings),
  ];
  await t.step("the same seed gives the same bytes", () => {
    assertEquals(draw(1, "scenes_train"), draw(1, "scenes_train"));
  });
  await t.step("splits, seeds and scenes differ", () => {
    const pictures = [
      ...draw(1, "scenes_train"),
      ...draw(1, "scenes_validation"),
      ...draw(2, "scenes_train"),
    ].map((pair) => pair.frame1.join());
    assertEquals(new Set(pictures).size, 6);
  });
  await t.step("without truth, the frames are the same and nothing else is there", () => {
    const [bare] = draw(1, "scenes_train", 2, false), [whole] = draw(1, "scenes_train");
    assertEquals([bare.frame1, bare.frame2], [whole.frame1, whole.frame2]);
    assertEquals(
      Object.keys(bare).filter((key) => !/frame|width|height|name|scene|dataset/.test(key)),
      [],
    );
    assertEquals([whole.width, whole.height, whole.flow!.length], [128, 96, 128 * 96 * 2]);
  });
  await t.step("motion grows from the first scene to the last", () => {
    const lengths = draw(1, "many", 60).map(({ flow }) => {
      let sum = 0;
      for (let i = 0; i < flow!.length; i += 2) sum += Math.hypot(flow![i], flow![i + 1]);
      return 2 * sum / flow!.length;
    });
    const [easy, , hard] = [0, 20, 40].map((from) => mean(lengths.slice(from, from + 20)));
    assertGreater(hard, 1.8 * easy);
    assertLess(mean(lengths.slice(0, 3)), 4);
    assert(lengths.every((length) => length > 0 && length < 30), `${lengths}`);
  });
});

Deno.test("drawPhotoLayers() lays 1 to 6 objects on a background that moves with the camera", () => {
  const counts = new Set<number>();
  for (let i = 0; i < 100; i++) {
    const [ground, ...objects] = drawPhotoLayers(new Rng(i), 1, settings);
    assertEquals(ground.shape, undefined);
    assert(objects.every(({ shape }) => shape !== undefined));
    counts.add(objects.length);
  }
  assertEquals([...counts].sort(), [1, 2, 3, 4, 5, 6]);
});

Deno.test("drawPhotoLayers() draws as many objects as asked for at most", () => {
  for (const mostObjects of [1, 3]) {
    const counts = Array.from(
      { length: 40 },
      (_, i) => drawPhotoLayers(new Rng(i), 1, { ...settings, mostObjects }).length - 1,
    );
    assertEquals([...new Set(counts)].sort(), Array.from({ length: mostObjects }, (_, i) => 1 + i));
  }
});
