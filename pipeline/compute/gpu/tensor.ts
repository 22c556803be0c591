/**
 * Memory on the device before it is a buffer. A storage that is not persistent lives only between the first and the
 * last dispatch that mentions it; the program decides which buffer it shares with others.
 */

/** [N, C, H, W]. */
export type Shape = readonly [number, number, number, number];

export interface Storage {
  readonly label: string;
  readonly bytes: number;
  /** The buffer of a persistent storage; absent for one that the program places. */
  readonly buffer?: GPUBuffer;
}

const SMALLEST_BUFFER = 16;

/** A storage that the program places; every cell of it must be written before it is read. */
export function scratchStorage(label: string, bytes: number): Storage {
  return { label, bytes: Math.max(SMALLEST_BUFFER, Math.ceil(bytes / 16) * 16) };
}

/** A storage with a buffer of its own: keeps its content between runs, can be written and read by the host. */
export function persistentStorage(
  device: GPUDevice,
  label: string,
  content: number | Float32Array | Uint32Array,
): Storage {
  const length = typeof content === "number" ? content : content.byteLength;
  const bytes = Math.max(SMALLEST_BUFFER, Math.ceil(length / 16) * 16);
  const buffer = device.createBuffer({
    label,
    size: bytes,
    usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST,
  });
  if (typeof content !== "number") device.queue.writeBuffer(buffer, 0, content as BufferSource);
  return { label, bytes, buffer };
}

/**
 * Copies a persistent storage to the host, after all work submitted so far.
 * @throws {Error} when the storage is not persistent
 */
export async function readStorage(device: GPUDevice, storage: Storage): Promise<Float32Array> {
  if (!storage.buffer) {
    throw new Error(
      `Cannot read ${storage.label}: it is an intermediate value. Keep it persistent to read it.`,
    );
  }
  const staging = device.createBuffer({
    label: `read ${storage.label}`,
    size: storage.bytes,
    usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
  });
  const encoder = device.createCommandEncoder();
  encoder.copyBufferToBuffer(storage.buffer, 0, staging, 0, storage.bytes);
  device.queue.submit([encoder.finish()]);
  await staging.mapAsync(GPUMapMode.READ);
  const data = new Float32Array(staging.getMappedRange().slice(0));
  staging.unmap();
  staging.destroy();
  return data;
}
