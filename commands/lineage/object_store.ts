/**
 * The contents that DVC keeps by their hash: its cache, and the remote that lies in the repository.
 */
import { join } from "@std/path";
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { entriesBelow, FOLDER_SUFFIX, type FolderEntry, folderHash, hashFile } from "./hashes.ts";

/** Below the root, the nearest first. */
const STORES = [".dvc/cache/files/md5", ".data-remote/files/md5"];

const listingSchema = z.array(z.object({ md5: z.string(), relpath: z.string() }));

export class ObjectStore {
  /** Recomputed hashes of contents by the hash they are kept under. */
  readonly #known = new Map<string, string>();

  private constructor(readonly folders: readonly string[]) {}

  static async open(root: string): Promise<ObjectStore> {
    const folders: string[] = [];
    for (const store of STORES) {
      const folder = join(root, store);
      if (await isThere(folder)) folders.push(folder);
    }
    return new ObjectStore(folders);
  }

  /** Where the content with this hash lies; undefined when it is not kept here. */
  async path(md5: string): Promise<string | undefined> {
    for (const folder of this.folders) {
      const path = join(folder, md5.slice(0, 2), md5.slice(2));
      if (await isThere(path)) return path;
    }
  }

  /** The files of a kept folder; undefined for a file, and when the listing is not kept here. */
  async entries(md5: string): Promise<FolderEntry[] | undefined> {
    if (!md5.endsWith(FOLDER_SUFFIX)) return undefined;
    const path = await this.path(md5);
    return path === undefined ? undefined : await readListing(path);
  }

  /**
   * The hash of a kept content, recomputed from its bytes; of a folder from those of all its files.
   * Undefined when it, or a part of it, is not kept here.
   */
  async hash(md5: string): Promise<string | undefined> {
    const known = this.#known.get(md5);
    if (known !== undefined) return known;
    const path = await this.path(md5);
    if (path === undefined) return undefined;
    const hash = md5.endsWith(FOLDER_SUFFIX) ? await this.#folderHash(path) : hashFile(path, "md5");
    if (hash !== undefined) this.#known.set(md5, hash);
    return hash;
  }

  async #folderHash(path: string): Promise<string | undefined> {
    const entries: FolderEntry[] = [];
    for (const { md5, relpath } of await readListing(path)) {
      const hash = await this.hash(md5);
      if (hash === undefined) return undefined;
      entries.push({ md5: hash, relpath });
    }
    return folderHash(entries);
  }

  /** The hash that a file or folder inside a kept folder must have; undefined when the listing is not kept here. */
  async hashInside(folder: string, inner: string): Promise<string | undefined> {
    const entries = await this.entries(folder);
    if (!entries) return undefined;
    const file = entries.find(({ relpath }) => relpath === inner);
    if (file) return file.md5;
    return folderHash(entriesBelow(entries, inner));
  }
}

async function readListing(path: string): Promise<FolderEntry[]> {
  return parseJson(await Deno.readFile(path), listingSchema, { file: path });
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
