/** Files of recipes: what comes of one that extends others, and what is said of those that are wrong. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseRecipeFile, readRecipe, type RecipeFolder } from "../../../commands/recipe/recipe.ts";

function folderOf(files: Readonly<Record<string, string>>): RecipeFolder {
  const encoder = new TextEncoder();
  return {
    names: Object.keys(files).filter((name) => !name.includes("/")),
    read(file) {
      const text = files[file.replace(/^recipes\/(.*)\.yaml$/, "$1")];
      return text === undefined ? undefined : encoder.encode(text);
    },
  };
}

const PART = `source: a paper
data: [frames]
lacks: [the first thing]
params:
  train:
    steps: 5
  both:
    steps: 10
    crop: [64, 128]
    second_pass: {w_ar: 1, mirror: true}
    later_loss: none
    augmentation: {hue: 0.1}
`;

Deno.test("readRecipe() puts its own values over those that it extends, and a section's over those of both", () => {
  const child = `extends: parts/part
title: The child
lacks: [the second thing, the first thing]
params:
  both:
    second_pass:
      w_ar: 0.5
    later_loss:
      from_step: 7
  train:
    second_pass:
      zoom: 2
    augmentation: none
  evaluate:
    real_scale: 1
`;
  const folder = folderOf({ "parts/part": PART, child });
  assertEquals(folder.names, ["child"]);
  assertEquals(readRecipe("child", folder), {
    name: "child",
    title: "The child",
    source: "a paper",
    data: ["frames"],
    lacks: ["the first thing", "the second thing"],
    params: new Map<string, unknown>([
      ["pretrain.steps", 10],
      ["pretrain.crop", [64, 128]],
      ["pretrain.second_pass", { w_ar: 0.5, mirror: true }],
      ["pretrain.later_loss", { from_step: 7 }],
      ["pretrain.augmentation", { hue: 0.1 }],
      ["train.steps", 5],
      ["train.crop", [64, 128]],
      ["train.second_pass", { w_ar: 0.5, mirror: true, zoom: 2 }],
      ["train.later_loss", { from_step: 7 }],
      ["train.augmentation", "none"],
      ["evaluate.real_scale", 1],
    ]) as ReturnType<typeof readRecipe>["params"],
  });
});

Deno.test("readRecipe() says what is wrong", () => {
  const one = `title: One\nsource: s\ndata: []\nparams: {}\n`;
  const cases: [string, Record<string, string>, string][] = [
    [
      "sintel-unroled",
      { "sintel-unrolled": one, "kitti-l1": one },
      'There is no recipe "sintel-unroled". Did you mean sintel-unrolled? All of them: deno task recipe --list',
    ],
    [
      "parts/part",
      { "parts/part": PART, one },
      'There is no recipe "parts/part". Did you mean one?',
    ],
    ["one", {}, 'There is no recipe "one". All of them: deno task recipe --list'],
    [
      "one",
      { one: "extends: two\nparams: {}\n" },
      "Cannot read recipes/two.yaml: there is no such file, and recipes/one.yaml extends it.",
    ],
    [
      "one",
      { one: "extends: two\nparams: {}\n", two: "extends: one\nparams: {}\n" },
      "Cannot read recipes/one.yaml: it extends itself, by recipes/one.yaml, recipes/two.yaml, recipes/one.yaml.",
    ],
    [
      "two",
      { one, two: "extends: one\nparams: {}\n" },
      "Cannot read recipes/two.yaml: title is missing.",
    ],
    ["one", { one: "title: One\nparams: {}\n" }, "recipes/one.yaml: source is missing."],
  ];
  for (const [name, files, message] of cases) {
    assertThrows(() => readRecipe(name, folderOf(files)), Error, message);
  }
});

Deno.test("parseRecipeFile() names the key that it cannot take", () => {
  const cases: [string, string][] = [
    ["", "Cannot read r.yaml: it must be an object, got null."],
    ["title: One\n", "params is missing, or files with other files of parameters"],
    ["params: 3\n", "params must be an object, got 3."],
    ["files: {other.yaml: {train: {steps: 1}}}\n", "other.yaml"],
    [
      "files: {models/params.yaml: {train: {steps: null}}}\n",
      "files.models/params.yaml.train.steps must be",
    ],
    ["params: {train: 3}\n", "params.train must be an object, got 3."],
    ["params: {train: {steps: null}}\n", "params.train.steps must be a number, a word, true or"],
    ["params: {train: {a: {b: {c: 1}}}}\n", "params.train.a.b must be a number, a word, true or"],
    ["params: {both: {crop: [[1]]}}\n", "params.pretrain.crop must be a number, a word, true or"],
    ["params: {}\nlack: []\n", 'it must not hold "lack"'],
    ["extends: ../one\nparams: {}\n", "extends must be a recipe's name, or a part's: parts/NAME"],
    ["title: |\n  One\n  two\nparams: {}\n", "title must be one line of text"],
    ["params: {train: {steps: 1, steps: 2}}\n", "Map keys must be unique"],
  ];
  for (const [text, message] of cases) {
    assertThrows(() => parseRecipeFile(text, "r.yaml"), Error, message);
  }
});
