/**
 * What identifies a computation: one hash of its parameters, data and code. Checkpoints carry it, so that a
 * resumed run is the continuation of the very same one.
 */
import { sha256 } from "../common/sha256.ts";

export interface InputFile {
  /** Relative to the root of the repository. */
  path: string;
  /** SHA-256 of its bytes, in hexadecimal. */
  sha256: string;
}

/** JSON with sorted keys and no spaces: equal values give equal texts. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, inner) => {
    if (inner === null || typeof inner !== "object" || Array.isArray(inner)) return inner;
    return Object.fromEntries(Object.entries(inner).sort(([a], [b]) => a < b ? -1 : 1));
  });
}

/**
 * The key of a computation, 64 hexadecimal digits.
 * @param settings parameters, and what else decides about the result, such as the adapter
 * @param files data and code, in any order
 */
export async function inputsKey(
  settings: unknown,
  files: readonly InputFile[],
): Promise<string> {
  const sorted = files
    .map(({ path, sha256 }) => `${sha256}  ${path}\n`)
    .sort()
    .join("");
  return await sha256(new TextEncoder().encode(`${canonicalJson(settings)}\n${sorted}`));
}
