/**
 * The stages pretrain and train by their commands in dvc.yaml, on a few small scenes: what they write, and that a run which
 * was killed or interrupted ends with the same bytes as one that was not.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { packSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { drawScenes } from "../../pipeline/pairs/scenes.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { tinyProfile } from "../../tools/tiny_profile.ts";
import { inFolder, names, ROOT, runStage, stageArguments, write } from "./_run.ts";

const CODE = ["deno.lock", "dvc.yaml", "kernels", "pipeline", "stages"];

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}

/** A folder in which pretrain can run: the code, whose hash is in the checkpoint's key, tiny params, packed scenes. */
async function prepare(folder: string): Promise<void> {
  for (const path of CODE) await copy(join(ROOT, path), join(folder, path));
  await Deno.writeTextFile(
    join(folder, "params.yaml"),
    tinyProfile(await Deno.readTextFile(join(ROOT, "params.yaml"))),
  );
  const scenes = [...drawScenes(new Rng(1), { split: "train", count: 3, size: 64 })];
  const framesOnly = scenes.map((
    { flow: _1, flowBackward: _2, occluded: _3, ...rest },
  ): FramePair => rest);
  const splits = {
    scenes_train: scenes,
    scenes_validation: scenes.slice(0, 2),
    real_train: framesOnly,
  };
  for (const [split, pairs] of Object.entries(splits)) {
    await packSplit(
      split,
      pairs,
      (name, bytes) => write(join(folder, "results/preprocess", split, name), bytes),
    );
  }
}

async function outputs(folder: string): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const collect = async (path: string) => {
    for await (const { name, isFile } of Deno.readDir(join(folder, path))) {
      if (isFile) files.set(join(path, name), await Deno.readFile(join(folder, path, name)));
      else await collect(join(path, name));
    }
  };
  await collect("results/pretrain");
  return new Map([...files].sort(([a], [b]) => a < b ? -1 : 1));
}

async function start(folder: string): Promise<Deno.ChildProcess> {
  return new Deno.Command(Deno.execPath(), {
    args: await stageArguments("pretrain"),
    cwd: folder,
    env: { NO_COLOR: "1" },
    stderr: "piped",
    stdout: "null",
  }).spawn();
}

async function waitFor(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 3000; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`Waited 30 s in vain for ${what}.`);
}

Deno.test("stages pretrain and train", async (t) => {
  await inFolder(async (folder) => {
    await prepare(folder);
    const unbroken = await runStage("pretrain", folder);
    assertEquals(unbroken.code, 0, unbroken.stderr);
    const wanted = await outputs(folder);
    const checkpoints = () => names(join(folder, "checkpoints"));

    await t.step(
      "pretrain writes model, curves and metrics, and leaves no checkpoint",
      async () => {
        const files = [...wanted.keys()].map((path) => path.replace("results/pretrain/", ""));
        assertEquals(files, [
          "adapter.json",
          "curves/loss.tsv",
          "curves/validation.tsv",
          "metrics.json",
          "model.safetensors",
        ]);
        assertEquals(await checkpoints(), []);
        const text = (name: string) =>
          new TextDecoder().decode(wanted.get(`results/pretrain/${name}`));
        assertEquals(text("curves/loss.tsv").split("\n").map((line) => line.split("\t")[0]), [
          "step",
          "4",
          "8",
          "12",
          "",
        ]);
        assertEquals(text("curves/validation.tsv").split("\n").map((line) => line.split("\t")[0]), [
          "step",
          "6",
          "12",
          "",
        ]);
        assertEquals(JSON.parse(text("metrics.json")).steps_count, 12);
        assertEquals(
          JSON.parse(text("adapter.json")).backend,
          Deno.env.get("DENO_WEBGPU_BACKEND") ?? "default",
        );
        const model = readModel(wanted.get("results/pretrain/model.safetensors")!, "model");
        assertEquals((model.madeBy.pretrain as Record<string, unknown>).steps, 12);
        assertMatch(unbroken.stderr, /peak device memory [\d.]+ .?i?B/);
      },
    );

    const assertResumes = async () => {
      const resumed = await runStage("pretrain", folder);
      assertEquals(resumed.code, 0, resumed.stderr);
      assertMatch(resumed.stderr, /goes on from step [1-9]/);
      const got = await outputs(folder);
      assertEquals([...got.keys()], [...wanted.keys()]);
      for (const [path, bytes] of wanted) assertEquals(got.get(path), bytes, path);
      assertEquals(await checkpoints(), []);
    };

    await t.step(
      "kill -9 after a checkpoint: the next run goes on and ends with the same bytes",
      async () => {
        await Deno.remove(join(folder, "results/pretrain"), { recursive: true });
        const child = await start(folder);
        await waitFor(
          "the first checkpoint",
          async () => (await checkpoints()).some((name) => name.endsWith(".safetensors")),
        );
        child.kill("SIGKILL");
        await child.stderr.cancel();
        assertEquals((await child.status).signal, "SIGKILL");
        assertEquals(await names(join(folder, "results/pretrain")), []);
        await assertResumes();
      },
    );

    await t.step(
      "Ctrl-C saves, exits with 130, and the next run ends with the same bytes",
      async () => {
        await Deno.remove(join(folder, "results/pretrain"), { recursive: true });
        const child = await start(folder);
        let said = "";
        for await (const text of child.stderr.pipeThrough(new TextDecoderStream())) {
          if (
            !said.includes("peak device memory") && (said + text).includes("peak device memory")
          ) child.kill("SIGINT");
          said += text;
        }
        assertEquals((await child.status).code, 130, said);
        assertStringIncludes(said, "the same command goes on from there");
        assertEquals((await checkpoints()).length, 1);
        await assertResumes();
      },
    );

    await t.step(
      "train goes on from the pretrained weights and records both sections",
      async () => {
        const { code, stderr } = await runStage("train", folder);
        assertEquals(code, 0, stderr);
        const model = readModel(
          await Deno.readFile(join(folder, "results/train/model.safetensors")),
          "model",
        );
        assertEquals(Object.keys(model.madeBy), ["pretrain", "train"]);
        const before = readModel(wanted.get("results/pretrain/model.safetensors")!, "model");
        const name = "flow_estimators.conv1.0.weight";
        const moved = model.weights.get(name)!.map((value, i) =>
          Math.abs(value - before.weights.get(name)![i])
        );
        assert(
          Math.max(...moved) > 1e-4 && Math.max(...moved) < 0.1,
          `largest change ${Math.max(...moved)}`,
        );
      },
    );
  });
});
