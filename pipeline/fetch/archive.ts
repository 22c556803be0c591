/**
 * Read access to the files of a data set, whether they lie in a zip archive, in several, or in a
 * folder. Zip archives are read entry by entry through their central directory, so that an archive
 * of 30 GB is never unpacked; @zip.js/zip.js is here because official archives need zip64 and random
 * access. Every entry's checksum is verified.
 */
import { ERR_UNSAFE_FILENAME, Reader, Uint8ArrayWriter, ZipReader } from "@zip.js/zip.js";
import type { FileEntry } from "@zip.js/zip.js";

/** Larger files than this do not occur in any layout; a header that claims one is wrong. */
const LARGEST_FILE_BYTES = 1024 ** 3;

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
  /** @throws {Error} when the path is not there, or its content is damaged */
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
    return this.#source.read(index, length);
  }
}

/**
 * Opens a zip archive.
 * @param name the archive's file name, for errors
 * @throws {Error} when it is not a whole zip archive, or an entry's path leaves the archive's folder
 */
export async function openZip(source: ByteSource, name: string): Promise<Archive> {
  // No workers: they would need permissions, and the callers read one file after the other anyway.
  const options = {
    useWebWorkers: false,
    checkSignature: true,
    filenameValidation: "balanced" as const,
  };
  const entries = new Map<string, FileEntry>();
  const reader = new ZipReader(new SourceReader(source), options);
  let listed;
  try {
    listed = await reader.getEntries();
  } catch (error) {
    const { message, filename } = error as Error & { filename?: string };
    if (message === ERR_UNSAFE_FILENAME) {
      throw new Error(
        `Cannot use ${name}: the path ${JSON.stringify(filename)} in it leads out of the ` +
          `archive's folder. The archive is damaged or hostile; get it from its official page.`,
      );
    }
    throw new Error(
      `Cannot open ${name}: it is not a whole zip archive (${message}, ` +
        `${source.size} bytes). Delete it and run the download stage again.`,
    );
  }
  for (const entry of listed) {
    if (!entry.directory && !isLitter(entry.filename)) entries.set(entry.filename, entry);
  }
  const read = async (path: string) => {
    const entry = entries.get(path);
    if (!entry) throw new Error(`Cannot read ${path}: ${name} holds no such file.`);
    if (entry.encrypted) {
      throw new Error(`Cannot read ${path} in ${name}: it is encrypted.`);
    }
    if (entry.uncompressedSize > LARGEST_FILE_BYTES) {
      throw new Error(
        `Cannot read ${path} in ${name}: it claims ${entry.uncompressedSize} bytes, ` +
          `at most ${LARGEST_FILE_BYTES} are allowed.`,
      );
    }
    try {
      return await entry.getData(new Uint8ArrayWriter(), options);
    } catch (error) {
      throw new Error(
        `Cannot read ${path} in ${name}: the entry is damaged (${(error as Error).message}).`,
      );
    }
  };
  return { name, paths: [...entries.keys()].sort(), read };
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
  return { name, paths: [...owner.keys()].sort(), read };
}

/** Files that archivers and file managers leave behind. */
function isLitter(path: string): boolean {
  const file = path.slice(path.lastIndexOf("/") + 1);
  return path.startsWith("__MACOSX/") || file.startsWith("._") || file === ".DS_Store" ||
    file === "Thumbs.db";
}
