/**
 * JSON that somebody may have damaged or edited: the one way in. What is wrong is said with the file, the place in it and
 * what was expected there; what comes out is what the schema says.
 */
import type { z } from "zod";
import { printable } from "../printable.ts";
import { jsonProblem, lineAndColumn } from "./json_syntax.ts";
import { decodeText, unreadable } from "./text.ts";

export interface JsonSource {
  /** The file's name, for errors. */
  readonly file: string;
  /** Where in the file the text stands, if it is not all of it: "header", "metadata settings". */
  readonly part?: string;
  /** What to do about a damaged file, as a sentence. */
  readonly mend?: string;
}

const SHOWN_CHARACTERS = 60;

/**
 * @param content text, or bytes that must be UTF-8
 * @throws {Error} when it is not JSON (line and column) or not what the schema says (keys that lead there, what was found)
 */
export function parseJson<S extends z.ZodType>(
  content: string | Uint8Array,
  schema: S,
  { file, part, mend }: JsonSource,
): z.output<S> {
  const fail = (what: string): Error =>
    unreadable(file, part === undefined ? what : `in its ${part}, ${what}`, mend);
  const text = typeof content === "string" ? content : decodeText(content, file, mend);
  const problem = jsonProblem(text);
  if (problem) {
    throw fail(`it is not JSON (${lineAndColumn(text, problem.at)}: ${printable(problem.what)})`);
  }
  const given: unknown = JSON.parse(text);
  const { success, data, error } = schema.safeParse(given, { error: expectation });
  if (success) return data;
  const { path, message } = error.issues[0];
  const found = path.reduce<unknown>(
    (outer, key) => (outer as Record<PropertyKey, unknown>)?.[key],
    given,
  );
  throw fail(`${placeOf(path)} ${message}, got ${shown(found)}`);
}

/** `pairs[3].name`; a key that is no plain word stands in quotes: `["a/frame1"].shape`. */
function placeOf(path: readonly PropertyKey[]): string {
  const place = path.map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return /^\w+$/.test(String(key)) ? `.${String(key)}` : `[${shown(String(key))}]`;
  });
  return place.join("").replace(/^\./, "") || "it";
}

function shown(value: unknown): string {
  const text = printable(JSON.stringify(value) ?? "nothing");
  return text.length > SHOWN_CHARACTERS ? `${text.slice(0, SHOWN_CHARACTERS)}…` : text;
}

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
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
