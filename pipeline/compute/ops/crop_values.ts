/** A part of each picture, flow or mask of a batch, at places that change from run to run. */
import code from "../../../kernels/compute/crop_values.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const crop = defineKernel("crop_values", code, "crop", { reads: 2, writes: 1 });

export interface Place {
  readonly left: number;
  readonly top: number;
}

/** Where the parts lie, of as many pictures as there are pairs; the corner until it is set. */
export class Places {
  readonly #gpu: Gpu;
  readonly storage: Storage;
  readonly count: number;

  constructor(gpu: Gpu, count: number) {
    this.#gpu = gpu;
    this.count = count;
    this.storage = persistentStorage(gpu, "places of parts", new Uint32Array(2 * count));
  }

  /** For the next runs. @param places inside the pictures with all of a part */
  set(places: readonly Place[]): void {
    const list = new Uint32Array(places.flatMap(({ left, top }) => [left, top]));
    this.#gpu.device.queue.writeBuffer(this.storage.buffer!, 0, list);
  }
}

/**
 * Of picture n the part at place n mod the count of places; without gradient.
 * @param value [N, C, H, W]
 * @param size h and w of the parts
 * @returns [N, C, h, w]
 * @throws {Error} when a part is larger than the pictures
 */
export function cropValues(
  tape: Tape,
  value: Value,
  places: Places,
  { height, width }: { readonly height: number; readonly width: number },
): Value {
  const [n, channels, h, w] = value.shape;
  if (height > h || width > w) {
    throw new Error(
      `Cannot cut ${height}x${width} out of ${value.label}: it is ${h}x${w}. Cut a smaller part.`,
    );
  }
  const output = tape.value(`part of ${value.label}`, [n, channels, height, width], value.segments);
  const pixels = n * height * width;
  tape.dispatch(crop, {
    params: [pixels, height, width, h, w, slotCount(value.segments) / 4, places.count],
    reads: [value.storage, places.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(pixels, 64),
  });
  return output;
}
