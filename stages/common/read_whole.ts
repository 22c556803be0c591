/** Reads a file into memory of just its size; Deno.readFile takes twice that for a moment, of a shard or a model half a gigabyte. */

const BLOCK_BYTES = 1 << 24;

/** @throws {Error} when a folder or anything else that is no file lies at the path */
export function checkFile(path: string, info: Pick<Deno.FileInfo, "isFile" | "isDirectory">): void {
  if (info.isFile) return;
  const kind = info.isDirectory ? "a folder" : "neither a file nor a folder";
  throw new Error(
    `Cannot read ${path}: it is ${kind}. Remove it, and run the stage that writes it again.`,
  );
}

/** @throws {Error} as Deno.open(), when it is no file, and when the file gets shorter meanwhile */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const info = await file.stat();
  checkFile(path, info);
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
