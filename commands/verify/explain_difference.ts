/** Says in words what `culprits` found. */
import { type Culprit, type DifferingFile, outputBytes } from "./lock_difference.ts";

const FILES_SHOWN = 8;
const LINE_WIDTH = 100;

/** Lines of text, the stage that ran first at the top. */
export async function explainCulprits(found: readonly Culprit[]): Promise<string[]> {
  const lines: string[] = [];
  for (const [i, culprit] of found.entries()) {
    const { stage, files } = culprit;
    const which = i === 0 ? "The first stage" : "Another stage";
    lines.push(`${which} with equal inputs and unequal outputs: ${stage}`);
    for (const file of files.slice(0, FILES_SHOWN)) {
      lines.push(`  ${file.path}: ${await firstDifference(culprit, file)}`);
    }
    if (files.length > FILES_SHOWN) lines.push(`  and ${files.length - FILES_SHOWN} files more`);
  }
  return lines;
}

async function firstDifference(
  { first, second }: Culprit,
  { path, md5, other }: DifferingFile,
): Promise<string> {
  if (other === undefined) return "only the second run wrote it";
  if (md5 === "absent") return "only the first run wrote it";
  const [a, b] = [await outputBytes(first, path), await outputBytes(second, path)];
  if (!a || !b) return `md5 ${other} and ${md5}`;
  return describeDifference(a, b);
}

/** Where two contents part, for text with the line of each. */
export function describeDifference(first: Uint8Array, second: Uint8Array): string {
  const at = first.findIndex((byte, i) => byte !== second[i]);
  const position = at < 0 ? first.length : at;
  const texts = [first, second].map(asText);
  if (texts.every((text) => text !== undefined)) {
    const line = new TextDecoder().decode(first.subarray(0, position)).split("\n").length - 1;
    const [a, b] = texts.map((text) => shorten(text!.split("\n")[line] ?? "(end of file)"));
    return `line ${line + 1} is "${a}" in the first and "${b}" in the second run`;
  }
  const sizes = first.length === second.length
    ? `${first.length} bytes each`
    : `${first.length} and ${second.length} bytes`;
  return `differs from byte ${position} on, ${sizes}`;
}

function asText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function shorten(line: string): string {
  const text = line.trim();
  return text.length > LINE_WIDTH ? `${text.slice(0, LINE_WIDTH)}…` : text;
}
