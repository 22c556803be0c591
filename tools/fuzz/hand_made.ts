/** Files made by hand that no reader of JSON or YAML may take. */
import { bytesOf, type Make } from "./reader.ts";

const DEPTH = 100_000;

/** A file of this repository. */
export const committed = (path: string): Make => () => Deno.readFile(path);
export const text = (content: string): Make => () => bytesOf(content);

export const HOSTILE_JSON: Readonly<Record<string, Make>> = {
  empty: text(""),
  null: text("null"),
  "a number": text("7"),
  "a text": text('"text"'),
  "a list": text("[1]"),
  "two documents": text("{}{}"),
  "a comma too many": text('{"a": 1,}'),
  "no text at all": () => Uint8Array.of(0xff, 0xfe, 0, 0x80),
  "nested too deep": text("[".repeat(DEPTH) + "]".repeat(DEPTH)),
};

export const HOSTILE_YAML: Readonly<Record<string, Make>> = {
  "a number": text("7"),
  "a text": text("text"),
  "a list": text("- 1"),
  "a tab for blanks": text("a:\n\tb: 1\n"),
  "a key twice": text("a: 1\na: 2\n"),
  "an alias to nothing": text("a: *b\n"),
  "nested too deep": text("[".repeat(10_000) + "]".repeat(10_000)),
  "a billion laughs": text(
    "a: &a [x, x, x, x, x, x, x, x, x]\n" +
      [..."bcdefghij"].map((name, i) => {
        const before = "abcdefghij"[i];
        return `${name}: &${name} [${Array(9).fill(`*${before}`).join(", ")}]\n`;
      }).join(""),
  ),
};
