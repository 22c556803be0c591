/** Reads a file into memory of just its size; Deno.readFile takes twice that for a moment, of a shard or a model half a gigabyte. */

const BLOCK_BYTES = 1 << 24;

/** @throws {Error} as Deno.open(), and when the file gets shorter meanwhile */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  using file = await Deno.open(path);
  const bytes = new Uint8Array((await file.stat()).size);
  for (let at = 0; at < bytes.length;) {
    const count = await file.read(bytes.subarray(at, at + BLOCK_BYTES));
    if (count === null) {
      throw new Error(`Cannot read ${path}: it became shorter while it was read. Try again.`);
    }
    at += count;
  }
  return bytes;
}
