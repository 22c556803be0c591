/** What the fuzzer knows of a reader, a function that turns bytes or text of somebody else into values. */

/** Decides which changes a sample goes through, besides those of any bytes. */
export type Form = "bytes" | "png" | "zip" | "safetensors" | "json" | "yaml" | "lines";

/** Makes the bytes of a file. */
export type Make = () => Uint8Array | Promise<Uint8Array>;

export interface Reader {
  readonly name: string;
  readonly form: Form;
  /** The name that the reader is told. */
  readonly file: string;
  /** Other names that a message may hold instead, where a reader takes several files or none. */
  readonly alsoNamed?: (bytes: Uint8Array) => readonly string[];
  /** The part of a value that checksums cover: another one from changed bytes is a fault. */
  readonly covered?: (value: unknown) => unknown;
  /** Whole files, by what is special about them. */
  readonly samples: Readonly<Record<string, Make>>;
  /** Files that must be refused, by what is wrong with them. */
  readonly hostile?: Readonly<Record<string, Make>>;
  /** Files that cost much, by how, some as large as the reader takes them: it may take its time, and refuse them or not. */
  readonly heavy?: Readonly<Record<string, Make>>;
  /** The value is compared with that of the sample, so it holds all that was read. */
  read(bytes: Uint8Array, file: string): unknown;
}

/** A file with something wrong in it. */
export interface Mutant {
  readonly bytes: Uint8Array;
  /** What was done, for people. */
  readonly how: string;
  /** The checksums fit again, so that nothing tells the reader of the change. */
  readonly sealed?: boolean;
}

const decoder = new TextDecoder();
const encoder = new TextEncoder();

export const textOf = (bytes: Uint8Array): string => decoder.decode(bytes);
export const bytesOf = (text: string): Uint8Array<ArrayBuffer> => encoder.encode(text);

export function joinBytes(...parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
