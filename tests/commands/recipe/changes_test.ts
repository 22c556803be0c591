/** A recipe into the text of params.yaml, and into arguments of DVC. */
import { assertEquals, assertNotEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { parse } from "yaml";
import { argumentsOf, changedParams, changesOf } from "../../../commands/recipe/changes.ts";
import { openRecipes } from "../../../commands/recipe/folder.ts";
import {
  filesOf,
  type ParameterValue,
  PARAMS_FILES,
  readRecipe,
  type Recipe,
} from "../../../commands/recipe/recipe.ts";
import { changeLines } from "../../../commands/recipe/words.ts";
import { parseParams } from "../../../stages/check/params.ts";
import { inFolder } from "../../stages/_run.ts";
import { LATER_LOSS, OCCLUSION_PASS } from "../../train/_groups.ts";

const folder = openRecipes(".");
const committed = Deno.readTextFileSync("params.yaml");

function recipe(params: Readonly<Record<string, ParameterValue>>): Recipe {
  const texts = { name: "r", title: "t", source: "s", data: [], lacks: [] };
  return { ...texts, params: new Map(Object.entries(params)) };
}

/** Lines without values and the keys of groups: comments and keys in their order. DVC leaves out a blank line. */
const keysAndComments = (text: string) =>
  text.split("\n").filter((line) => line !== "" && !/^ *- |^ {4}/.test(line)).map((line) =>
    line.trimStart().startsWith("#") ? line : line.replace(/:.*/, ":")
  );

Deno.test("changesOf() gives what differs, in the order of params.yaml", () => {
  const wanted = recipe({ "train.crop": [64, 128], "train.steps": 1000, "preprocess.seed": 7 });
  assertEquals(changesOf(committed, wanted), [
    { key: "preprocess.seed", before: 1, after: 7 },
    { key: "train.crop", before: 128, after: [64, 128] },
  ]);
});

Deno.test("changedParams() changes the lines of its values and no other", () => {
  const wanted = recipe({
    "train.crop": [64, 128],
    "train.rho": 0.005,
    "pretrain.warmup_steps": 0,
  });
  const lines = committed.split("\n"), changed = changedParams(committed, wanted).split("\n");
  const added = changed.filter((line) => !lines.includes(line));
  assertEquals(added, [
    "  warmup_steps: 0",
    ...["  crop:", "    - 64", "    - 128"],
    "  rho: 0.005",
  ]);
  assertEquals(changed.length, lines.length + 2);
  assertEquals(changedParams(committed, recipe({ "train.steps": 1000 })), committed);
});

Deno.test("changedParams() keeps what stands behind a value", () => {
  const own = committed.replace("  crop: 128\n", "  crop: 128 # of my camera\n")
    .replace("  later_loss: none\n", "  later_loss: none # not yet\n");
  const wanted = recipe({ "pretrain.crop": 64, "pretrain.later_loss": LATER_LOSS });
  const changed = changedParams(own, wanted);
  assertStringIncludes(changed, "  crop: 64 # of my camera\n");
  assertStringIncludes(changed, "# not yet\n");
});

Deno.test("a group is a value: written as lines of its own, shown by its keys, and taken back as none", () => {
  const before = changedParams(committed, recipe({ "pretrain.later_loss": LATER_LOSS }));
  const lines = committed.split("\n"), start = lines.indexOf("  later_loss: none");
  assertEquals(before.split("\n"), [
    ...lines.slice(0, start),
    ...["  later_loss:", "    from_step: 3", "    w_l1: 0", "    w_ssim: 0", "    w_census: 1"],
    "    occlusion: forward_backward",
    ...lines.slice(start + 1),
  ]);
  const wanted = recipe({
    "pretrain.later_loss": { ...LATER_LOSS, occlusion: "splat", from_step: 4 },
    "pretrain.occlusion_pass": { ...OCCLUSION_PASS, crop: [64, 64] },
    "train.crop": 64,
  });
  assertEquals(changeLines(changesOf(before, wanted)), [
    "pretrain.later_loss.from_step  3 -> 4",
    "pretrain.later_loss.occlusion  forward_backward -> splat",
    "pretrain.occlusion_pass        none -> {w_ot: 0.1, from_step: 0, ramp_steps: 0, epsilon: 0, exponent: 1, " +
    "crop: [64, 64], superpixel_px: 24, noise_share: 0.06}",
    "train.crop                     128 -> 64",
  ]);
  const after = changedParams(before, wanted);
  assertEquals(parseParams(after).pretrain.occlusion_pass, { ...OCCLUSION_PASS, crop: [64, 64] });
  const none = recipe({
    "pretrain.later_loss": "none",
    "pretrain.occlusion_pass": "none",
    "train.crop": 128,
  });
  assertEquals(
    changeLines(changesOf(after, none))[0].slice(0, 64),
    "pretrain.later_loss      {from_step: 4, w_l1: 0, w_ssim: 0, w_ce",
  );
  assertEquals(changedParams(after, none), committed);
});

Deno.test("changedParams() keeps comments and order, whatever recipes come one after another", () => {
  for (const file of PARAMS_FILES) {
    const before = Deno.readTextFileSync(file);
    let text = before;
    for (const name of [...folder.names, ...folder.names.toReversed()]) {
      const wanted = readRecipe(name, folder);
      if (!filesOf(wanted).includes(file)) continue;
      text = changedParams(text, wanted, file);
      assertEquals(keysAndComments(text), keysAndComments(before), name);
      assertEquals(changesOf(text, wanted, file), []);
      assertEquals(parse(text), parse(changedParams(before, wanted, file)), name);
    }
  }
});

Deno.test("a recipe that does not fit is refused with its name", () => {
  const cases: [Record<string, ParameterValue>, string][] = [
    [
      { "train.unroll_iteration": 1 },
      "Cannot use recipe r: train.unroll_iteration is no parameter. Did you mean train.unroll_iterations?",
    ],
    [{ "train.second_pass.w_ar": 1 }, "train.second_pass.w_ar is no parameter."],
    [
      { "train.second_pass": 1 },
      "With recipe r, what comes of params.yaml is not allowed. Cannot use params.yaml: one value is not allowed. Correct the " +
      "file, or the -S option of dvc exp run:\n  train.second_pass must be none, or a group of `key: value` lines, got 1.",
    ],
    [{ "train.later_loss": { from_step: 5 } }, "train.later_loss.w_l1 is missing: it must be"],
    [{ "train.border": "mirror" }, "With recipe r, what comes of params.yaml is not allowed. "],
    [{ "train.border": "mirror" }, 'train.border must be one of zero, replicate, got "mirror".'],
    [{ "train.steps": 10 }, "train.warmup_steps must be at most train.steps = 10, got 20."],
  ];
  for (const [params, message] of cases) {
    assertThrows(() => changedParams(committed, recipe(params)), Error, message);
  }
  const broken = committed.replace("seed: 1", "seed: x");
  assertThrows(() => changesOf(broken, recipe({})), Error, "Cannot use params.yaml: one value");
});

Deno.test("argumentsOf() refuses what DVC would read otherwise", () => {
  assertEquals(argumentsOf(recipe({ "a.b": [64, 128], "a.c": 1e-12, "a.d": false })), [
    ...["-S", "a.b=[64,128]", "-S", "a.c=1e-12", "-S", "a.d=false"],
  ]);
  const group = { w: 1e-12, on: true, kind: "1st", crop: [64, 128] };
  assertEquals(argumentsOf(recipe({ "a.b": group, "a.c": "none" })), [
    ...["-S", "a.b={w:1e-12,on:true,kind:1st,crop:[64,128]}", "-S", "a.c=none"],
  ]);
  for (const value of ["two words", "0x10", "12", "a,b", "", "{a:1}"]) {
    assertThrows(() => argumentsOf(recipe({ "a.b": value })), Error);
    assertThrows(() => argumentsOf(recipe({ "a.b": { c: value, d: 1 } })), Error);
  }
});

/** As DVC sets parameters, FILE KEY=VALUE... */
const SET = `import sys
from dvc.utils.hydra import apply_overrides
apply_overrides(sys.argv[1], sys.argv[2:])`;

Deno.test("dvc exp run -S with the arguments of a recipe gives what the recipe writes", () =>
  inFolder(async (path) => {
    const file = join(path, "params.yaml");
    // From none to a group, from a group to another, and back to none.
    for (
      const [before, name] of <[string | undefined, string][]> [
        [undefined, "sintel-unrolled"],
        ["sintel-l1", "kitti-unrolled"],
        ["kitti-unrolled", "kitti-raw-l1"],
        ["sintel-unrolled", "sintel-raw-unrolled"],
      ]
    ) {
      const wanted = readRecipe(name, folder);
      const text = before === undefined
        ? committed
        : changedParams(committed, readRecipe(before, folder));
      await Deno.writeTextFile(file, text);
      const settings = argumentsOf(wanted).filter((word) => word !== "-S");
      const { code, stderr } = await new Deno.Command("python", {
        args: ["-c", SET, file, ...settings],
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const set = await Deno.readTextFile(file);
      assertNotEquals(set, text);
      assertEquals(parse(set), parse(changedParams(committed, wanted)));
      // DVC writes lists anew and loses a comment right below: where crop is a list, that of real_share.
      const kept = (text: string) =>
        keysAndComments(text).filter((line) => !line.startsWith("  # Share of each batch drawn"));
      assertEquals(kept(set), kept(committed));
    }
  }));

Deno.test("a recipe may be for other files of parameters, by DVC's names for them", () => {
  const wanted = recipe({ "models/params.yaml:train.steps": 9, "train.crop": 64 });
  assertEquals(filesOf(wanted), ["params.yaml", "models/params.yaml"]);
  const models = Deno.readTextFileSync("models/params.yaml");
  assertEquals(changesOf(models, wanted, "models/params.yaml"), [
    { key: "train.steps", before: 2500, after: 9 },
  ]);
  assertEquals(changesOf(committed, wanted), [{ key: "train.crop", before: 128, after: 64 }]);
  assertEquals(argumentsOf(wanted), [
    ...["-S", "models/params.yaml:train.steps=9"],
    ...["-S", "train.crop=64"],
  ]);
  assertThrows(
    () => changesOf(models, recipe({ "models/params.yaml:train.step": 9 }), "models/params.yaml"),
    Error,
    "train.step is no parameter. Did you mean train.steps?",
  );
});
