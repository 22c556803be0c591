/**
 * Safetensors: named tensors in one file, an 8-byte length, a JSON header, then the data.
 * Works on bytes only, so that it runs in a browser too. Keys are written in the order given,
 * the same tensors always give the same bytes.
 * Format: https://huggingface.co/docs/safetensors
 */

export type TensorData = Float32Array | Float64Array | Int32Array | Uint8Array;

export interface NamedTensor {
  readonly shape: readonly number[];
  readonly data: TensorData;
}

export interface SafetensorsFile {
  readonly tensors: Map<string, NamedTensor>;
  readonly metadata: Record<string, string>;
}

type Dtype = "F32" | "F64" | "I32" | "U8";
interface Entry {
  dtype: Dtype;
  shape: number[];
  data_offsets: [number, number];
}

const ARRAY_TYPES = {
  F32: Float32Array,
  F64: Float64Array,
  I32: Int32Array,
  U8: Uint8Array,
} as const;

function dtypeOf(data: TensorData): Dtype {
  if (data instanceof Float32Array) return "F32";
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "U8";
}

/** Number of elements of a shape; 1 for a scalar's empty shape. */
export function elementCount(shape: readonly number[]): number {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Reads a whole file.
 * @param bytes the file's content
 * @param name the file's name, for errors
 * @throws {Error} when the header is not JSON, a dtype is not F32, F64, I32 or U8, or an offset lies outside the file
 */
export function readSafetensors(bytes: Uint8Array, name: string): SafetensorsFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerLength = bytes.byteLength < 8 ? NaN : Number(view.getBigUint64(0, true));
  if (!(headerLength <= bytes.byteLength - 8)) {
    throw new Error(
      `Cannot read ${name}: it holds ${bytes.byteLength} bytes, too few for its header. ` +
        `It is truncated or not a safetensors file.`,
    );
  }
  let header: Record<string, unknown>;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(8, 8 + headerLength)));
  } catch (error) {
    throw new Error(`Cannot read ${name}: its header is not JSON (${(error as Error).message}).`);
  }
  const start = 8 + headerLength;
  const tensors = new Map<string, NamedTensor>();
  for (const [key, value] of Object.entries(header)) {
    if (key === "__metadata__") continue;
    const { dtype, shape, data_offsets: [from, to] } = value as Entry;
    const arrayType = ARRAY_TYPES[dtype];
    if (!arrayType) {
      throw new Error(
        `Cannot read ${name}: tensor ${key} has dtype ${dtype}, supported are F32, F64, I32 and U8.`,
      );
    }
    if (!(from >= 0 && from <= to && start + to <= bytes.byteLength)) {
      throw new Error(
        `Cannot read ${name}: tensor ${key} ends at byte ${
          start + to
        }, the file at ${bytes.byteLength}. It is truncated.`,
      );
    }
    if (elementCount(shape) * arrayType.BYTES_PER_ELEMENT !== to - from) {
      throw new Error(
        `Cannot read ${name}: tensor ${key} of shape [${shape}] and ${dtype} cannot take ${
          to - from
        } bytes.`,
      );
    }
    const copy = bytes.slice(start + from, start + to);
    tensors.set(key, { shape, data: new arrayType(copy.buffer) });
  }
  return { tensors, metadata: (header.__metadata__ ?? {}) as Record<string, string> };
}

/**
 * Writes tensors and metadata in the order given; the header is padded with spaces to a multiple of 8 bytes.
 * @throws {Error} when a shape and the length of its data disagree
 */
export function writeSafetensors(
  tensors: Iterable<[string, NamedTensor]>,
  metadata: Record<string, string> = {},
): Uint8Array<ArrayBuffer> {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0
    ? { __metadata__: metadata }
    : {};
  const parts: TensorData[] = [];
  let offset = 0;
  for (const [key, { shape, data }] of tensors) {
    if (elementCount(shape) !== data.length) {
      throw new Error(
        `Cannot write tensor ${key}: shape [${shape}] and ${data.length} values disagree.`,
      );
    }
    header[key] = { dtype: dtypeOf(data), shape, data_offsets: [offset, offset + data.byteLength] };
    offset += data.byteLength;
    parts.push(data);
  }
  const text = JSON.stringify(header);
  const headerBytes = new TextEncoder().encode(
    text.padEnd(text.length + (8 - (new TextEncoder().encode(text).length % 8)) % 8),
  );
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
