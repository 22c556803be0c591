/**
 * Memory on the device before it is a buffer. A storage that is not persistent lives only between the first and the
 * last dispatch that mentions it; the program decides which buffer it shares with others.
 */

import { type Gpu, TooLargeError } from "./device.ts";

/** [N, C, H, W]. */
export type Shape = readonly [number, number, number, number];

export interface Storage {
  readonly label: string;
  readonly bytes: number;
  /** The buffer of a persistent storage; absent for one that the program places. */
  readonly buffer?: GPUBuffer;
  /** The buffer began as zeros, and only dispatches of one program write into it. */
  readonly zeroed?: true;
}

/** Some slots of every pixel of a storage: all of a value's, or those of one part of a concatenation. */
export interface Place {
  readonly storage: Storage;
  /** vec4 from one pixel to the next. */
  readonly stride: number;
  /** The first vec4 of a pixel that belongs to it. */
  readonly first: number;
}

const SMALLEST_BUFFER = 16;

/** A storage that the program places; every cell of it must be written before it is read. */
export function scratchStorage(label: string, bytes: number): Storage {
  return { label, bytes: Math.max(SMALLEST_BUFFER, Math.ceil(bytes / 16) * 16) };
}

/** A storage that the program places as {@link scratchStorage}, of parts that come one by one while it is recorded. */
export class Arena implements Storage {
  readonly label: string;
  /** Of all parts so far. */
  bytes = 0;
  readonly buffer?: GPUBuffer;

  constructor(label: string) {
    this.label = label;
  }

  /** Appends a part; returns its first byte, a multiple of 16. */
  reserve(bytes: number): number {
    const first = this.bytes;
    this.bytes += Math.ceil(bytes / 16) * 16;
    return first;
  }
}

/** Bytes in words, rounded up. */
export function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / (1 << 20))} MiB`;
}

/**
 * Refuses what no buffer of the device can hold, before WebGPU would, which names neither tensor nor sizes.
 * @throws {TooLargeError} naming the largest that does not fit, both sizes, and how many there are
 */
export function checkSizes(gpu: Gpu, storages: Iterable<Storage>): void {
  const { adapter, largestStorage: allowed } = gpu;
  const tooLarge = [...storages].filter(({ bytes }) => bytes > allowed);
  if (tooLarge.length === 0) return;
  const { label, bytes } = tooLarge.reduce((a, b) => b.bytes > a.bytes ? b : a);
  const among = tooLarge.length > 1 ? `, the largest of ${tooLarge.length} that do not fit,` : "";
  throw new TooLargeError(
    `"${label}"${among} needs a buffer of ${mebibytes(bytes)}; ` +
      `${adapter.description} allows ${mebibytes(allowed)}.`,
  );
}

/**
 * A storage with a buffer of its own: keeps its content between runs, can be written and read by the host.
 * @throws {TooLargeError} when no buffer of the device can hold it
 */
export function persistentStorage(
  gpu: Gpu,
  label: string,
  content: number | Float32Array | Uint32Array,
): Storage {
  const length = typeof content === "number" ? content : content.byteLength;
  const bytes = Math.max(SMALLEST_BUFFER, Math.ceil(length / 16) * 16);
  checkSizes(gpu, [{ label, bytes }]);
  const { device } = gpu;
  const buffer = device.createBuffer({
    label,
    size: bytes,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  if (typeof content !== "number") device.queue.writeBuffer(buffer, 0, content as BufferSource);
  return { label, bytes, buffer };
}

/** A persistent storage of zeros, but for what dispatches of one program write. @throws {TooLargeError} when no buffer of the device can hold it */
export function zeroedStorage(gpu: Gpu, label: string, bytes: number): Storage {
  // A new buffer holds zeros.
  return { ...persistentStorage(gpu, label, bytes), zeroed: true };
}

/**
 * Copies a persistent storage to the host, after all work submitted so far.
 * @throws {Error} when the storage is not persistent, or the device was lost
 */
export async function readStorage(gpu: Gpu, storage: Storage): Promise<Float32Array> {
  const { label, bytes, buffer } = storage;
  if (!buffer) {
    throw new Error(
      `Cannot read ${label}: it is an intermediate value. Keep it persistent to read it.`,
    );
  }
  return await gpu.awaiting(readBuffer(gpu.device, { label, bytes, buffer }));
}

async function readBuffer(
  device: GPUDevice,
  { label, bytes, buffer }: Required<Omit<Storage, "zeroed">>,
): Promise<Float32Array> {
  const staging = device.createBuffer({
    label: `read ${label}`,
    size: bytes,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(buffer, 0, staging, 0, bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const data = new Float32Array(staging.getMappedRange().slice(0));
  staging.unmap();
  staging.destroy();
  return data;
}
