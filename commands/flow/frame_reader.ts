/** Reads the frames of a folder, pair by pair: bytes first, which tell what need not be decoded. */
import { join } from "@std/path";
import {
  type RawPicture,
  readRawPicture,
  type SeenPair,
  seenTogether,
} from "../../pipeline/flow/picture_pair.ts";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import { checkSizes, readTyped } from "./files.ts";
import type { Bytes } from "./folder_files.ts";

/** Keeps the second frame of a pair as the first of the next one. */
export class FrameReader {
  readonly #folder: string;
  readonly #bytes = new Map<string, Bytes>();
  readonly #decoded = new Map<string, RawPicture>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** @throws {Error} naming the file that cannot be read */
  async readPair({ frame1, frame2 }: PairFiles): Promise<[Bytes, Bytes]> {
    for (const kept of [this.#bytes, this.#decoded]) {
      for (const path of kept.keys()) if (path !== frame1) kept.delete(path);
    }
    for (const path of [frame1, frame2]) {
      if (!this.#bytes.has(path)) this.#bytes.set(path, await readTyped(join(this.#folder, path)));
    }
    return [this.#bytes.get(frame1)!, this.#bytes.get(frame2)!];
  }

  /** @throws {Error} naming the file that is damaged or of another size */
  decode({ frame1, frame2 }: PairFiles, [first, second]: [Bytes, Bytes]): SeenPair {
    const nameOf = (path: string) => join(this.#folder, path);
    const decode = (path: string, bytes: Bytes) => {
      const picture = this.#decoded.get(path) ?? readRawPicture(bytes, nameOf(path));
      this.#decoded.set(path, picture);
      return picture;
    };
    const one = decode(frame1, first), two = decode(frame2, second);
    checkSizes(nameOf(frame1), one, nameOf(frame2), two);
    return seenTogether(one, two);
  }
}
