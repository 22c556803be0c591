/**
 * Hashes as DVC and the catalogue write them: MD5 of a file's bytes, MD5 of a folder's listing, SHA-256.
 */
import { createHash } from "node:crypto";

const BLOCK_BYTES = 1 << 20;

/** What DVC appends to the hash of a folder. */
export const FOLDER_SUFFIX = ".dir";

export type Algorithm = "md5" | "sha256";

/** One file of a folder, by its path below the folder with forward slashes. */
export interface FolderEntry {
  readonly md5: string;
  readonly relpath: string;
}

/** The hash of some bytes, in hexadecimal. */
export function hashBytes(bytes: Uint8Array | string, algorithm: Algorithm): string {
  return createHash(algorithm).update(bytes).digest("hex");
}

/** The hash of a file of any size, block by block. @throws {Deno.errors.NotFound} when it is not there */
export function hashFile(path: string, algorithm: Algorithm): string {
  const hash = createHash(algorithm);
  const block = new Uint8Array(BLOCK_BYTES);
  using file = Deno.openSync(path);
  for (let count = file.readSync(block); count !== null; count = file.readSync(block)) {
    hash.update(block.subarray(0, count));
  }
  return hash.digest("hex");
}

/** The order of Python, by code points; JavaScript's is by UTF-16 units, which has all above U+FFFF before U+E000. */
export function comparePaths(a: string, b: string): number {
  const [first, second] = [[...a], [...b]];
  const at = first.findIndex((letter, i) => letter !== second[i]);
  if (at < 0) return first.length - second.length;
  return at < second.length ? first[at].codePointAt(0)! - second[at].codePointAt(0)! : 1;
}

/**
 * The text that DVC keeps of a folder and whose MD5 is the folder's: Python's json.dumps of the entries, sorted
 * by path, ASCII only.
 */
export function folderListing(entries: readonly FolderEntry[]): string {
  const sorted = [...entries].sort((a, b) => comparePaths(a.relpath, b.relpath));
  const objects = sorted.map(({ md5, relpath }) =>
    `{"md5": ${asciiJson(md5)}, "relpath": ${asciiJson(relpath)}}`
  );
  return `[${objects.join(", ")}]`;
}

function asciiJson(text: string): string {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** The hash of a folder, with DVC's suffix. */
export function folderHash(entries: readonly FolderEntry[]): string {
  return hashBytes(folderListing(entries), "md5") + FOLDER_SUFFIX;
}

/** The entries below a folder of a folder, with paths relative to the inner one. */
export function entriesBelow(entries: readonly FolderEntry[], inner: string): FolderEntry[] {
  const prefix = `${inner}/`;
  return entries
    .filter(({ relpath }) => relpath.startsWith(prefix))
    .map(({ md5, relpath }) => ({ md5, relpath: relpath.slice(prefix.length) }));
}
