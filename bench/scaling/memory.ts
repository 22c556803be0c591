/** What a step needs of the device's memory, as planned: nothing is run. Beside it the least that any placement could take. */
import { assignSlots } from "../../pipeline/compute/gpu/placement.ts";
import type { Dispatch } from "../../pipeline/compute/gpu/program.ts";
import type { Storage } from "../../pipeline/compute/gpu/tensor.ts";
import { listeningGpu, recordTrainingStep } from "../_recording.ts";
import type { StepSize } from "../_step.ts";

export interface MemoryRow {
  readonly family: "cpu" | "gpu";
  /** Bytes of all buffers for intermediate values. */
  readonly planned: number;
  /** The most bytes that are alive at once: written before a dispatch or by it, and read by it or after. */
  readonly alive: number;
  /** planned / alive. */
  readonly ratio: number;
  /** Parameters, gradients, moments, pictures and flow. */
  readonly persistent: number;
  /** planned and persistent together. */
  readonly total: number;
}

/** The most bytes of intermediate values that are alive at once, in this order of dispatches. */
export function mostAlive(dispatches: readonly Pick<Dispatch, "reads" | "writes">[]): number {
  const last = new Map<Storage, number>();
  const storagesOf = ({ reads, writes }: Pick<Dispatch, "reads" | "writes">) =>
    new Set([...reads, ...writes].filter(({ buffer }) => !buffer));
  dispatches.forEach((dispatch, index) => {
    for (const storage of storagesOf(dispatch)) last.set(storage, index);
  });
  const alive = new Set<Storage>();
  let bytes = 0, most = 0;
  dispatches.forEach((dispatch, index) => {
    const mentioned = storagesOf(dispatch);
    for (const storage of mentioned) {
      if (alive.has(storage)) continue;
      alive.add(storage);
      bytes += storage.bytes;
    }
    most = Math.max(most, bytes);
    for (const storage of mentioned) {
      if (last.get(storage) === index && alive.delete(storage)) bytes -= storage.bytes;
    }
  });
  return most;
}

/** A row for the kernels of a CPU driver, and one for those of a GPU without a plan of its own. */
export function planMemory(size: StepSize): MemoryRow[] {
  return (["cpu", "gpu"] as const).map((family) => {
    const { dispatches, persistentBytes } = recordTrainingStep(listeningGpu(family), size);
    const { slots } = assignSlots(dispatches, family);
    const planned = slots.reduce((sum, { bytes }) => sum + bytes, 0);
    const alive = mostAlive(dispatches);
    const total = planned + persistentBytes;
    return { family, planned, alive, ratio: planned / alive, persistent: persistentBytes, total };
  });
}
