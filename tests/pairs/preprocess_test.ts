import { assert, assertEquals, assertRejects } from "@std/assert";
import { assertSpyCalls, spy } from "@std/testing/mock";
import { unpackSplit } from "../../pipeline/common/io/pack.ts";
import { preprocess, type RealSource } from "../../pipeline/pairs/preprocess.ts";
import { planScenes } from "../../pipeline/pairs/scenes.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { type Files, flo, memoryArchive, middleburyFiles, picture } from "../fetch/_archives.ts";

const options = {
  holdout: "share" as const,
  holdout_share: 0,
  test_frames: false,
  real_validation_pairs: 0,
};
const COUNTS = { scenes_train: 3, scenes_validation: 2, scenes_test: 1 };
const sintelFiles: Files = {
  "training/final/cave_2/frame_0001.png": picture(4, 3, 1),
  "training/final/cave_2/frame_0002.png": picture(4, 3, 2),
  "training/flow/cave_2/frame_0001.flo": flo(4, 3, 1, 1),
};
const source = (layout: "middlebury" | "sintel", files: Files): RealSource => ({
  dataset: layout,
  layout,
  archive: memoryArchive(files, `${layout}.zip`),
});

async function run(sources: RealSource[], more: Partial<typeof options> = {}) {
  const files = new Map<string, Uint8Array>();
  const progress: string[] = [];
  const summaries = await preprocess(
    { ...options, ...more },
    { scenes: planScenes(new Rng(1), COUNTS, 16), sources, rng: new Rng(1) },
    {
      write: (split, name, bytes) => Promise.resolve(void files.set(`${split}/${name}`, bytes)),
      onPair: (done, total, split) => progress.push(`${done}/${total} ${split}`),
    },
  );
  const unpack = (split: string) =>
    unpackSplit((name) => Promise.resolve(files.get(`${split}/${name}`)!), split);
  return { files, progress, summaries, unpack };
}

Deno.test("preprocess()", async (t) => {
  const sources = () => [source("middlebury", middleburyFiles()), source("sintel", sintelFiles)];
  const { files, progress, summaries, unpack } = await run(sources());

  await t.step("writes scenes, one split per data set, and real_train", () => {
    assertEquals(summaries, [
      { split: "scenes_train", dataset: "scenes", pairs: 3, truth: true },
      { split: "scenes_validation", dataset: "scenes", pairs: 2, truth: true },
      { split: "scenes_test", dataset: "scenes", pairs: 1, truth: true },
      { split: "middlebury", dataset: "middlebury", pairs: 2, truth: true },
      { split: "sintel_final", dataset: "sintel_final", pairs: 1, truth: true },
      { split: "real_train", dataset: "middlebury, sintel_final", pairs: 3, truth: false },
      { split: "real_validation", dataset: "", pairs: 0, truth: true },
    ]);
    assertEquals(progress.length, 12);
    assertEquals(progress[11], "12/12 real_train");
  });
  await t.step("real_train holds frames only, under names with their data set", async () => {
    const pairs = await unpack("real_train");
    assertEquals(pairs.map((pair) => pair.name), [
      "middlebury/Venus",
      "middlebury/Walking",
      "sintel_final/cave_2/frame_0001",
    ]);
    for (const pair of pairs) assertEquals([pair.flow, pair.valid], [undefined, undefined]);
  });
  await t.step("splits of a data set hold its truth", async () => {
    const [venus] = await unpack("middlebury");
    assertEquals([venus.name, venus.width, venus.flow![0], venus.flow![1]], ["Venus", 5, 2, -1]);
  });
  await t.step("no scene is in two splits", async () => {
    const pictures = new Set<string>();
    for (const split of ["scenes_train", "scenes_validation", "scenes_test"]) {
      for (const pair of await unpack(split)) pictures.add(pair.frame1.join());
    }
    assertEquals(pictures.size, 6);
  });
  await t.step("the same archives and seed give the same bytes", async () => {
    assertEquals((await run(sources())).files, files);
  });
  await t.step("held-out scenes are scored and not trained on", async () => {
    const held = await run([source("middlebury", middleburyFiles())], { holdout_share: 0.5 });
    const evaluation = await held.unpack("middlebury"), training = await held.unpack("real_train");
    assertEquals([evaluation.length, training.length], [1, 1]);
    assert(!training[0].scene.endsWith(evaluation[0].scene));
  });
  await t.step("works without real data", async () => {
    const { summaries } = await run([]);
    assertEquals(summaries.slice(-2), [
      { split: "real_train", dataset: "", pairs: 0, truth: false },
      { split: "real_validation", dataset: "", pairs: 0, truth: true },
    ]);
  });
});

Deno.test("preprocess() finds a hole in an archive before anything is written", async () => {
  const files = middleburyFiles();
  delete files["other-data/Walking/frame11.png"];
  const write = spy(() => Promise.resolve());
  await assertRejects(
    () =>
      preprocess(options, {
        scenes: planScenes(new Rng(1), COUNTS, 16),
        sources: [source("middlebury", files)],
        rng: new Rng(1),
      }, { write }),
    Error,
    "its partner other-data/Walking/frame11.png is missing",
  );
  assertSpyCalls(write, 0);
});
