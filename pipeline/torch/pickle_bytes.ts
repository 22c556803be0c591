/** The arguments of a pickle's opcodes, one after the other; never more than the file has. */
import { Refusal } from "./refusal.ts";

const NEWLINE = 10;
/** Names of tensors are short; a whole configuration or log may be beside them. */
const LONGEST_TEXT = 1 << 20;

export class PickleBytes {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  #at: number;

  constructor(bytes: Uint8Array, start: number) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#at = start;
  }

  /** The next byte's place. */
  get at(): number {
    return this.#at;
  }

  #skip(count: number): number {
    const left = this.#bytes.length - this.#at;
    if (count > left) {
      throw new Refusal(`${count} bytes are asked for and ${left} are left; it is truncated`);
    }
    this.#at += count;
    return this.#at - count;
  }

  take(count: number): Uint8Array {
    const from = this.#skip(count);
    return this.#bytes.subarray(from, from + count);
  }

  unsigned(bytes: 1 | 2 | 4): number {
    const from = this.#skip(bytes);
    if (bytes === 1) return this.#view.getUint8(from);
    return bytes === 2 ? this.#view.getUint16(from, true) : this.#view.getUint32(from, true);
  }

  /** Two's complement of so many bytes; a bigint where a number would lose digits. */
  integer(bytes: number): number | bigint {
    const value = this.take(bytes).reduceRight((sum, byte) => sum << 8n | BigInt(byte), 0n);
    const signed = BigInt.asIntN(8 * bytes, value);
    return Number.isSafeInteger(Number(signed)) ? Number(signed) : signed;
  }

  float(): number {
    return this.#view.getFloat64(this.#skip(8));
  }

  #textBytes(bytes: number): Uint8Array {
    if (bytes <= LONGEST_TEXT) return this.take(bytes);
    throw new Refusal(`stands a text of ${bytes} bytes, at most ${LONGEST_TEXT} are read`);
  }

  text(bytes: number): string {
    const encoded = this.#textBytes(bytes);
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(encoded);
    } catch {
      throw new Refusal("stands a text that is not UTF-8");
    }
  }

  latin1(bytes: number): string {
    return Array.from(this.#textBytes(bytes), (byte) => String.fromCharCode(byte)).join("");
  }

  /** Up to the end of the line, which goes. */
  line(): string {
    const end = this.#bytes.indexOf(NEWLINE, this.#at);
    if (end < 0) throw new Refusal("a line has no end; it is truncated");
    const text = this.text(end - this.#at);
    this.#skip(1);
    return text;
  }

  /** The length of a frame, which must lie within the file. */
  frame(): void {
    const length = this.#view.getBigUint64(this.#skip(8), true);
    const left = this.#bytes.length - this.#at;
    if (length > BigInt(left)) {
      throw new Refusal(`a frame of ${length} bytes begins and ${left} are left; it is truncated`);
    }
  }
}
