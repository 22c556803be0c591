/** A hash of any value that a reader gives, to see whether two are the same, without keeping either. */
import { createHash } from "node:crypto";

/** As deep as it may be: it walks without recursion. */
export function fingerprint(value: unknown): string {
  const hash = createHash("sha256");
  const stack: unknown[] = [value];
  while (stack.length > 0) {
    const next = stack.pop();
    if (ArrayBuffer.isView(next)) {
      hash.update(`${next.constructor.name}${next.byteLength}:`);
      hash.update(new Uint8Array(next.buffer, next.byteOffset, next.byteLength));
    } else if (Array.isArray(next)) {
      hash.update(`[${next.length}:`);
      for (const item of next) stack.push(item);
    } else if (next instanceof Map) {
      hash.update(`map${next.size}:`);
      for (const [key, item] of next) stack.push(item, key);
    } else if (next instanceof Set) {
      hash.update(`set${next.size}:`);
      for (const item of next) stack.push(item);
    } else if (typeof next === "object" && next !== null) {
      const entries = Object.entries(next);
      hash.update(`{${entries.length}:`);
      for (const [key, item] of entries) stack.push(item, key);
    } else {
      const text = Object.is(next, -0) ? "-0" : String(next);
      hash.update(`${typeof next}${text.length}:${text}`);
    }
  }
  return hash.digest("hex");
}
