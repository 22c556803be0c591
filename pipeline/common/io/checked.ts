/**
 * What a document holds against what it should hold, said in words: the file, the place in it and what was expected there.
 */
import type { z } from "zod";
import { printable } from "../printable.ts";
import { unreadable } from "./text.ts";

export interface Source {
  /** The file's name, for errors. */
  readonly file: string;
  /** Where in the file the document stands, if it is not all of it: "header", "metadata settings". */
  readonly part?: string;
  /** What to do about a damaged file, as a sentence. */
  readonly mend?: string;
}

const SHOWN_CHARACTERS = 60;

/** @param what is wrong, as a sentence without a full stop */
export function damaged({ file, part, mend }: Source, what: string): Error {
  return unreadable(file, part === undefined ? what : `in its ${part}, ${what}`, mend);
}

/**
 * @returns what the schema makes of the value
 * @throws {Error} when the value is not what the schema says: the keys that lead there, what was expected and what was found
 */
export function checked<S extends z.ZodType>(
  value: unknown,
  schema: S,
  source: Source,
): z.output<S> {
  const { success, data, error } = schema.safeParse(value, { error: expectation });
  if (success) return data;
  const { path, message } = error.issues[0];
  const found = path.reduce<unknown>(
    (outer, key) => (outer as Record<PropertyKey, unknown>)?.[key],
    value,
  );
  throw damaged(source, `${placeOf(path)} ${message}, got ${shown(found)}`);
}

/** A value for people: on one line, short, and what JSON cannot write as YAML writes it. */
export function shown(value: unknown): string {
  const text = printable(written(value));
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

function written(value: unknown): string {
  if (typeof value === "number" && !Number.isFinite(value)) {
    return Number.isNaN(value) ? ".nan" : value < 0 ? "-.inf" : ".inf";
  }
  try {
    return JSON.stringify(
      value,
      (_, inner) => typeof inner === "number" && !Number.isFinite(inner) ? written(inner) : inner,
    ) ?? "nothing";
  } catch {
    // By a YAML alias.
    return "a value that holds itself";
  }
}

/** `pairs[3].name`; a key that is no plain word stands in quotes: `["a/frame1"].shape`. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^\w+$/.test(String(key)) ? `.${String(key)}` : `[${shown(String(key))}]`;
  });
  return place.join("").replace(/^\./, "") || "it";
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
  nonoptional: "there",
};

/** What a schema expects that does not say it in words of its own. */
function expectation(issue: z.core.$ZodRawIssue): string {
  switch (issue.code) {
    case "invalid_type":
      return `must be ${KINDS[issue.expected] ?? issue.expected}`;
    case "too_small":
      return `must ${issue.inclusive ? "be at least" : "be more than"} ${issue.minimum}`;
    case "too_big":
      return `must ${issue.inclusive ? "be at most" : "be less than"} ${issue.maximum}`;
    case "invalid_value":
      return `must be ${issue.values.map((value) => JSON.stringify(value)).join(" or ")}`;
    case "unrecognized_keys":
      return `must not hold ${issue.keys.map(shown).join(", ")}`;
    default:
      return "must be of another form";
  }
}
