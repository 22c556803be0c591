/** YAML that people and DVC write: the one way in. */
import { parseDocument } from "yaml";
import type { z } from "zod";
import { checked, damaged, type Source } from "./checked.ts";
import { decodeText } from "./text.ts";

/** Far more than any file of this project has; what an alias of aliases unfolds to is counted. */
const MOST_ALIASES = 100;

/**
 * @param content text, or bytes that must be UTF-8
 * @returns null for a file without content
 * @throws {Error} with line and column when it is not one document of plain YAML, a key stands there twice, or aliases unfold
 *   to too much
 */
export function readYaml(content: string | Uint8Array, source: Source): unknown {
  const text = typeof content === "string"
    ? content
    : decodeText(content, source.file, source.mend);
  const document = parseDocument(text);
  // A warning is a tag that nobody knows: the value would be another one than its author means.
  const [problem] = [...document.errors, ...document.warnings];
  if (problem) throw damaged(source, sentence(problem.message));
  try {
    return document.toJS({ maxAliasCount: MOST_ALIASES });
  } catch (error) {
    throw damaged(source, sentence((error as Error).message));
  }
}

/** As readYaml(), and what the schema says. @throws {Error} when it is something else */
export function parseYaml<S extends z.ZodType>(
  content: string | Uint8Array,
  schema: S,
  source: Source,
): z.output<S> {
  return checked(readYaml(content, source), schema, source);
}

/** The library shows the line below its message, which names its place anyway. */
function sentence(message: string): string {
  return message.split("\n")[0].replace(/[:.]$/, "");
}
