/** The pipeline that `deno task own` copies: what its stages reach is declared, and they run on a few frames made here. */
import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { parse } from "yaml";
import { type Stage } from "../../commands/contract.ts";
import { changedParams, newParams, PIPELINE } from "../../commands/own/template.ts";
import { parseOwnParams } from "../../stages/check/own_params.ts";
import { pipelineProblems } from "../../tools/update_dependencies.ts";
import { readModel, writeModel } from "../../pipeline/compute/network/model_file.ts";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { smallModel, waves } from "../flow/_waves.ts";
import { inFolder, names, ROOT, write } from "../stages/_run.ts";

const { stages } = parse(PIPELINE) as { stages: Record<string, Stage> };
const experiment = Deno.readTextFileSync("params.yaml");

Deno.test("each stage's deps cover what it reaches, and its permissions are exact", async () => {
  assertEquals(await pipelineProblems(PIPELINE, "commands/own/pipeline.yaml"), []);
  for (const [name, { cmd }] of Object.entries(stages)) {
    assertEquals(/[$`"'&;|<>\\]/.exec(cmd)?.[0], undefined, `stage ${name}`);
  }
});

Deno.test("newParams() takes the experiment's training, on frames alone; changedParams() only the steps", () => {
  const text = newParams(experiment, undefined, "own/a/params.yaml");
  const { train, preprocess } = parseOwnParams(text);
  assertEquals([train.real_share, train.steps, preprocess.held_out_share], [1, 300, 0.2]);
  assertStringIncludes(text, "# Share of the clips that is kept out of training");
  const changed = text.replace("held_out_share: 0.2", "held_out_share: 0.3");
  assertEquals(changedParams(changed, undefined, "a"), changed);
  const short = parseOwnParams(changedParams(changed, 5, "own/a/params.yaml"));
  assertEquals([short.train.steps, short.train.warmup_steps], [5, 5]);
  assertEquals(short.preprocess.held_out_share, 0.3);
  const stepsOf = (before: string, steps: number) => {
    const { train } = parseOwnParams(changedParams(before, steps, "own/a/params.yaml"));
    return [train.steps, train.warmup_steps];
  };
  assertEquals(stepsOf(changedParams(changed, 5, "own/a/params.yaml"), 600), [600, 20]);
  const chosen = text.replace("warmup_steps: 20", "warmup_steps: 50");
  assertEquals([stepsOf(chosen, 600), stepsOf(chosen, 30)], [[600, 50], [30, 30]]);
  const error = assertThrows(
    () => changedParams(text.replace("real_share: 1", "real_share: 0.5"), 10, "own/a/params.yaml"),
    Error,
    "Cannot use own/a/params.yaml: ",
  );
  assertStringIncludes(error.message, "train.real_share must be 1, got 0.5");
});

Deno.test("newParams() leaves data sets of the experiment behind, and parseOwnParams() refuses any", () => {
  const chosen = experiment.replace(
    /(\ntrain:[^]*?real_datasets:\n {4}- )all([^]*?validation: )scenes/,
    "$1sintel_final$2sintel_final",
  );
  const text = newParams(chosen, undefined, "own/a/params.yaml");
  const { train } = parseOwnParams(text);
  assertEquals([train.real_datasets, train.validation], [["all"], "scenes"]);
  const refusal = (text: string) => assertThrows(() => parseOwnParams(text), Error).message;
  assertStringIncludes(
    refusal(text.replace("validation: scenes", "validation: sintel_final")),
    "train.validation must be scenes, got sintel_final: there are the frames to train on,",
  );
  assertStringIncludes(
    refusal(text.replace("- all", "- sintel_final")),
    "train.real_datasets must be all, got sintel_final: ",
  );
});

Deno.test("the stages train on frames, and judge held-out ones without truth", async (t) => {
  await inFolder(async (folder) => {
    const own = join(folder, "own/waves");
    const code = ["deno.json", "deno.lock", "kernels", "pipeline", "stages"];
    const copied = await new Deno.Command("cp", {
      args: ["-R", ...code.map((name) => join(ROOT, name)), folder],
    }).output();
    assert(copied.success);
    const text = new TextEncoder();
    const params = newParams(experiment, 2, "params.yaml")
      .replace("scenes_validation: 8", "scenes_validation: 1")
      .replace("scene_size: 128", "scene_size: 64");
    await write(join(own, "params.yaml"), text.encode(params));
    await write(join(own, "dvc.yaml"), text.encode(PIPELINE));
    await write(join(own, "start.safetensors"), writeModel(smallModel()));
    for (const [clip, count] of [["a", 4], ["b", 3]] as const) {
      for (let i = 0; i < count; i++) {
        const picture = encodePng({ ...waves(1.5 * i, -i, 72, 65), channels: 3 });
        await write(join(own, `frames/${clip}/${i + 8}.png`), picture);
      }
    }
    await write(join(own, "frames/a/readme.png"), encodePng({ ...waves(0, 0, 8, 8), channels: 3 }));
    const output: Record<string, string> = {};
    for (const name of ["check", "preprocess", "train", "evaluate"]) {
      await t.step(name, async () => {
        const [, ...args] = stages[name].cmd.trim().split(/\s+/);
        const { code, stderr } = await new Deno.Command(Deno.execPath(), {
          args,
          cwd: own,
          env: { NO_COLOR: "1" },
        }).output();
        output[name] = new TextDecoder().decode(stderr);
        assertEquals(code, 0, output[name]);
      });
    }
    await t.step("what is held out and left out is said", () => {
      assertStringIncludes(output.preprocess, "preprocess: held out 1 of 2 clips with ");
      assertStringIncludes(
        output.preprocess,
        "left out pictures: 1 without a number before the ending (a/readme.png)",
      );
    });
    await t.step("nothing that needs truth is among the numbers", async () => {
      const read = (name: string) => Deno.readTextFile(join(own, "results/evaluate", name));
      const metrics = JSON.parse(await read("metrics.json"));
      assertEquals(Object.keys(metrics), ["frames", "made_by"]);
      assertEquals(Object.keys(metrics.frames).filter((key) => /epe|fl_|aae/.test(key)), []);
      assert(metrics.frames.zero_flow_photometric_level > 1);
      assert(metrics.frames.start_occluded_pct >= 0);
      const page = await read("index.html");
      assertStringIncludes(page, "Judged on ");
      const layers = [...page.matchAll(/data-layer="(\w+)"/g)].map(([, name]) => name);
      assertEquals(layers, ["frame1", "frame2", "warped", "predicted", "occlusion"]);
    });
    await t.step(
      "the model is another one, and nothing outside of the folder changed",
      async () => {
        const bytes = await Deno.readFile(join(own, "results/train/model.safetensors"));
        const { madeBy, weights } = readModel(bytes, "model.safetensors");
        assertEquals(Object.keys(madeBy), ["train"]);
        const [name, values] = [...weights][0];
        assert(smallModel().weights.get(name)!.some((value, i) => value !== values[i]));
        assertEquals(await names(join(own, "checkpoints")), []);
        assertEquals(await names(folder), [...code, "own"].sort());
      },
    );
  });
});
