/** JSON that somebody may have damaged or edited: the one way in. */
import type { z } from "zod";
import { printable } from "../printable.ts";
import { checked, damaged, type Source } from "./checked.ts";
import { jsonProblem, lineAndColumn } from "./json_syntax.ts";
import { decodeText } from "./text.ts";

/**
 * @param content text, or bytes that must be UTF-8
 * @param mostValues that it may hold, where a hostile text would be large
 * @throws {Error} when it is not JSON (line and column) or not what the schema says (keys that lead there, what was found)
 */
export function parseJson<S extends z.ZodType>(
  content: string | Uint8Array,
  schema: S,
  source: Source,
  mostValues?: number,
): z.output<S> {
  const text = typeof content === "string"
    ? content
    : decodeText(content, source.file, source.mend);
  const problem = jsonProblem(text, mostValues);
  if (problem) {
    const place = lineAndColumn(text, problem.at);
    throw damaged(source, `it is not JSON (${place}: ${printable(problem.what)})`);
  }
  return checked(JSON.parse(text), schema, source);
}
