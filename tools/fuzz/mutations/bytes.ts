/** Changes of any file: bits, bytes, ranges, numbers, its end. */
import type { Rng } from "../../../pipeline/common/rng.ts";
import { joinBytes, type Mutant } from "../reader.ts";
import { edgeText, pick, writeEdge } from "./numbers.ts";

export type Mutate = (bytes: Uint8Array, rng: Rng) => Mutant;

/** Headers stand at the beginning, tables of contents at the end: half of the places are there. */
const MARGIN = 64;
const LONGEST_RANGE = 40;
const DIGIT = /[0-9]/;

function place(bytes: Uint8Array, rng: Rng): number {
  const margin = Math.min(MARGIN, bytes.length);
  switch (rng.integer(4)) {
    case 0:
      return rng.integer(margin);
    case 1:
      return bytes.length - 1 - rng.integer(margin);
    default:
      return rng.integer(bytes.length);
  }
}

function range(bytes: Uint8Array, rng: Rng): [from: number, to: number] {
  const from = place(bytes, rng);
  return [from, Math.min(bytes.length, from + 1 + rng.integer(LONGEST_RANGE))];
}

const flipBits: Mutate = (bytes, rng) => {
  const changed = bytes.slice();
  const at = Array.from({ length: 1 + rng.integer(3) }, () => place(bytes, rng));
  for (const offset of at) changed[offset] ^= 1 << rng.integer(8);
  return { bytes: changed, how: `a bit flipped at bytes ${at.join(", ")}` };
};

const changeBytes: Mutate = (bytes, rng) => {
  const changed = bytes.slice();
  const [from, to] = range(bytes, rng);
  for (let i = from; i < to; i++) changed[i] = rng.integer(256);
  return { bytes: changed, how: `bytes ${from} to ${to} by chance` };
};

const cut: Mutate = (bytes, rng) => {
  const length = rng.integer(4) === 0 ? rng.integer(Math.min(20, bytes.length)) : place(bytes, rng);
  return { bytes: bytes.slice(0, length), how: `cut after ${length} of ${bytes.length} bytes` };
};

const append: Mutate = (bytes, rng) => {
  const more = Uint8Array.from(
    { length: 1 + rng.integer(LONGEST_RANGE) },
    () => rng.integer(256),
  );
  return { bytes: joinBytes(bytes, more), how: `${more.length} bytes appended` };
};

const insert: Mutate = (bytes, rng) => {
  const at = place(bytes, rng);
  const more = Uint8Array.from({ length: 1 + rng.integer(9) }, () => rng.integer(256));
  return {
    bytes: joinBytes(bytes.subarray(0, at), more, bytes.subarray(at)),
    how: `${more.length} bytes inserted at ${at}`,
  };
};

const remove: Mutate = (bytes, rng) => {
  const [from, to] = range(bytes, rng);
  return {
    bytes: joinBytes(bytes.subarray(0, from), bytes.subarray(to)),
    how: `bytes ${from} to ${to} removed`,
  };
};

const repeat: Mutate = (bytes, rng) => {
  const [from, to] = range(bytes, rng);
  return {
    bytes: joinBytes(bytes.subarray(0, to), bytes.subarray(from)),
    how: `bytes ${from} to ${to} twice`,
  };
};

const number: Mutate = (bytes, rng) => {
  const changed = bytes.slice();
  return { bytes: changed, how: writeEdge(changed, place(bytes, rng), rng) };
};

/** Another number where digits stand; by the way in headers of text. */
const digits: Mutate = (bytes, rng) => {
  const isDigit = (byte: number) => DIGIT.test(String.fromCharCode(byte));
  const start = place(bytes, rng);
  let from = bytes.findIndex((byte, i) => i >= start && isDigit(byte));
  if (from < 0) from = bytes.findIndex(isDigit);
  if (from < 0) return flipBits(bytes, rng);
  let to = from;
  while (to < bytes.length && isDigit(bytes[to])) to++;
  const text = edgeText(rng);
  return {
    bytes: joinBytes(
      bytes.subarray(0, from),
      new TextEncoder().encode(text),
      bytes.subarray(to),
    ),
    how: `digits at ${from} replaced by "${text}"`,
  };
};

const CHANGES = [flipBits, changeBytes, cut, append, insert, remove, repeat, number, digits];

/** One or two of these changes. */
export const mutateBytes: Mutate = (bytes, rng) => {
  if (bytes.length === 0) return append(bytes, rng);
  const first = pick(CHANGES, rng)(bytes, rng);
  if (first.bytes.length === 0 || rng.integer(4) > 0) return first;
  const second = pick(CHANGES, rng)(first.bytes, rng);
  return { bytes: second.bytes, how: `${first.how}; ${second.how}` };
};
