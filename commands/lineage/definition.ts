/**
 * The stages that a dvc.yaml describes, with templates and matrices filled in: what should run, to be compared
 * with dvc.lock, which says what ran.
 */
import { dirname, join, normalize } from "@std/path";
import { z } from "zod";
import { checked } from "../../pipeline/common/io/checked.ts";
import { parseYaml } from "../../pipeline/common/io/yaml.ts";
import { flatten, pick, type Values } from "./values.ts";

export interface DefinedStage {
  /** As in dvc.lock: NAME, or NAME@VALUES for a cell of a matrix. */
  readonly name: string;
  readonly cmd: string;
  /** Paths from the root of the repository, sorted. */
  readonly deps: readonly string[];
  readonly outs: readonly string[];
  /** Those of the outs that are never pushed: large, and made anew where they are needed. */
  readonly unpushed: readonly string[];
  /** Dotted names or whole sections by file, sorted. */
  readonly params: Readonly<Record<string, readonly string[]>>;
  /** The folder that the paths in dvc.lock start from; "." for the root. */
  readonly folder: string;
}

const valuesSchema = z.record(z.string(), z.unknown());
/** A path or name, or one with what is said about it. */
const entriesSchema = z.array(
  z.union([z.string(), valuesSchema], { error: "must be text, or text with more about it" }),
).default([]);
const stageSchema = z.object({
  cmd: z.unknown().optional(),
  wdir: z.string().default("."),
  deps: z.array(z.string()).default([]),
  outs: entriesSchema,
  metrics: entriesSchema,
  plots: entriesSchema,
  params: entriesSchema,
  matrix: z.unknown().optional(),
  foreach: z.unknown().optional(),
});
const matrixSchema = z.record(z.string(), z.array(z.unknown()));
const documentSchema = z.object({
  vars: entriesSchema,
  stages: z.record(z.string(), stageSchema).default({}),
}).nullable();
type WrittenStage = z.infer<typeof stageSchema>;

/**
 * @param text of the dvc.yaml
 * @param path of it, from the root
 * @param readText the text of another file, for params and vars; undefined when it is not there
 * @throws {Error} naming what the file uses and this reader does not know
 */
export async function definedStages(
  text: string,
  path: string,
  readText: (path: string) => Promise<string | undefined>,
): Promise<DefinedStage[]> {
  const document = parseYaml(text, documentSchema, { file: path });
  const folder = dirname(path);
  const context: Values = {};
  for (const source of ["params.yaml", ...document?.vars ?? []]) {
    if (typeof source !== "string") Object.assign(context, source);
    else {
      const file = join(folder, source);
      const values = await readText(file) ?? "";
      Object.assign(context, parseYaml(values, valuesSchema.nullable(), { file }));
    }
  }
  return Object.entries(document?.stages ?? {}).flatMap(([name, written]) => {
    if (written.foreach !== undefined) {
      throw new Error(`Cannot follow ${path}: stage ${name} uses foreach. Write it as a matrix.`);
    }
    if (!written.matrix) return [defined(name, written, folder, context)];
    const matrix = checked(fill(written.matrix, context), matrixSchema, {
      file: path,
      part: `matrix of stage ${name}`,
    });
    return cells(matrix).map((item) =>
      defined(`${name}@${Object.values(item).join("-")}`, written, folder, { ...context, item })
    );
  });
}

/** Every combination of one value of each list; the last list varies fastest. */
function cells(matrix: Record<string, unknown[]>): Values[] {
  return Object.entries(matrix).reduce<Values[]>(
    (outer, [key, values]) =>
      outer.flatMap((cell) => values.map((value) => ({ ...cell, [key]: value }))),
    [{}],
  );
}

function defined(
  name: string,
  written: WrittenStage,
  fileFolder: string,
  context: Values,
): DefinedStage {
  const filled = fill(written, context) as WrittenStage;
  const { cmd, wdir, deps, outs, metrics, plots, params } = filled;
  const folder = normalize(join(fileFolder, wdir));
  const place = (path: string) => normalize(join(folder, path));
  const files: Record<string, string[]> = {};
  for (const entry of params) {
    const lists = typeof entry === "string" ? { "params.yaml": [entry] } : entry;
    for (const [file, keys] of Object.entries(lists)) {
      (files[place(file)] ??= []).push(...keys as string[] ?? []);
    }
  }
  for (const keys of Object.values(files)) keys.sort();
  const isUnpushed = (out: string | Values) =>
    typeof out !== "string" && (Object.values(out)[0] as Values | null)?.push === false;
  const pathOf = (out: string | Values) =>
    place(typeof out === "string" ? out : Object.keys(out)[0]);
  const allOuts = [...outs, ...metrics, ...plots];
  return {
    name,
    cmd: [cmd].flat().join("\n"),
    deps: deps.map(place).sort(),
    outs: allOuts.map(pathOf).sort(),
    unpushed: allOuts.filter(isUnpushed).map(pathOf).sort(),
    params: files,
    folder,
  };
}

/** The value with each ${name} in its texts and keys replaced; a text that is nothing else becomes the value. */
function fill(value: unknown, context: Values): unknown {
  if (typeof value === "string") {
    const whole = /^\$\{([^}]+)\}$/.exec(value);
    if (whole) return pick(context, whole[1].trim()) ?? value;
    return value.replace(/\$\{([^}]+)\}/g, (written, name) => {
      const found = pick(context, name.trim());
      return found === undefined ? written : asText(found);
    });
  }
  if (Array.isArray(value)) return value.map((inner) => fill(inner, context));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map((
      [key, inner],
    ) => [fill(key, context), fill(inner, context)]),
  );
}

/** As DVC puts a value into a command: a section becomes flags. */
function asText(value: unknown): string {
  if (value === null || typeof value !== "object") return String(value);
  if (Array.isArray(value)) return value.map(String).join(" ");
  return Object.entries(flatten(value as Values))
    .map(([name, inner]) => `--${name} ${inner}`).join(" ");
}
