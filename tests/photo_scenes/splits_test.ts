import { assert, assertEquals, assertThrows } from "@std/assert";
import { unpackSplit } from "../../pipeline/common/io/pack.ts";
import { packSplits } from "../../pipeline/common/io/planned_splits.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { planPhotoScenes } from "../../pipeline/photo_scenes/splits.ts";
import { noisePhotographs } from "./_photographs.ts";

const options = {
  scenes_train: 3,
  scenes_validation: 2,
  scenes_test: 1,
  scene_size: 64,
  largest_motion_px: 12,
  most_objects: 6,
  first_scale: 0.5,
  last_scale: 1,
};

Deno.test("planPhotoScenes() plans frames for training, and pairs with truth for the rest", async () => {
  const files = new Map<string, Uint8Array>();
  const counted: string[] = [];
  // Of six, the last one is kept out of training. It alone is grey.
  const photographs = noisePhotographs(6, 64);
  const grey = { ...photographs[5], data: photographs[5].data.map(() => 100) };
  const splits = await packSplits(
    planPhotoScenes(options, {
      photographs: [...photographs.slice(0, 5), grey],
      rng: new Rng(1),
    }),
    {
      write: (split, name, bytes) => {
        files.set(`${split}/${name}`, bytes);
        return Promise.resolve();
      },
      onPair: (done, total, split) => counted.push(`${done}/${total} ${split}`),
    },
  );
  assertEquals(splits, [
    { split: "scenes_train", dataset: "photo_scenes", pairs: 3, truth: false },
    { split: "scenes_validation", dataset: "photo_scenes", pairs: 2, truth: true },
    { split: "scenes_test", dataset: "photo_scenes", pairs: 1, truth: true },
  ]);
  assertEquals([counted[0], counted.at(-1)], ["1/6 scenes_train", "6/6 scenes_test"]);
  const read = (split: string) =>
    unpackSplit((name) => Promise.resolve(files.get(`${split}/${name}`)!), split);
  const [train, validation] = [await read("scenes_train"), await read("scenes_validation")];
  assertEquals(train.map(({ flow, width }) => [flow, width]), Array(3).fill([undefined, 64]));
  assert(validation.every(({ flow, occluded }) => flow && occluded));
  // Grey is hardly tinted, so that its red and blue stay close; of the noise they do not.
  const coloured = (data: Uint8Array) =>
    data.some((red, i) => i % 3 === 0 && Math.abs(red - data[i + 2]) > 60);
  assert(validation.every(({ frame1 }) => !coloured(frame1)));
  assert(train.some(({ frame1 }) => coloured(frame1)));
});

Deno.test("planPhotoScenes() leaves out the test where nobody asks for it", () => {
  const { scenes_test: _, ...trained } = options;
  const planned = planPhotoScenes(trained, {
    photographs: noisePhotographs(6, 64),
    rng: new Rng(1),
  });
  assertEquals(planned.map(({ split }) => split), ["scenes_train", "scenes_validation"]);
});

Deno.test("planPhotoScenes() needs photographs for both", () => {
  assertThrows(
    () => planPhotoScenes(options, { photographs: noisePhotographs(5, 64), rng: new Rng(1) }),
    Error,
    "Cannot draw scenes from 5 photographs: at least 6 are needed",
  );
});
