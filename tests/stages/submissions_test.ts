/** What the stage evaluate writes for benchmarks, with a network that is a formula. */
import { assertEquals, assertRejects } from "@std/assert";
import { join } from "@std/path";
import { packSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { readFlo } from "../../pipeline/common/io/flo.ts";
import type { SplitSummary } from "../../pipeline/common/io/splits.ts";
import { readKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { openZipFile } from "../../stages/common/archives.ts";
import { submittedSplits, writeSubmissions } from "../../stages/evaluate/submissions.ts";
import { inFolder, names, write } from "./_run.ts";

function pair(dataset: string, name: string, width: number, height: number): FramePair {
  const frame = () => new Uint8Array(3 * width * height);
  return { name, scene: name, dataset, width, height, frame1: frame(), frame2: frame() };
}

/** As many pixels to the right as the name ends in, and half of it up. */
function predict({ name, width, height }: FramePair): Promise<Float32Array> {
  const length = Number(name.at(-1)) + 1;
  return Promise.resolve(
    Float32Array.from({ length: 2 * width * height }, (_, i) => i % 2 === 0 ? length : -length / 2),
  );
}

const PAIRS = {
  sintel_clean_test: [["ambush_1/frame_0001", 6, 4], ["ambush_1/frame_0002", 6, 4]],
  sintel_final_test: [["wall/frame_0003", 5, 3]],
  kitti2015_test: [["000000", 7, 5], ["000001", 8, 5]],
} as const;

Deno.test("writeSubmissions()", async (t) => {
  await inFolder(async (folder) => {
    const out = join(folder, "submissions"), notices: string[] = [];
    const folderOf = (split: string) => join(folder, split);
    const splits: SplitSummary[] = [];
    for (const [split, pairs] of Object.entries(PAIRS)) {
      await packSplit(
        split,
        pairs.map(([name, width, height]) => pair(split, name, width, height)),
        (name, bytes) => write(join(folderOf(split), name), bytes),
      );
      splits.push({ split, dataset: split, pairs: pairs.length, truth: false });
    }
    const others = [
      { split: "real_train", dataset: "", pairs: 3, truth: false },
      { split: "kitti2015", dataset: "kitti2015", pairs: 2, truth: true },
      { split: "middlebury_eval_test", dataset: "middlebury_eval_test", pairs: 2, truth: false },
    ];
    assertEquals(submittedSplits([...others, ...splits]), splits);
    const options = { out, folderOf, predict, notice: (text: string) => notices.push(text) };
    const texts = async () =>
      JSON.parse(await Deno.readTextFile(join(out, "submissions.json"))).submissions;

    await t.step("writes the folders of Sintel and the zip of KITTI", async () => {
      await writeSubmissions(splits, options);
      assertEquals(await names(out), ["kitti2015.zip", "sintel", "submissions.json"]);
      const flo = join(out, "sintel/clean/ambush_1/frame0002.flo");
      const { width, height, flow } = readFlo(await Deno.readFile(flo), flo);
      assertEquals([width, height, flow[0], flow[1]], [6, 4, 3, -1.5]);
      assertEquals(await names(join(out, "sintel/final/wall")), ["frame0003.flo"]);
      using open = new DisposableStack();
      const { paths, read } = await openZipFile(join(out, "kitti2015.zip"), open);
      assertEquals(paths, ["flow/000000_10.png", "flow/000001_10.png"]);
      const second = readKittiFlow(await read(paths[1]), paths[1]);
      assertEquals([second.width, second.flow[0], second.flow[1]], [8, 2, -1]);
      assertEquals(second.valid.includes(0), false);
    });
    await t.step("says what is there, and of what pairs are missing", async () => {
      assertEquals(await texts(), [
        {
          name: "sintel",
          path: "sintel",
          files: { sintel_clean_test: 2, sintel_final_test: 1 },
        },
        { name: "kitti2015", path: "kitti2015.zip", files: { kitti2015_test: 2 } },
      ]);
      assertEquals(notices, [
        "the submission to sintel is not whole: 2 of the 552 pairs of sintel_clean_test are there.",
        "the submission to sintel is not whole: 1 of the 552 pairs of sintel_final_test are there.",
        "the submission to kitti2015 is not whole: 2 of the 200 pairs of kitti2015_test are there.",
      ]);
    });
    await t.step("without a test part says so, and removes what was there", async () => {
      await writeSubmissions([], options);
      assertEquals(await names(out), ["submissions.json"]);
      assertEquals(await texts(), []);
    });
    await t.step("ends where the network gives no number", async () => {
      const broken = async (of: FramePair) => (await predict(of)).with(2, NaN);
      await assertRejects(
        () => writeSubmissions(splits.slice(2), { ...options, predict: broken }),
        Error,
        "Cannot write flow/000000_10.png: the predicted flow at pixel 1 is NaN.",
      );
    });
  });
});
