/**
 * Writes zip archives that depend on nothing but their content: entries sorted by path, one fixed
 * date, compressed by the library's own code. Pictures are stored as they are.
 */
import { Uint8ArrayReader, ZipWriter } from "@zip.js/zip.js";

const COMPRESSED_ALREADY = /\.png$/i;

/**
 * @param read gives the content of a path
 * @param out receives the archive as it grows
 * @param stored paths of files that are not compressed
 */
export async function writeZip(
  paths: readonly string[],
  read: (path: string) => Promise<Uint8Array>,
  out: WritableStream<Uint8Array>,
  stored = COMPRESSED_ALREADY,
): Promise<void> {
  const writer = new ZipWriter(out, {
    useWebWorkers: false,
    useCompressionStream: false,
    extendedTimestamp: false,
    // Local fields, as zip stores them: the same in every time zone.
    lastModDate: new Date(1980, 0, 1),
  });
  for (const path of [...paths].sort()) {
    const level = stored.test(path) ? 0 : 9;
    await writer.add(path, new Uint8ArrayReader(await read(path)), { level });
  }
  await writer.close();
}
