/** `deno task recipe`: writes the parameters of a recipe into params.yaml, says in what the two differ, and lists recipes. */
import { printable } from "../pipeline/common/printable.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { argumentsOf, changedParams, changesOf } from "./recipe/changes.ts";
import { openRecipes } from "./recipe/folder.ts";
import {
  filesOf,
  FOLDER,
  PARAMS,
  type ParamsFile,
  readRecipe,
  type Recipe,
} from "./recipe/recipe.ts";
import { changeLines, listLines, recipeLines } from "./recipe/words.ts";
import { writeWhole } from "./reproduce/files.ts";
import { runCommand } from "./run_command.ts";

const HELP = `deno task recipe NAME [--dry-run | --check | --arguments]
deno task recipe --list
  NAME         writes the parameters of ${FOLDER}/NAME.yaml into ${PARAMS}, or into the files that it is for, and shows what
               changed; comments, order and all other parameters stay. Back: git checkout FILE
  --dry-run    shows it and writes nothing
  --check      says which parameters there differ from the recipe
  --arguments  prints the parameters as -S KEY=VALUE, for an experiment:
               ./run deno task recipe NAME --arguments | xargs ./run dvc exp run --queue -n NAME
               what is to be otherwise goes behind: (... --arguments; echo -S train.seed=2) | xargs ...
  --list       every recipe with its source and the data it needs, and in what it is not as published
  Exit status: 0 done, or --check found no difference; 1 an error, or --check found one; 2 wrong usage`;

const MODES = ["dry-run", "check", "arguments", "list"] as const;
type Mode = typeof MODES[number] | "write";

interface RecipeRequest {
  readonly mode: Mode;
  /** Empty for the list. */
  readonly name: string;
}

function parseRequest(
  args: readonly string[],
): Parsed<RecipeRequest> {
  const given = givenArguments(args, { switches: MODES, names: true });
  if (given === "help" || "wrong" in given) return given;
  const modes = MODES.filter((mode) => given.switches[mode]);
  const [name = "", ...more] = given.names;
  if (modes.length > 1) return { wrong: `--${modes.join(" and --")}: one of them, please.` };
  if (modes[0] === "list") {
    return name === "" ? { mode: "list", name } : { wrong: `--list takes no name, got ${name}.` };
  }
  if (name === "" || more.length > 0) {
    return { wrong: `One recipe is needed, got ${given.names.length}.` };
  }
  return { mode: modes[0] ?? "write", name };
}

function print(lines: readonly string[]): void {
  for (const line of lines) console.log(printable(line));
}

/** @returns the exit status */
async function useRecipe(recipe: Recipe, mode: Exclude<Mode, "list">): Promise<number> {
  if (mode === "arguments") {
    print([argumentsOf(recipe).join(" ")]);
    return 0;
  }
  const files = filesOf(recipe);
  const texts: [ParamsFile, before: string, after: string][] = [];
  let differing = 0;
  for (const file of files) {
    const before = await Deno.readTextFile(file);
    const changes = changesOf(before, recipe, file);
    if (changes.length > 0 && files.length > 1) print([`${file}:`]);
    print(changeLines(changes));
    differing += changes.length;
    texts.push([file, before, changedParams(before, recipe, file)]);
  }
  const where = files.join(" and "), verb = files.length === 1 ? "has" : "have";
  const count = `${differing} of the ${recipe.params.size} parameters of ${recipe.name}`;
  if (mode === "check") {
    print([
      differing === 0 ? `${where} ${verb} all parameters of ${recipe.name}.` : `${count} differ.`,
    ]);
    return differing === 0 ? 0 : 1;
  }
  for (const [file, before, after] of mode === "write" ? texts : []) {
    if (after !== before) await writeWhole(await Deno.realPath(file), after);
  }
  const done = mode === "write" ? "are new in" : "would be new in";
  print([`${count} ${done} ${where}.`, ...recipeLines(recipe)]);
  return 0;
}

async function main({ mode, name }: RecipeRequest): Promise<number> {
  const folder = openRecipes(".");
  if (mode !== "list") return await useRecipe(readRecipe(name, folder), mode);
  print(listLines(folder.names.map((each) => readRecipe(each, folder))));
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseRequest, main);
