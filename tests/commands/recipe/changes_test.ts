/** A recipe into the text of params.yaml, and into arguments of DVC. */
import { assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { parse } from "yaml";
import { argumentsOf, changedParams, changesOf } from "../../../commands/recipe/changes.ts";
import { openRecipes } from "../../../commands/recipe/folder.ts";
import { type ParameterValue, readRecipe, type Recipe } from "../../../commands/recipe/recipe.ts";
import { inFolder } from "../../stages/_run.ts";

const folder = openRecipes(".");
const committed = Deno.readTextFileSync("params.yaml");

function recipe(params: Readonly<Record<string, ParameterValue>>): Recipe {
  const texts = { name: "r", title: "t", source: "s", data: [], lacks: [] };
  return { ...texts, params: new Map(Object.entries(params)) };
}

/** Lines without values: comments and keys in their order. DVC leaves out a blank line. */
const keysAndComments = (text: string) =>
  text.split("\n").filter((line) => line !== "" && !/^ *- /.test(line)).map((line) =>
    line.trimStart().startsWith("#") ? line : line.replace(/:.*/, ":")
  );

Deno.test("changesOf() gives what differs, in the order of params.yaml", () => {
  const wanted = recipe({ "train.crop": [64, 128], "train.steps": 400, "preprocess.seed": 7 });
  assertEquals(changesOf(committed, wanted), [
    { key: "preprocess.seed", before: 1, after: 7 },
    { key: "train.crop", before: 64, after: [64, 128] },
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
  assertEquals(changedParams(committed, recipe({ "train.steps": 400 })), committed);
});

Deno.test("changedParams() keeps comments and order, whatever recipes come one after another", () => {
  let text = committed;
  for (const name of [...folder.names, ...folder.names.toReversed()]) {
    const wanted = readRecipe(name, folder);
    text = changedParams(text, wanted);
    assertEquals(keysAndComments(text), keysAndComments(committed), name);
    assertEquals(changesOf(text, wanted), []);
    assertEquals(parse(text), parse(changedParams(committed, wanted)), name);
  }
});

Deno.test("a recipe that does not fit is refused with its name", () => {
  const cases: [Record<string, ParameterValue>, string][] = [
    [
      { "train.unroll_iteration": 1 },
      "Cannot use recipe r: train.unroll_iteration is no parameter. Did you mean train.unroll_iterations?",
    ],
    [{ "train.second_pass": 1 }, "train.second_pass is no parameter."],
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
  for (const value of ["two words", "0x10", "12", "a,b", ""]) {
    assertThrows(() => argumentsOf(recipe({ "a.b": value })), Error);
  }
});

/** As DVC sets parameters, FILE KEY=VALUE... */
const SET = `import sys
from dvc.utils.hydra import apply_overrides
apply_overrides(sys.argv[1], sys.argv[2:])`;

Deno.test("dvc exp run -S with the arguments of a recipe gives what the recipe writes", () =>
  inFolder(async (path) => {
    const file = join(path, "params.yaml");
    for (const name of ["sintel-unrolled", "kitti-raw-l1", "claim"]) {
      const wanted = readRecipe(name, folder);
      await Deno.writeTextFile(file, committed);
      const settings = argumentsOf(wanted).filter((word) => word !== "-S");
      const { code, stderr } = await new Deno.Command("python", {
        args: ["-c", SET, file, ...settings],
      }).output();
      assertEquals(code, 0, new TextDecoder().decode(stderr));
      const set = await Deno.readTextFile(file);
      assertNotEquals(set, committed);
      assertEquals(parse(set), parse(changedParams(committed, wanted)));
      assertEquals(keysAndComments(set), keysAndComments(committed));
    }
  }));
