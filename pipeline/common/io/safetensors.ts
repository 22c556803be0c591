/**
 * Safetensors: named tensors in one file, an 8-byte length, a JSON header, then the data.
 * Works on bytes only, so that it runs in a browser too. Keys are written in the order given,
 * the same tensors always give the same bytes.
 * Format: https://huggingface.co/docs/safetensors
 */
import { z } from "zod";
import { parseJson } from "./json.ts";
import { unreadable } from "./text.ts";

export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, NamedTensor>;
  readonly metadata: Record<string, string>;
}

const ARRAY_TYPES = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;

export type Dtype = keyof typeof ARRAY_TYPES;

const METADATA = "__metadata__";
/** A third of what the reference implementation allows: checkpoints have the longest, for their curves. */
const LARGEST_HEADER_BYTES = 32 * 1024 ** 2;
/** Read in less than a second; what a header holds without end, of a few bytes each, would take many. */
const MOST_HEADER_VALUES = 200_000;
/** Each takes up to ten values of the header. */
export const MOST_TENSORS = 20_000;

const size = z.int().min(0);
const entrySchema = z.object({
  dtype: z.enum(["F32", "F64", "I32", "U8"]),
  shape: z.array(size),
  data_offsets: z.tuple([size, size], { error: "must be a list of two numbers" }),
});
type Entry = z.infer<typeof entrySchema>;
const metadataSchema = z.record(z.string(), z.string());
const headerSchema = z.object({ [METADATA]: metadataSchema.optional() }).catchall(entrySchema);

/** Type of the elements, by its name in files. */
export function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "U8";
}

/** Number of elements of a shape; 1 for a scalar's empty shape. */
function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/** Where a tensor lies in its file. */
export interface TensorPlace {
  readonly dtype: Dtype;
  readonly shape: readonly number[];
  /** Its first byte, and the one behind its last, from the beginning of the file. */
  readonly from: number;
  readonly to: number;
}

/** Bytes in front of the header, which say how long it is. */
export const LENGTH_BYTES = 8;

/**
 * Where all tensors of a file lie, from its beginning alone; every byte behind the header must belong to one.
 * @param head the file's first bytes, at least up to the end of its header (see headerEnd)
 * @param fileBytes bytes of the whole file
 * @throws {Error} as readSafetensors
 */
export function locateTensors(
  head: Uint8Array,
  fileBytes: number,
  name: string,
  mend = "",
): { tensors: Map<string, TensorPlace>; metadata: Record<string, string> } {
  const start = headerEnd(head, fileBytes, name, mend);
  const header = parseJson(
    head.subarray(LENGTH_BYTES, start),
    headerSchema,
    { file: name, part: "header", mend },
    MOST_HEADER_VALUES,
  );
  const { [METADATA]: metadata = {}, ...entries } = header;
  const problem = layoutProblem(Object.entries(entries), fileBytes - start);
  if (problem !== undefined) throw unreadable(name, problem, mend);
  const tensors = Object.entries(entries).map(([key, { dtype, shape, data_offsets: [from, to] }]) =>
    [key, { dtype, shape, from: start + from, to: start + to }] as const
  );
  return { tensors: new Map(tensors), metadata };
}

/**
 * Reads a whole file; every byte of it must belong to a tensor.
 * @param bytes the file's content, which the tensors are views of where its alignment allows that
 * @param name the file's name, for errors
 * @param mend what to do about a damaged file, as a sentence
 * @throws {Error} when the header is not one of this format, a dtype is not F32, F64, I32 or U8, or the tensors
 *   overlap, leave bytes out or end outside the file
 */
export function readSafetensors(bytes: Uint8Array, name: string, mend = ""): SafetensorsFile {
  const { tensors, metadata } = locateTensors(bytes, bytes.byteLength, name, mend);
  const read = [...tensors].map(([key, { dtype, shape, from, to }]) =>
    [key, { shape, data: arrayAt(bytes, dtype, from, to) }] as const
  );
  return { tensors: new Map(read), metadata };
}

/**
 * The byte behind the header of a file.
 * @param head at least its first {@link LENGTH_BYTES} bytes, if it has as many
 * @throws {Error} when the file is too short for it
 */
export function headerEnd(head: Uint8Array, fileBytes: number, name: string, mend = ""): number {
  const view = new DataView(head.buffer, head.byteOffset, head.byteLength);
  const length = head.byteLength < LENGTH_BYTES ? NaN : Number(view.getBigUint64(0, true));
  if (length <= fileBytes - LENGTH_BYTES && length <= LARGEST_HEADER_BYTES) {
    return LENGTH_BYTES + length;
  }
  const asked = Number.isNaN(length) ? "" : ` of ${length}`;
  const what = length > LARGEST_HEADER_BYTES
    ? `its header would take ${length} bytes, more than ${LARGEST_HEADER_BYTES}`
    : `it holds ${fileBytes} bytes, too few for its header${asked}`;
  throw unreadable(name, `${what}; it is truncated or not a safetensors file`, mend);
}

/** What is wrong with where the tensors lie, as a sentence without a full stop. */
function layoutProblem(entries: readonly [string, Entry][], dataBytes: number): string | undefined {
  let end = 0, before = "";
  const inOrder = entries.toSorted(([, a], [, b]) =>
    a.data_offsets[0] - b.data_offsets[0] || a.data_offsets[1] - b.data_offsets[1]
  );
  for (const [key, { dtype, shape, data_offsets: [from, to] }] of inOrder) {
    const tensor = `tensor ${JSON.stringify(key)}`;
    if (from > to) return `${tensor} ends at byte ${to} of the data, before it begins at ${from}`;
    const wanted = elementCount(shape) * ARRAY_TYPES[dtype].BYTES_PER_ELEMENT;
    if (wanted !== to - from) {
      return `${tensor} of shape [${shape}] and ${dtype} takes ${wanted} bytes, its data_offsets ` +
        `span ${to - from}`;
    }
    if (to > dataBytes) {
      return `${tensor} ends at byte ${to} of the data, of which there are ${dataBytes}; it is truncated`;
    }
    if (from < end) return `${tensor} begins at byte ${from} of the data, inside tensor ${before}`;
    if (from > end) return `bytes ${end} to ${from} of the data, before ${tensor}, belong to none`;
    end = to;
    before = JSON.stringify(key);
  }
  if (end === dataBytes) return undefined;
  return `the last ${dataBytes - end} of ${dataBytes} bytes of its data belong to no tensor`;
}

/** A view of the bytes, or a copy where they do not lie at a multiple of the element's size. */
function arrayAt(bytes: Uint8Array, dtype: Dtype, from: number, to: number): TensorData {
  const arrayType = ARRAY_TYPES[dtype];
  const aligned = (bytes.byteOffset + from) % arrayType.BYTES_PER_ELEMENT === 0;
  const { buffer, byteOffset } = aligned ? bytes.subarray(from, to) : bytes.slice(from, to);
  return new arrayType(
    buffer as ArrayBuffer,
    byteOffset,
    (to - from) / arrayType.BYTES_PER_ELEMENT,
  );
}

/**
 * Writes tensors and metadata in the order given; the header is padded with spaces to a multiple of 8 bytes.
 * @throws {Error} when a shape and the length of its data disagree, a name is given twice, or readSafetensors() would refuse
 *   so large a header
 */
export function writeSafetensors(
  tensors: Iterable<[string, NamedTensor]>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0
    ? { [METADATA]: metadata }
    : {};
  const parts: TensorData[] = [];
  let offset = 0;
  for (const [key, { shape, data }] of tensors) {
    if (elementCount(shape) !== data.length) {
      throw new Error(
        `Cannot write tensor ${key}: shape [${shape}] and ${data.length} values disagree.`,
      );
    }
    if (Object.hasOwn(header, key) || key === METADATA) {
      throw new Error(`Cannot write tensor ${key}: the name is taken. Give each its own.`);
    }
    header[key] = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
    parts.push(data);
  }
  if (parts.length > MOST_TENSORS) {
    throw new Error(
      `Cannot write ${parts.length} tensors into a file: at most ${MOST_TENSORS} are read again. ` +
        `Divide them among several.`,
    );
  }
  const text = JSON.stringify(header);
  const headerBytes = new TextEncoder().encode(
    text.padEnd(text.length + (8 - (new TextEncoder().encode(text).length % 8)) % 8),
  );
  if (headerBytes.length > LARGEST_HEADER_BYTES) {
    throw new Error(
      `Cannot write a header of ${headerBytes.length} bytes: at most ${LARGEST_HEADER_BYTES} are read again. ` +
        `Shorten names and metadata.`,
    );
  }
  const out = new Uint8Array(8 + headerBytes.length + offset);
  new DataView(out.buffer).setBigUint64(0, BigInt(headerBytes.length), true);
  out.set(headerBytes, 8);
  let position = 8 + headerBytes.length;
  for (const data of parts) {
    out.set(new Uint8Array(data.buffer, data.byteOffset, data.byteLength), position);
    position += data.byteLength;
  }
  return out;
}
