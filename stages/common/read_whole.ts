/** Reads a file into memory of just its size; Deno.readFile takes twice that for a moment, of a shard or a model half a gigabyte. */
import { unreadable } from "../../pipeline/common/io/text.ts";

const BLOCK_BYTES = 1 << 24;
const MEND = "Run the stage that writes it again.";

/** @throws {Error} when a folder or anything else that is no file lies at the path */
export function checkFile(path: string, info: Pick<Deno.FileInfo, "isFile" | "isDirectory">): void {
  if (info.isFile) return;
  const kind = info.isDirectory ? "a folder" : "neither a file nor a folder";
  throw new Error(
    `Cannot read ${path}: it is ${kind}. Remove it, and run the stage that writes it again.`,
  );
}

/** What is asked of a path. @throws {Deno.errors.NotFound} naming the path and what helps when nothing is there */
export async function presentAt<T>(asked: Promise<T>, path: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Deno.errors.NotFound(
      unreadable(path, "there is no such file or folder", MEND).message,
    );
  }
}

/**
 * @throws {Deno.errors.NotFound} as presentAt()
 * @throws {Error} when it is no file, and when the file gets shorter meanwhile
 */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  // By its path: a link into DVC's cache may be read, but the open file's own stat() asks for the cache itself.
  const info = await presentAt(Deno.stat(path), path);
  checkFile(path, info);
  using file = await Deno.open(path);
  const bytes = new Uint8Array(info.size);
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at, at + BLOCK_BYTES));
    if (count === null) {
      throw new Error(`Cannot read ${path}: it became shorter while it was read. Try again.`);
    }
    at += count;
  }
  return bytes;
}
