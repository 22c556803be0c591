/** Zip archives on disk, opened without reading more than what is asked for. */
import { basename } from "@std/path";
import { type Archive, openZip } from "../../pipeline/fetch/archive.ts";

export interface OpenOptions {
  /** For errors; without it the file's name. */
  readonly name?: string;
  /** What helps where it is not a whole archive, as a sentence; without it, to delete what the stage download brought. */
  readonly mend?: string;
}

/**
 * Opens the zip archive at `path`; the file is closed when `open` is disposed.
 * @throws {Error} as openZip, and when the file is missing
 */
export async function openZipFile(
  path: string,
  open: DisposableStack,
  {
    name = basename(path),
    mend = `Delete ${path} and run the download stage again.`,
  }: OpenOptions = {},
): Promise<Archive> {
  let file: Deno.FsFile;
  try {
    file = open.use(await Deno.open(path, { read: true }));
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(`Cannot open ${path}: there is no such file. Run the download stage again.`);
  }
  // By its path, as in read_whole.ts.
  const { size } = await Deno.stat(path);
  const read = (offset: number, length: number) => Promise.resolve(readAt(file, offset, length));
  return openZip({ size, read }, name, mend);
}

/** Synchronous, so that two reads at once cannot take each other's position. */
function readAt(file: Deno.FsFile, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  file.seekSync(offset, Deno.SeekMode.Start);
  let filled = 0;
  while (filled < length) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}
