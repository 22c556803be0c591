/** Changes of the fields of a zip archive. */
import { FIELDS, recordsOf } from "../zip_parts.ts";
import type { Mutate } from "./bytes.ts";
import { edgeNumber, pick } from "./numbers.ts";

export const mutateZip: Mutate = (bytes, rng) => {
  const changed = bytes.slice();
  const view = new DataView(changed.buffer);
  const [at, signature] = pick(recordsOf(bytes), rng);
  const [name, place, width] = pick(FIELDS[signature], rng);
  const value = rng.integer(3) === 0 ? rng.integer(100) : edgeNumber(rng);
  const whole = BigInt(Math.trunc(Math.min(value, Number.MAX_SAFE_INTEGER)));
  if (width === 2) view.setUint16(at + place, Number(BigInt.asUintN(16, whole)), true);
  else view.setUint32(at + place, Number(BigInt.asUintN(32, whole)), true);
  return { bytes: changed, how: `${name} of the record at ${at} = ${value}` };
};
