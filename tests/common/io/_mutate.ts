/** Damage to a text: what an editor, a bad disk or a merge does to it, one place at a time. */
import type { Rng } from "../../../pipeline/common/rng.ts";

const PUT = [
  '"',
  "{",
  "}",
  "[",
  "]",
  ",",
  ":",
  "-",
  ".",
  "0",
  "1e999",
  "null",
  "x",
  "\\",
  "\n",
  "\u0000",
];

/** Cuts, doubles, replaces or puts something at one place. */
export function mutate(text: string, rng: Rng): string {
  const pick = (length: number) => rng.uint32() % length;
  const at = pick(text.length), length = 1 + pick(4);
  const [before, part, after] = [
    text.slice(0, at),
    text.slice(at, at + length),
    text.slice(at + length),
  ];
  const put = PUT[pick(PUT.length)];
  return [
    before,
    before + after,
    before + part + part + after,
    before + put + after,
    before + put + part + after,
    before + String.fromCharCode(text.charCodeAt(at) ^ (1 << pick(7))) + text.slice(at + 1),
  ][pick(6)];
}
