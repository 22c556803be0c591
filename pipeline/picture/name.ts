/** Where a pair's picture lies: one name for the stage that writes it and the one that links it. */
import { hashName } from "../common/rng.ts";

/** A file's name may have 255 bytes; what writes it adds to that. */
const LONGEST = 160;
const HASH_DIGITS = 8;

/**
 * Letters, digits, point, dash and underscore only. Where that changes the names, a hash of them follows: `a/b` and `a_b`
 * are two pairs, as are two whose names have no such letter at all.
 */
export function pictureName(dataset: string, pair: string): string {
  const whole = `${dataset}_${pair}`;
  const plain = whole.replace(/[^A-Za-z0-9._-]+/g, "_").slice(0, LONGEST);
  if (plain === whole) return `${plain}.png`;
  const hash = hashName(`${dataset}/${pair}`).toString(16).padStart(16, "0");
  return `${plain}-${hash.slice(0, HASH_DIGITS)}.png`;
}
