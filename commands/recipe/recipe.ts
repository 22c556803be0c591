/**
 * Recipes, the files in recipes/: parameters that belong together, by section as in params.yaml, or under `files` as in another
 * file of parameters. `extends` names a file whose parameters come first; `both` stands for the sections pretrain and train. A group of keys, such as train.second_pass, is one
 * parameter: over a group, its keys are put one by one, and over anything else all of it. A file in a folder below, such as
 * parts/published.yaml, is there to be extended alone.
 */
import { closestString } from "@std/text";
import { z } from "zod";
import { checked, damaged, shown } from "../../pipeline/common/io/checked.ts";
import { readYaml } from "../../pipeline/common/io/yaml.ts";

export type Scalar = string | number | boolean;
export type Plain = Scalar | readonly Scalar[];
export type Group = Readonly<Record<string, Plain>>;
export type ParameterValue = Plain | Group;

export interface Recipe {
  /** Its file without folder and ending. */
  readonly name: string;
  /** One line each. */
  readonly title: string;
  readonly source: string;
  /** What has to lie in archives/ or is fetched. */
  readonly data: readonly string[];
  /** In what it is not as published; of what it extends first. */
  readonly lacks: readonly string[];
  /** By dotted names as `dvc exp run -S` has them: train.crop, models/params.yaml:train.crop. */
  readonly params: ReadonlyMap<string, ParameterValue>;
}

/** One file. @see Recipe */
export interface RecipeFile {
  readonly extends?: string;
  readonly title?: string;
  readonly source?: string;
  readonly data?: readonly string[];
  readonly lacks?: readonly string[];
  readonly params: ReadonlyMap<string, ParameterValue>;
}

export const FOLDER = "recipes";

/** The parameters that a name without a file stands for, and the other files that a recipe may be for. */
export const PARAMS = "params.yaml";
export const PARAMS_FILES = [PARAMS, "models/params.yaml", "models/sweep/params.yaml"] as const;
export type ParamsFile = typeof PARAMS_FILES[number];

const BOTH = "both";
const TRAININGS = ["pretrain", "train"];

const sections = z.record(z.string(), z.record(z.string(), z.unknown()));
const line = z.string().regex(/^\S.*$/, { error: "must be one line of text" });
const fileSchema = z.strictObject({
  extends: z.string().regex(/^([a-z0-9-]+\/)?[a-z0-9-]+$/, {
    error: "must be a recipe's name, or a part's: parts/NAME",
  }).optional(),
  title: line.optional(),
  source: line.optional(),
  data: z.array(line).optional(),
  lacks: z.array(line).optional(),
  params: sections.optional(),
  files: z.partialRecord(z.enum(PARAMS_FILES), sections).optional(),
});

/**
 * Reads one file; what it extends is not looked at.
 * @param content text, or bytes that must be UTF-8
 * @throws {Error} naming the file and the key that is something else than it must be
 */
export function parseRecipeFile(content: string | Uint8Array, file: string): RecipeFile {
  const { params, files, ...rest } = checked(readYaml(content, { file }), fileSchema, { file });
  if (params === undefined && files === undefined) {
    throw damaged({ file }, "params is missing, or files with other files of parameters");
  }
  const values = new Map<string, ParameterValue>();
  addSections(values, params ?? {}, { prefix: "", name: "params", file });
  for (const [other, sections] of Object.entries(files ?? {})) {
    addSections(values, sections, { prefix: `${other}:`, name: `files.${other}`, file });
  }
  return { ...rest, params: values };
}

/** @param name of the place in the file, for errors */
function addSections(
  values: Map<string, ParameterValue>,
  sections: Readonly<Record<string, Readonly<Record<string, unknown>>>>,
  { prefix, name, file }: { prefix: string; name: string; file: string },
): void {
  const ordered = Object.entries(sections).sort(([a], [b]) =>
    Number(b === BOTH) - Number(a === BOTH)
  );
  for (const [section, keys] of ordered) {
    for (const each of section === BOTH ? TRAININGS : [section]) {
      for (const [key, value] of Object.entries(keys)) {
        const parameter = parameterOf(value, `${name}.${each}.${key}`, file);
        put(values, `${prefix}${each}.${key}`, parameter);
      }
    }
  }
}

/** The files that a recipe is for, in their order. */
export function filesOf({ params }: Recipe): ParamsFile[] {
  return PARAMS_FILES.filter((file) => [...params.keys()].some((key) => fileOfKey(key) === file));
}

/** The parameters of a recipe that stand in a file, by their names there. */
export function paramsIn({ params }: Recipe, file: ParamsFile): Map<string, ParameterValue> {
  return new Map(
    [...params].filter(([key]) => fileOfKey(key) === file)
      .map(([key, value]) => [key.slice(key.indexOf(":") + 1), value]),
  );
}

function fileOfKey(key: string): string {
  return key.includes(":") ? key.slice(0, key.indexOf(":")) : PARAMS;
}

function parameterOf(value: unknown, name: string, file: string): ParameterValue {
  if (!isGroup(value)) return plainOf(value, name, file);
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [key, plainOf(inner, `${name}.${key}`, file)]),
  );
}

function plainOf(value: unknown, name: string, file: string): Plain {
  if (isScalar(value) || Array.isArray(value) && value.every(isScalar)) return value;
  throw damaged(
    { file },
    `${name} must be a number, a word, true or false, or a list of these, got ${shown(value)}`,
  );
}

function isScalar(value: unknown): value is Scalar {
  return ["string", "number", "boolean"].includes(typeof value);
}

/** Whether a value of a recipe or of params.yaml is a group of keys, and no list. */
export function isGroup(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A group's keys over those of a group; anything else in the place of what was there. */
function put(values: Map<string, ParameterValue>, key: string, value: ParameterValue): void {
  const before = values.get(key);
  values.set(key, isGroup(before) && isGroup(value) ? { ...before, ...value } : value);
}

/** Where recipes come from. */
export interface RecipeFolder {
  /** Names of all recipes, sorted; parts are none. */
  readonly names: readonly string[];
  /** @returns undefined where there is no such file */
  read(file: string): Uint8Array | undefined;
}

/**
 * A recipe with all that it extends.
 * @throws {Error} when there is none of that name, with the closest; as parseRecipeFile(); when files extend each other in a
 *   ring; and when title, source or data are nowhere
 */
export function readRecipe(name: string, folder: RecipeFolder): Recipe {
  if (!folder.names.includes(name)) {
    throw new Error(
      `There is no recipe ${shown(name)}. ` +
        (folder.names.length === 0
          ? ""
          : `Did you mean ${closestString(name, [...folder.names])}? `) +
        "All of them: deno task recipe --list",
    );
  }
  const chain = chainOf(name, folder);
  const file = fileOf(name);
  const required = <K extends "title" | "source" | "data">(key: K): NonNullable<RecipeFile[K]> => {
    // What it is, each says for itself.
    const files = key === "title" ? chain.slice(-1) : chain;
    const found = files.findLast((each) => each[key] !== undefined)?.[key];
    if (found === undefined) throw damaged({ file }, `${key} is missing`);
    return found;
  };
  const params = new Map<string, ParameterValue>();
  for (const each of chain) for (const [key, value] of each.params) put(params, key, value);
  return {
    name,
    title: required("title"),
    source: required("source"),
    data: required("data"),
    lacks: [...new Set(chain.flatMap(({ lacks = [] }) => lacks))],
    params,
  };
}

function fileOf(name: string): string {
  return `${FOLDER}/${name}.yaml`;
}

/** The files of a recipe, the outermost first. */
function chainOf(name: string, folder: RecipeFolder): RecipeFile[] {
  const chain: RecipeFile[] = [];
  const seen: string[] = [];
  for (let next: string | undefined = name; next !== undefined; next = chain[0].extends) {
    const file = fileOf(next);
    if (seen.includes(file)) {
      throw damaged({ file }, `it extends itself, by ${[...seen, file].join(", ")}`);
    }
    const content = folder.read(file);
    if (content === undefined) {
      const by = seen.at(-1);
      throw damaged(
        { file },
        `there is no such file${by === undefined ? "" : `, and ${by} extends it`}`,
      );
    }
    seen.push(file);
    chain.unshift(parseRecipeFile(content, file));
  }
  return chain;
}
