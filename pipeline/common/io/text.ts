/** The text of a file. Decoders put a sign for what is not UTF-8; a name or number with it would be silently another one. */

/**
 * @param file its name, for errors
 * @param mend what to do about a damaged file, as a sentence
 * @throws {Error} when the bytes are not UTF-8
 */
export function decodeText(bytes: Uint8Array, file: string, mend = ""): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw unreadable(file, "it is not UTF-8 text", mend);
  }
}

/** By any of the three ends of a line; a last end begins no further line. */
export function linesOf(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  return lines.at(-1) === "" ? lines.slice(0, -1) : lines;
}

/** "Cannot read FILE: what is wrong. What to do." */
export function unreadable(file: string, what: string, mend = ""): Error {
  return new Error(`Cannot read ${file}: ${what}.${mend && ` ${mend}`}`);
}
