/** Files of PyTorch's torch.save() put together opcode by opcode, so that they can claim anything. */
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { fileShape } from "../../pipeline/compute/parameters.ts";
import { bytesOf, joinBytes } from "./reader.ts";
import { type EntryClaims, zipOf } from "./zip_parts.ts";

/** A piece of a pickle that leaves one value on its stack. */
export type Part = Uint8Array;

const opcode = (character: string) => Uint8Array.of(character.charCodeAt(0));
const MARK = opcode("(");

export function little(value: number | bigint, bytes: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    { length: bytes },
    (_, i) => Number(BigInt.asUintN(8, BigInt(value) >> BigInt(8 * i))),
  );
}

export const number = (value: number): Part => joinBytes(opcode("J"), little(value, 4));
export const large = (value: bigint): Part => joinBytes(Uint8Array.of(0x8a, 10), little(value, 10));
export const text = (value: string): Part => {
  const encoded = bytesOf(value);
  return joinBytes(opcode("X"), little(encoded.length, 4), encoded);
};
export const NONE: Part = opcode("N");
export const TRUE: Part = Uint8Array.of(0x88);
export const FALSE: Part = Uint8Array.of(0x89);
export const tuple = (...parts: Part[]): Part => joinBytes(MARK, ...parts, opcode("t"));
export const list = (...parts: Part[]): Part => joinBytes(opcode("]"), MARK, ...parts, opcode("e"));
export const dictionary = (entries: Iterable<[string, Part]>): Part =>
  joinBytes(
    opcode("}"),
    MARK,
    ...[...entries].flatMap(([key, value]) => [text(key), value]),
    opcode("u"),
  );
/** @param path module and name, a blank between */
export const named = (path: string): Part =>
  joinBytes(opcode("c"), bytesOf(`${path.replace(" ", "\n")}\n`));
export const call = (path: string, ...args: Part[]): Part =>
  joinBytes(named(path), tuple(...args), opcode("R"));
/** The same piece many times. */
export function repeat(part: Part, times: number): Part {
  const whole = new Uint8Array(part.length * times);
  for (let i = 0; i < times; i++) whole.set(part, i * part.length);
  return whole;
}
export const keep = (value: Part, index: number): Part =>
  joinBytes(value, opcode("r"), little(index, 4));
export const kept = (index: number): Part => joinBytes(opcode("j"), little(index, 4));

/** A whole pickle. */
export const pickle = (...parts: Part[]): Uint8Array<ArrayBuffer> =>
  joinBytes(Uint8Array.of(0x80, 2), ...parts, opcode("."));

export const storage = (key: string, length: number, type = "torch FloatStorage"): Part =>
  joinBytes(
    tuple(text("storage"), named(type), text(key), text("cpu"), number(length)),
    opcode("Q"),
  );

/** Strides in elements; those of contiguous rows when left out. */
export function tensor(
  from: Part,
  shape: readonly number[],
  { offset = 0, strides }: { offset?: number; strides?: readonly number[] } = {},
): Part {
  const contiguous = shape.map((_, axis) =>
    shape.slice(axis + 1).reduce((product, side) => product * side, 1)
  );
  const counts = (values: readonly number[]) => tuple(...values.map(number));
  return call(
    "torch._utils _rebuild_tensor_v2",
    from,
    number(offset),
    counts(shape),
    counts(strides ?? contiguous),
    FALSE,
    call("collections OrderedDict"),
  );
}

/** The elements of a storage, by its key. */
export type Storages = ReadonlyMap<string, Uint8Array>;

export const MAGIC = 0x1950a86a20f9469cfc6cn;

/** What stands before the value of the older format. */
export const legacyHead = (magic = MAGIC, littleEndian = TRUE) =>
  joinBytes(
    pickle(large(magic)),
    pickle(number(1001)),
    pickle(dictionary([["protocol_version", number(1001)], ["little_endian", littleEndian]])),
  );

/** The format of PyTorch up to 1.5, of storages of 4-byte elements. */
export function legacyFile(
  value: Part,
  storages: Storages = new Map(),
  head: Uint8Array = legacyHead(),
): Uint8Array<ArrayBuffer> {
  return joinBytes(
    head,
    pickle(value),
    pickle(list(...[...storages.keys()].map(text))),
    ...[...storages.values()].flatMap((content) => [little(content.length / 4, 8), content]),
  );
}

/** The format since 1.6. */
export function zipFile(
  value: Part,
  storages: Storages = new Map(),
  others: readonly EntryClaims[] = [{ name: "archive/byteorder", content: bytesOf("little") }],
): Uint8Array<ArrayBuffer> {
  return zipOf([
    { name: "archive/data.pkl", content: pickle(value) },
    ...others,
    ...[...storages].map(([key, content]) => ({ name: `archive/data/${key}`, content })),
  ]);
}

const END_RECORD_BYTES = 22;

/**
 * An archive with a record of zip64 as PyTorch writes it into each, which says of the table of contents the same as the last one, or something else.
 */
export function withZip64(zip: Uint8Array, entriesMore = 0): Uint8Array<ArrayBuffer> {
  const end = zip.length - END_RECORD_BYTES;
  const view = new DataView(zip.buffer, zip.byteOffset);
  const count = little(view.getUint16(end + 10, true) + entriesMore, 8);
  const [bytes, offset] = [12, 16].map((at) => little(view.getUint32(end + at, true), 8));
  const versions = little(45 * 65536 + 45, 4);
  return joinBytes(
    zip.subarray(0, end),
    joinBytes(little(0x06064b50, 4), little(44, 8), versions, new Uint8Array(8)),
    joinBytes(count, count, bytes, offset),
    joinBytes(little(0x07064b50, 4), little(0, 4), little(end, 8), little(1, 4)),
    zip.subarray(end),
  );
}

/** The smallest network: 4 or 8 channels a layer. */
export const SMALLEST_WIDTH = 1 / 24;

/** The weights of a network, each in a storage of its own, another number in every place. */
export function sampleNetwork(
  width = SMALLEST_WIDTH,
): { entries: [string, Part][]; storages: Map<string, Uint8Array> } {
  const storages = new Map<string, Uint8Array>();
  const entries = describePwcLite(width).map((description, i): [string, Part] => {
    const shape = fileShape(description);
    const length = shape.reduce((product, side) => product * side, 1);
    const values = Float32Array.from({ length }, (_, place) => Math.sin(i + place) / 16);
    storages.set(String(i), new Uint8Array(values.buffer));
    return [description.name, tensor(storage(String(i), length), shape)];
  });
  return { entries, storages };
}
