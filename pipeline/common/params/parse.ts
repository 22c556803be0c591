/**
 * Checks the text of a params.yaml against the schemas of its sections. Strict: a key that is unknown, missing or out of
 * range is an error with its dotted name. Works on text, so that a browser or a test can use it; files are read in stages/.
 */
import { closestString } from "@std/text";
import { z } from "zod";
import { shown } from "../io/checked.ts";
import { readYaml } from "../io/yaml.ts";

/** The schema of each section, by its name. */
export type Sections = Readonly<Record<string, z.ZodObject>>;
export type ParsedSections<S extends Sections> = { [Name in keyof S]: z.infer<S[Name]> };

/** What the range of one key does not say because it needs two: sentences, none if all is well. */
export type CrossCheck<S extends Sections> = (params: ParsedSections<S>) => string[];

const OUTER = { error: "must consist of sections" };

/**
 * All sections of a file, and no others.
 * @param content text, or bytes that must be UTF-8
 * @param file its name, for errors
 * @throws {Error} one line for each key that is unknown (with the closest known one), missing or out of its range
 */
export function parseSections<S extends Sections>(
  content: string | Uint8Array,
  sections: S,
  { file = "params.yaml", crossCheck }: { file?: string; crossCheck?: CrossCheck<S> } = {},
): ParsedSections<S> {
  const given = readYaml(content, { file });
  const result = z.strictObject(sections, OUTER).safeParse(given);
  const problems = result.success
    ? crossCheck?.(result.data as ParsedSections<S>) ?? []
    : describe(result.error.issues, given, sections);
  if (problems.length > 0) throw new Error(complaint(file, problems));
  return result.data as ParsedSections<S>;
}

/**
 * One section of a file; the others are not looked at.
 * @throws {Error} as parseSections()
 */
export function parseSection<S extends z.ZodObject>(
  content: string | Uint8Array,
  name: string,
  schema: S,
  { file = "params.yaml" }: { file?: string } = {},
): z.infer<S> {
  const given = readYaml(content, { file });
  const result = z.looseObject({ [name]: schema }, OUTER).safeParse(given);
  if (result.success) return result.data[name] as z.infer<S>;
  throw new Error(complaint(file, describe(result.error.issues, given, { [name]: schema })));
}

function complaint(file: string, problems: readonly string[]): string {
  return `Cannot use ${file}: ${problems.length === 1 ? "one value is" : "some values are"} ` +
    `not allowed. Correct the file, or the -S option of dvc exp run:\n  ${problems.join("\n  ")}`;
}

/** One sentence per key, from the schema's issues and the values that were given. */
function describe(
  issues: readonly z.core.$ZodIssue[],
  given: unknown,
  sections: Sections,
): string[] {
  const sentences = new Map<string, string>();
  const valueAt = (path: readonly PropertyKey[]) =>
    path.reduce<unknown>((outer, key) => (outer as Record<PropertyKey, unknown>)?.[key], given);
  for (const issue of issues.flatMap((issue) => withinGroup(issue, valueAt(issue.path)))) {
    if (issue.code === "unrecognized_keys") {
      for (const key of issue.keys) {
        const name = [...issue.path, key].join(".");
        const known = closest(issue.path, key, sections);
        sentences.set(name, `${name} is not a parameter. Did you mean ${known}?`);
      }
      continue;
    }
    const name = issue.path.join(".") || "the file";
    const value = valueAt(issue.path);
    const sentence = value === undefined
      ? `${name} is missing: it ${issue.message}.`
      : `${name} ${issue.message}, got ${shown(value)}.`;
    if (!sentences.has(name)) sentences.set(name, sentence);
  }
  return [...sentences.values()];
}

/** Of what may be none or a group of keys: what is wrong with the keys, where there are any. */
function withinGroup(issue: z.core.$ZodIssue, value: unknown): z.core.$ZodIssue[] {
  const isGroup = typeof value === "object" && value !== null && !Array.isArray(value);
  if (issue.code !== "invalid_union" || !isGroup) return [issue];
  const inner = issue.errors.at(-1)!;
  return inner.map((one) => ({ ...one, path: [...issue.path, ...one.path] }));
}

/** The known dotted name nearest to a wrong one: within its section if it has one, then anywhere. */
function closest(path: readonly PropertyKey[], key: string, sections: Sections): string {
  const sectionNames = Object.keys(sections);
  if (path.length === 0) return closestString(key, sectionNames);
  const names = sectionNames.flatMap((name) => keysBelow(name, sections[name]));
  const elsewhere = names.find((name) => name.endsWith(`.${key}`));
  const here = names.filter((name) => name.startsWith(`${path.join(".")}.`));
  return elsewhere ?? closestString([...path, key].join("."), here);
}

/** Dotted names of all keys of a section, those of its groups included. */
function keysBelow(name: string, { shape }: z.ZodObject): string[] {
  return Object.entries(shape).flatMap(([key, inner]) => {
    const own = `${name}.${key}`;
    const group = inner instanceof z.ZodUnion ? inner.options.at(-1) : inner;
    return group instanceof z.ZodObject ? [own, ...keysBelow(own, group)] : [own];
  });
}
