/**
 * Rows of single frames from a packed split, read where they lie in their shard: training looks at a few crops a step,
 * so a split of any size takes next to no memory.
 */
import { type IndexEntry, MEND, present, readIndex, tensorName } from "./pack.ts";
import { headerEnd, LENGTH_BYTES, locateTensors, type TensorPlace } from "./safetensors.ts";
import { unreadable } from "./text.ts";

/** The files of a split's folder. */
export interface SplitFiles {
  /** The whole file. */
  read(fileName: string): Promise<Uint8Array>;
  /** Bytes of the file. */
  size(fileName: string): Promise<number>;
  /** The bytes from `from` on, which lie in the file, as many as `into` has: fills it. */
  readRange(fileName: string, from: number, into: Uint8Array): Promise<void>;
}

export class SplitFrames {
  readonly #files: SplitFiles;
  readonly #folder: string;
  readonly #shards = new Map<string, Promise<Map<string, TensorPlace>>>();
  /** Memory of rows that were given back: new memory has to be filled with zeros first, which takes as long as reading. */
  readonly #spare: ArrayBuffer[] = [];
  /** In the order of the index. */
  readonly pairs: readonly IndexEntry[];

  private constructor(files: SplitFiles, folder: string, pairs: readonly IndexEntry[]) {
    this.#files = files;
    this.#folder = folder;
    this.pairs = pairs;
  }

  /**
   * @param folder the split's, for errors
   * @throws {Error} when its index is missing or damaged
   */
  static async open(files: SplitFiles, folder: string): Promise<SplitFrames> {
    const { pairs } = await readIndex((fileName) => files.read(fileName), folder);
    return new SplitFrames(files, folder, pairs);
  }

  /**
   * Rows `top` up to and without `top + count` of a frame, [count, width, 3]. Theirs until they are given back.
   * @param pair one of `pairs`
   * @throws {Error} when the pair's shard is missing or damaged, or does not hold the frame
   */
  async rows(
    pair: IndexEntry,
    frame: "frame1" | "frame2",
    top: number,
    count: number,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const { shard, width, height } = pair;
    const file = `${this.#folder}/${shard}`;
    const key = tensorName(pair, frame);
    const place = (await this.#tensorsOf(shard)).get(key);
    if (place?.dtype !== "U8" || place.shape.join() !== [height, width, 3].join()) {
      const found = place ? `${place.dtype} [${place.shape}]` : "not there";
      throw unreadable(
        file,
        `its tensor ${key} should be U8 [${height},${width},3] and is ${found}`,
        MEND,
      );
    }
    const row = 3 * width;
    const rows = this.#memory(count * row);
    await this.#files.readRange(shard, place.from + top * row, rows);
    return rows;
  }

  /** Takes back what rows() gave: other rows may be read into it. */
  giveBack(rows: Uint8Array<ArrayBuffer>): void {
    this.#spare.push(rows.buffer);
  }

  #memory(length: number): Uint8Array<ArrayBuffer> {
    const spare = this.#spare.pop();
    return spare && spare.byteLength >= length
      ? new Uint8Array(spare, 0, length)
      : new Uint8Array(length);
  }

  #tensorsOf(shard: string): Promise<Map<string, TensorPlace>> {
    const known = this.#shards.get(shard) ?? this.#locate(shard);
    this.#shards.set(shard, known);
    return known;
  }

  async #locate(shard: string): Promise<Map<string, TensorPlace>> {
    const file = `${this.#folder}/${shard}`;
    const bytes = await present(this.#files.size(shard), shard, this.#folder);
    const start = async (length: number) => {
      const read = new Uint8Array(length);
      await this.#files.readRange(shard, 0, read);
      return read;
    };
    const end = headerEnd(await start(Math.min(LENGTH_BYTES, bytes)), bytes, file, MEND);
    return locateTensors(await start(end), bytes, file, MEND).tensors;
  }
}
