/** Changes of a safetensors file that leave its frame whole: an edited header, another length of it. */
import { bytesOf, joinBytes, textOf } from "../reader.ts";
import type { Mutate } from "./bytes.ts";
import { writeEdge } from "./numbers.ts";
import { editTree } from "./tree.ts";

const LENGTH_BYTES = 8;

export const mutateSafetensors: Mutate = (bytes, rng) => {
  if (rng.integer(8) === 0) {
    const changed = bytes.slice();
    return { bytes: changed, how: writeEdge(changed, rng.integer(LENGTH_BYTES), rng) };
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = LENGTH_BYTES + Number(view.getBigUint64(0, true));
  const header = JSON.parse(textOf(bytes.subarray(LENGTH_BYTES, end)));
  const how = editTree(header, rng);
  return { bytes: withHeader(JSON.stringify(header), bytes.subarray(end)), how };
};

/** A file of any header and data. */
export function withHeader(header: string, data: Uint8Array): Uint8Array<ArrayBuffer> {
  const text = bytesOf(header);
  const length = new Uint8Array(LENGTH_BYTES);
  new DataView(length.buffer).setBigUint64(0, BigInt(text.length), true);
  return joinBytes(length, text, data);
}
