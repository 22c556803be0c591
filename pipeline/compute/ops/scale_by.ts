/** Multiples by a factor that changes from run to run, such as a weight that ramps in. */
import code from "../../../kernels/compute/scale_by.wgsl" with { type: "text" };
import type { Gpu } from "../gpu/device.ts";
import { defineKernel } from "../gpu/kernel.ts";
import { slotCount } from "../gpu/layout.ts";
import { workgroupsFor } from "../gpu/program.ts";
import { persistentStorage, type Storage } from "../gpu/tensor.ts";
import type { Tape, Value } from "../tape.ts";

const kernel = defineKernel("scale_by", code, "scale_by", { reads: 2, writes: 1 });

/** A number on the device, 1 until it is set. */
export class Factor {
  readonly #gpu: Gpu;
  /** One f32. */
  readonly storage: Storage;

  constructor(gpu: Gpu, label: string) {
    this.#gpu = gpu;
    this.storage = persistentStorage(gpu, label, new Float32Array([1, 0, 0, 0]));
  }

  /** For the next runs. */
  set(value: number): void {
    this.#gpu.device.queue.writeBuffer(this.storage.buffer!, 0, new Float32Array([value]));
  }
}

/**
 * factor · value, by the factor that is set when the program runs.
 * @param value [N, C, H, W]
 * @returns [N, C, H, W]
 */
export function scaleBy(tape: Tape, value: Value, factor: Factor): Value {
  const output = record(tape, value, factor, value.label);
  tape.node(output, [value], (dOutput) => {
    tape.accumulate(value, record(tape, dOutput, factor, `d ${value.label}`));
  });
  return output;
}

function record(tape: Tape, value: Value, { storage }: Factor, label: string): Value {
  const output = tape.value(label, value.shape, value.segments);
  const [n, , h, w] = value.shape;
  const count = n * h * w * slotCount(value.segments) / 4;
  tape.dispatch(kernel, {
    params: [count],
    reads: [storage, value.storage],
    writes: [output.storage],
    workgroups: workgroupsFor(count, 64),
  });
  return output;
}
