/**
 * models/dvc.yaml: what each stage reaches and reads is declared, its permissions say the same, and its parameters hold. The
 * whole pipeline runs at a tiny scale, from photographs made here instead of those that pip would fetch.
 */
import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import { dirname, join } from "@std/path";
import { parse } from "yaml";
import {
  asInRoot,
  contractProblems,
  isProgram,
  programOf,
  reachedFiles,
  type Stage,
} from "../../commands/contract.ts";
import { readModel } from "../../pipeline/compute/network/model_file.ts";
import { writePhotographs } from "../../pipeline/photo_scenes/photograph_file.ts";
import { parseModelsParams } from "../../stages/check/models_params.ts";
import { tinyModels } from "../../tools/tiny_profile.ts";
import { noisePhotographs } from "../photo_scenes/_photographs.ts";
import { inFolder, names, ROOT, write } from "../stages/_run.ts";

const PIPELINE = "models/dvc.yaml";
const { stages } = parse(Deno.readTextFileSync(PIPELINE)) as { stages: Record<string, Stage> };
const params = Deno.readTextFileSync("models/params.yaml");

Deno.test("each stage's deps cover what it reaches, and its permissions are exact", async (t) => {
  const programs = Object.entries(stages).filter(([, stage]) => isProgram(stage));
  assertEquals(programs.length, Object.keys(stages).length - 1, "pip alone is none of ours");
  for (const [name, written] of programs) {
    await t.step(name, async () => {
      const { stage, results } = asInRoot(PIPELINE, name, written);
      const reached = await reachedFiles(programOf(name, stage)[0]);
      assertEquals(contractProblems(name, stage, results, reached), []);
    });
  }
});

Deno.test("no parameter stands in a command, which a shell reads", () => {
  for (const [name, { cmd }] of Object.entries(stages)) {
    assertEquals(/[$`"'&;|<>\\]/.exec(cmd)?.[0], undefined, `stage ${name}`);
  }
});

Deno.test("pretrain, train and evaluate are the experiment's, with the same code and permissions", () => {
  const { stages: root } = parse(Deno.readTextFileSync("dvc.yaml")) as { stages: typeof stages };
  const code = ({ deps = [] }: Stage) => deps.filter((path) => !path.includes("results/"));
  for (const name of ["pretrain", "train", "evaluate"]) {
    const { stage } = asInRoot(PIPELINE, name, stages[name]);
    // The experiment's evaluate depends on all of pipeline/, for fewer lines; here what flow of one's own pictures needs is left out.
    const same = (path: string) => code(root[name]).includes(dirname(path)) ? dirname(path) : path;
    assertEquals([...new Set(code(stage).map(same))].sort(), code(root[name]).sort());
    assertEquals(stage.params, root[name].params);
    const [program, folder] = programOf(name, root[name]);
    assertEquals(programOf(name, stage), [program, ""]);
    assertEquals(folder, name === "evaluate" ? "" : "models/results/quick_scenes");
  }
});

Deno.test("parseModelsParams() takes the committed parameters, and names what does not fit", () => {
  parseModelsParams(params);
  const wrong: [from: string | RegExp, to: string, message: string][] = [
    ["scene_size: 128", "scene_size: 64", "pretrain.crop must be at most preprocess.scene_size"],
    [
      /(?<=quick_scenes:[^]*)most_objects: 6/,
      "most_objects: 0",
      "quick_scenes.most_objects must be",
    ],
    [
      "last_scale: 1",
      "last_scale: 2",
      "preprocess.last_scale must be a number from 0 to 1, got 2.",
    ],
    ["curriculum_start: 0.1", "curriculum_start: 0", "pretrain.curriculum_start must be"],
    [
      /real_share: 0\n/,
      "real_share: 0.5\n",
      "pretrain.real_share must be 0, got 0.5: there are only",
    ],
    ["- scikit_image", "- imagenet", "textures.sources.1 must be one of miniworld, scikit_image"],
    ["most_objects: 6", "most_objects: 0", "preprocess.most_objects must be"],
    ["textures:", "texture:", "texture is not a parameter. Did you mean textures?"],
  ];
  for (const [from, to, message] of wrong) {
    const error = assertThrows(() => parseModelsParams(params.replace(from, to)), Error);
    assertStringIncludes(error.message, "Cannot use models/params.yaml: ");
    assertStringIncludes(error.message, message);
  }
});

/** Runs a stage by its command, in the folder of models/ of another project. */
async function run(folder: string, name: string): Promise<{ code: number; stderr: string }> {
  const [, ...args] = stages[name].cmd.trim().split(/\s+/);
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args,
    cwd: join(folder, "models"),
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

Deno.test("the stages make a model from photographs", async (t) => {
  await inFolder(async (folder) => {
    const models = join(folder, "models");
    const code = ["deno.json", "deno.lock", "kernels", "pipeline", "stages"];
    const copied = await new Deno.Command("cp", {
      args: ["-R", ...code.map((name) => join(ROOT, name)), folder],
    }).output();
    assert(copied.success);
    const text = new TextEncoder();
    await write(join(models, "params.yaml"), text.encode(tinyModels(params)));
    await write(join(models, "dvc.yaml"), await Deno.readFile(join(ROOT, PIPELINE)));
    const photographs = writePhotographs(noisePhotographs(8, 96));
    await write(join(models, "results/textures/photographs.safetensors"), photographs);

    for (const name of ["check", "preprocess", "quick_scenes", "pretrain", "train", "evaluate"]) {
      await t.step(name, async () => {
        const { code, stderr } = await run(folder, name);
        assertEquals(code, 0, stderr);
      });
    }
    await t.step("training leaves no checkpoint, and nothing outside models/", async () => {
      assertEquals(await names(join(models, "checkpoints")), []);
      assertEquals(await names(folder), [...code, "models"].sort());
    });
    await t.step("the model says what made it", async () => {
      const bytes = await Deno.readFile(join(models, "results/train/model.safetensors"));
      const { madeBy } = readModel(bytes, "model.safetensors");
      assertEquals([madeBy.pretrain.crop, madeBy.train.curriculum_start], [64, 0.7]);
    });
    await t.step("the test scenes are scored", async () => {
      const summary = JSON.parse(
        await Deno.readTextFile(join(models, "results/evaluate/summary.json")),
      );
      assertEquals(Object.keys(summary), ["photo_scenes"]);
      assert(summary.photo_scenes.zero_flow_epe_px > 0.1);
    });
    await t.step(
      "textures are asked for by name where a package is missing or another",
      async () => {
        const missing = await run(folder, "textures");
        assertEquals(missing.code, 1);
        assertMatch(
          missing.stderr,
          /Cannot open results\/packages\/miniworld-2\.1\.0-.*no such file/,
        );
        const path = "results/packages/miniworld-2.1.0-py3-none-any.whl";
        // A zip of no entry: the record of its end alone.
        await write(join(models, path), Uint8Array.of(0x50, 0x4b, 5, 6, ...new Uint8Array(18)));
        const other = await run(folder, "textures");
        assertEquals(other.code, 1);
        assertStringIncludes(other.stderr, `Cannot use ${path}: its SHA-256 is 8739c76e`);
      },
    );
    await t.step("check refuses a wrong parameter before anything is written", async () => {
      const wrong = params.replace("scenes_test: 96", "scenes_test: none");
      await write(join(models, "params.yaml"), text.encode(wrong));
      await Deno.remove(join(models, "results/check"), { recursive: true });
      const { code, stderr } = await run(folder, "check");
      assertEquals(code, 1);
      assertStringIncludes(stderr, "preprocess.scenes_test must be an integer");
      assertEquals(await names(join(models, "results/check")), []);
    });
  });
});
