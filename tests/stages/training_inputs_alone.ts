/** What a training run reads from files before its first step: its frames, and what its key is made of. */
import { assertEquals, assertMatch, assertNotEquals, assertRejects } from "@std/assert";
import { packSplit } from "../../pipeline/common/io/pack.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { Value } from "../../pipeline/compute/tape.ts";
import { Sampler } from "../../pipeline/train/sampler.ts";
import { parseParams } from "../../stages/check/params.ts";
import { openFrames } from "../../stages/training/frames.ts";
import { stageKey } from "../../stages/training/inputs.ts";
import { prepareBatches } from "../../stages/training/training.ts";
import { write } from "./_run.ts";
import { inWorkingFolder } from "./_working_folder.ts";

Deno.test("openFrames() names a shard that is gone and a folder in the place of a file", () =>
  inWorkingFolder(async () => {
    const folder = "results/preprocess/scenes_train", shard = `${folder}/00000.safetensors`;
    const frame = Uint8Array.from({ length: 18 }, (_, i) => 3 * i);
    const pair = { name: "p", scene: "s", dataset: "d", width: 3, height: 2 };
    await packSplit(
      "scenes_train",
      [{ ...pair, frame1: frame, frame2: frame }],
      (name, bytes) => write(`${folder}/${name}`, bytes),
    );
    const rows = async () => {
      const frames = await openFrames("scenes_train");
      return await frames.rows(frames.pairs[0], "frame2", 1, 1);
    };
    assertEquals([...await rows()], [27, 30, 33, 36, 39, 42, 45, 48, 51]);
    await Deno.remove(shard);
    const gone = `Cannot read ${shard}: there is no such file. Make it anew with: ./run dvc`;
    await assertRejects(rows, Error, gone);
    await Deno.mkdir(shard);
    await assertRejects(rows, Error, `Cannot read ${shard}: it is a folder. Remove it, and run`);
    await Deno.remove(`${folder}/index.json`);
    await Deno.mkdir(`${folder}/index.json`);
    await assertRejects(rows, Error, `Cannot read ${folder}/index.json: it is a folder.`);
  }));

Deno.test("prepareBatches() says what to lower where frames are too wide for the device", async () => {
  const pair = { name: "p", dataset: "frames", width: 5000, height: 64 };
  const source = { pairs: [pair], rows: () => Promise.resolve(new Uint8Array()) };
  const size = { batch: 4, height: 64, width: 64, realShare: 1 };
  const sampler = new Sampler(undefined, source, size, new Rng(1));
  const small = { adapter: { description: "a small device" }, largestStorage: 1 << 20 } as Gpu;
  const inputs = { images: { shape: [8, 3, 64, 64] } as unknown as Value, drawn: {} };
  const params = parseParams(Deno.readTextFileSync("params.yaml")).train;
  const stage = { name: "train", params: { ...params, batch: 4, crop: 64 } } as const;
  await assertRejects(
    () => prepareBatches(small, inputs, sampler, stage),
    Error,
    '"frames of a batch" needs a buffer of 8 MiB; a small device allows 1 MiB. ' +
      "Lower train.batch = 4 or train.crop = 64. The widest frame has 5000 pixels.",
  );
});

Deno.test("stageKey() follows every byte of every dependency", () =>
  inWorkingFolder(async () => {
    await Deno.mkdir("data/inner", { recursive: true });
    await Deno.writeTextFile("data/inner/a", "1");
    await Deno.writeTextFile("code.ts", "2");
    await Deno.writeTextFile("other.ts", "3");
    await Deno.writeTextFile("dvc.yaml", "stages: {probe: {deps: [data, code.ts]}}");
    const key = await stageKey("probe", { rho: 0.1 });
    assertMatch(key, /^[0-9a-f]{64}$/);
    await Deno.writeTextFile("other.ts", "4");
    assertEquals(await stageKey("probe", { rho: 0.1 }), key);
    assertNotEquals(await stageKey("probe", { rho: 0.2 }), key);
    await Deno.writeTextFile("data/inner/a", "5");
    const changed = await stageKey("probe", { rho: 0.1 });
    assertNotEquals(changed, key);
    await Deno.rename("data/inner/a", "data/inner/b");
    assertNotEquals(await stageKey("probe", { rho: 0.1 }), changed);
  }));

Deno.test("stageKey() says what dvc.yaml lacks", async (t) => {
  const cases: [what: string, text: string, message: string][] = [
    [
      "nothing in it",
      "",
      "Cannot read dvc.yaml: it must be an object, got null. Restore it with: ",
    ],
    ["no stages", "vars: []", "Cannot read dvc.yaml: stages must be an object, got nothing."],
    [
      "another stage",
      "stages: {probe: {}}",
      "dvc.yaml: stages.train must be an object, got nothing.",
    ],
    [
      "no deps",
      "stages: {train: {cmd: x}}",
      "stages.train.deps must be the list of what the stage depends on, got nothing. Restore it with: " +
      "git checkout dvc.yaml",
    ],
    [
      "a number for a dep",
      "stages: {train: {deps: [7]}}",
      "stages.train.deps[0] must be text, got 7.",
    ],
    [
      "a dep that is not there",
      "stages: {train: {deps: [results/x]}}",
      "Cannot read results/x: there is no such file or folder. dvc.yaml has it among the deps of train; run: ",
    ],
    ["no YAML", "stages:\n train: [\n", "Cannot read dvc.yaml: Flow sequence in block collection"],
  ];
  for (const [what, text, message] of cases) {
    await t.step(what, () =>
      inWorkingFolder(async () => {
        await Deno.writeTextFile("dvc.yaml", text);
        await assertRejects(() => stageKey("train", {}), Error, message);
      }));
  }
  await t.step("no dvc.yaml", () =>
    inWorkingFolder(async () => {
      const missing = "Cannot read dvc.yaml: there is no such file or folder. Restore it with: git";
      await assertRejects(() => stageKey("train", {}), Error, missing);
    }));
});
