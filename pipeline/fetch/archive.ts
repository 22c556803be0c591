/**
 * Read access to the files of a data set, whether they lie in a zip archive, in several, or in a
 * folder. Zip archives are read entry by entry through their central directory, so that an archive
 * of 30 GB is never unpacked; @zip.js/zip.js is here because official archives need zip64 and random
 * access. Every entry's checksum is verified. What an archive says of itself is not believed: names,
 * sizes and counts have limits, so that a hostile one takes no more memory than an honest one.
 */
import {
  configure,
  ERR_UNSAFE_FILENAME,
  Reader,
  WARNING_APPENDED_DATA,
  WARNING_PREPENDED_DATA,
  WARNING_TRAILING_CENTRAL_DIRECTORY_DATA,
  ZipReader,
} from "@zip.js/zip.js";
import type { FileEntry } from "@zip.js/zip.js";
import { isLitter } from "./pictures.ts";

/** The largest file that is read from an archive: a PPM of 9400 x 9400 pixels. */
export const LARGEST_FILE_BYTES = 256 * 1024 ** 2;
/** FlyingChairs, the largest data set, has 68,616 files; the library keeps 7 kB about each. */
export const MOST_FILES = 80_000;
/** Of the table of contents: about 130 bytes for each of so many files. */
const LARGEST_READ_BYTES = 64 * 1024 ** 2;
/** Deflate cannot make a byte into more than so many. */
const DEFLATE_RATIO = 1032;

/** Names of compression methods, APPNOTE 4.4.5, for errors; 0 and 8 are read. */
const METHODS: Readonly<Record<number, string>> = {
  1: "Shrink",
  6: "Implode",
  9: "Deflate64",
  12: "BZIP2",
  14: "LZMA",
  20: "Zstandard, old number",
  93: "Zstandard",
  94: "MP3",
  95: "XZ",
  96: "JPEG",
  97: "WavPack",
  98: "PPMd",
  99: "AES",
};

/** What the library only warns of, as sentences: an archive is exactly its file, or something happened to it. */
const REFUSED: Readonly<Record<string, string>> = {
  [WARNING_TRAILING_CENTRAL_DIRECTORY_DATA]:
    "its table of contents lists more files than its last record counts. The archive is damaged; get it again.",
  [WARNING_APPENDED_DATA]:
    "bytes lie behind the end of the archive, which was damaged or signed on the way. Get it again, or make " +
    "it anew: zip -r.",
  [WARNING_PREPENDED_DATA]:
    "bytes lie before its first file, as in a program that unpacks itself. Unpack it and make the archive " +
    "anew: zip -r.",
};

/** Random access to the bytes of one file. */
export interface ByteSource {
  readonly size: number;
  read(offset: number, length: number): Promise<Uint8Array>;
}

export interface Archive {
  /** For errors: the archive's file name or the folder. */
  readonly name: string;
  /** Paths of all files with forward slashes, sorted. */
  readonly paths: readonly string[];
  /** Paths that are symbolic links; among `paths` too. */
  readonly links?: readonly string[];
  /** @throws {Error} when the path is not there, its content is damaged, too large or of a kind that is not read */
  read(path: string): Promise<Uint8Array>;
}

class SourceReader extends Reader<ByteSource> {
  readonly #source: ByteSource;
  constructor(source: ByteSource) {
    super(source);
    this.#source = source;
    this.size = source.size;
  }
  override readUint8Array(index: number, length: number): Promise<Uint8Array> {
    // Entries are read in small pieces; only the table of contents comes at once.
    if (length > LARGEST_READ_BYTES) {
      throw new Error(`its table of contents claims ${length} bytes, limit ${LARGEST_READ_BYTES}`);
    }
    return this.#source.read(index, length);
  }
}

// Unfolded, a piece is up to DEFLATE_RATIO times as large, and several wait for the garbage collector.
configure({ chunkSize: 16 * 1024 });

/** No workers: they would need permissions, and the callers read one file after the other anyway. */
const OPTIONS = {
  useWebWorkers: false,
  checkSignature: true,
  filenameValidation: "balanced" as const,
};

/**
 * Opens a zip archive.
 * @param name the archive's file name, for errors
 * @param mend what helps where it is not a whole archive, as a sentence
 * @throws {Error} when it is not a whole zip archive, an entry's path leaves the archive's folder or holds control
 *   characters, two entries of one path differ, or there are too many
 */
export async function openZip(
  source: ByteSource,
  name: string,
  mend = "Get it again.",
): Promise<Archive> {
  const entries = new Map<string, FileEntry>();
  const reader = new ZipReader(new SourceReader(source), OPTIONS);
  const listing = reader.getEntriesGenerator();
  for (;;) {
    const { done, value: entry } = await nextEntry(listing, source, name, mend);
    if (done) break;
    const path = entry.filename;
    checkName(path, name);
    if (entry.directory || isLitter(path)) continue;
    const earlier = entries.get(path);
    if (earlier && (earlier.crc32 !== entry.crc32 || sizeOf(earlier) !== sizeOf(entry))) {
      throw new Error(
        `Cannot use ${name}: it holds two different files of the path ${JSON.stringify(path)}. ` +
          `Make the archive anew, with each file once.`,
      );
    }
    entries.set(path, entry);
    if (entries.size > MOST_FILES) {
      throw new Error(
        `Cannot use ${name}: it holds more than ${MOST_FILES} files. Divide it into several, or ` +
          `pack only what forms pairs.`,
      );
    }
  }
  for (const { reason } of reader.warnings ?? []) {
    const said = REFUSED[reason];
    if (said !== undefined) throw new Error(`Cannot open ${name}: ${said}`);
  }
  const read = (path: string) => {
    const entry = entries.get(path);
    if (entry) return readEntry(entry, name);
    return Promise.reject(new Error(`Cannot read ${path}: ${name} holds no such file.`));
  };
  const paths = [...entries.keys()].sort();
  return { name, paths, links: paths.filter((path) => entries.get(path)!.symlink), read };
}

async function nextEntry(
  listing: ReturnType<ZipReader<ByteSource>["getEntriesGenerator"]>,
  source: ByteSource,
  name: string,
  mend: string,
) {
  try {
    return await listing.next();
  } catch (error) {
    const { message, filename } = error as Error & { filename?: string };
    if (message === ERR_UNSAFE_FILENAME) {
      throw new Error(
        `Cannot use ${name}: the path ${JSON.stringify(filename)} in it leads out of the ` +
          `archive's folder. The archive is damaged or hostile; get it anew from where it came.`,
      );
    }
    throw new Error(
      `Cannot open ${name}: it is not a whole zip archive (${message}, ` +
        `${source.size} bytes). ${mend}`,
    );
  }
}

/** Control characters would break tables and hide what a terminal shows. */
function checkName(path: string, name: string): void {
  if (!/\p{Cc}/u.test(path)) return;
  throw new Error(
    `Cannot use ${name}: the path ${JSON.stringify(path)} in it holds control characters. ` +
      `Rename the file and make the archive anew.`,
  );
}

function sizeOf(entry: FileEntry): number {
  return entry.uncompressedSize;
}

/** The content of an entry, in as much memory as its declared size, which is checked before and while it unfolds. */
async function readEntry(entry: FileEntry, name: string): Promise<Uint8Array> {
  const what = `${entry.filename} in ${name}`;
  const declared = entry.uncompressedSize, packed = entry.compressedSize;
  const method = entry.compressionMethod;
  const fail = (reason: string): never => {
    throw new Error(`Cannot read ${what}: ${reason}`);
  };
  if (entry.symlink) {
    fail("it is a symbolic link, not a file. Pack what it points to: zip without --symlinks.");
  }
  if (entry.encrypted) fail("it is encrypted. Make the archive anew without a password.");
  if (method !== 0 && method !== 8) {
    fail(
      `it is compressed with ${METHODS[method] ?? "an unknown method"} (method ${method}), and ` +
        `only stored and deflated files are read. Unpack the archive and make it anew: zip -r.`,
    );
  }
  if (declared > LARGEST_FILE_BYTES) {
    fail(`it claims ${declared} bytes, at most ${LARGEST_FILE_BYTES} are allowed.`);
  }
  if (method === 0 ? declared !== packed : declared > DEFLATE_RATIO * (packed + 1)) {
    fail(`the entry is damaged (it claims ${declared} bytes, made of ${packed}).`);
  }
  const content = new Uint8Array(declared);
  let filled = 0, tooLong = false;
  const out = new WritableStream<Uint8Array>({
    write(chunk) {
      tooLong = filled + chunk.length > declared;
      if (tooLong) throw new Error("too long");
      content.set(chunk, filled);
      filled += chunk.length;
    },
  });
  try {
    await entry.getData(out, OPTIONS);
  } catch (error) {
    const reason = tooLong
      ? `it holds more than the ${declared} bytes that it declares`
      : (error as Error).message;
    fail(`the entry is damaged (${reason}).`);
  }
  if (filled < declared) {
    fail(`the entry is damaged (it holds ${filled} of the ${declared} bytes that it declares).`);
  }
  return content;
}

/**
 * Several archives as one; each path belongs to the first archive that holds it.
 * Official data sets come as two archives, pictures and truth.
 */
export function joinArchives(archives: readonly Archive[]): Archive {
  const owner = new Map<string, Archive>();
  for (const archive of archives) {
    for (const path of archive.paths) if (!owner.has(path)) owner.set(path, archive);
  }
  const name = archives.map((archive) => archive.name).join(" + ");
  const read = (path: string) => {
    const archive = owner.get(path);
    if (!archive) {
      return Promise.reject(new Error(`Cannot read ${path}: ${name} holds no such file.`));
    }
    return archive.read(path);
  };
  const links = archives.flatMap((archive) => archive.links ?? []);
  return { name, paths: [...owner.keys()].sort(), links, read };
}
