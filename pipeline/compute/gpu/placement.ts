/**
 * Which buffer holds which intermediate value. A value lives from the first to the last dispatch that mentions it;
 * values whose lives do not overlap share a buffer. Best fit, in order of first use.
 */
import type { Gpu } from "./device.ts";
import type { Storage } from "./tensor.ts";
import type { Mentions } from "./waits.ts";

interface Slot {
  bytes: number;
}

export interface Placement {
  bufferOf(storage: Storage): GPUBuffer;
  /** Bytes of all slots together. */
  readonly bytes: number;
}

/** Slots for all values that are not persistent, by lifetime. */
export function assignSlots(
  dispatches: readonly Mentions[],
): { slots: Slot[]; slotOf: Map<Storage, Slot> } {
  const last = new Map<Storage, number>();
  dispatches.forEach(({ reads, writes }, index) => {
    for (const storage of [...reads, ...writes]) if (!storage.buffer) last.set(storage, index);
  });
  const slots: Slot[] = [], free: Slot[] = [];
  const slotOf = new Map<Storage, Slot>();
  dispatches.forEach(({ reads, writes }, index) => {
    const mentioned = new Set([...reads, ...writes]);
    for (const storage of mentioned) {
      if (storage.buffer || slotOf.has(storage)) continue;
      if (reads.includes(storage)) {
        throw new Error(`Cannot place ${storage.label}: it is read before it is written.`);
      }
      const fitting = free.filter((slot) => slot.bytes >= storage.bytes);
      const candidates = fitting.length > 0 ? fitting : free;
      // The smallest that fits; where none fits, the largest grows.
      const better = fitting.length > 0
        ? (a: Slot, b: Slot) => a.bytes < b.bytes
        : (a: Slot, b: Slot) => a.bytes > b.bytes;
      let slot = candidates.reduce<Slot | undefined>(
        (best, next) => !best || better(next, best) ? next : best,
        undefined,
      );
      if (slot) free.splice(free.indexOf(slot), 1);
      else slots.push(slot = { bytes: 0 });
      slot.bytes = Math.max(slot.bytes, storage.bytes);
      slotOf.set(storage, slot);
    }
    for (const storage of mentioned) {
      if (!storage.buffer && last.get(storage) === index) free.push(slotOf.get(storage)!);
    }
  });
  return { slots, slotOf };
}

/** Gives each slot a buffer from the device's scratch buffers, making new ones where they are too small. */
export function planPlacement(gpu: Gpu, dispatches: readonly Mentions[]): Placement {
  const { slots, slotOf } = assignSlots(dispatches);
  const sorted = [...slots].sort((a, b) => b.bytes - a.bytes);
  const available = [...gpu.scratch];
  const bufferOfSlot = new Map<Slot, GPUBuffer>();
  for (const slot of sorted) {
    let buffer = available[0]?.size >= slot.bytes ? available.shift()! : undefined;
    if (!buffer) {
      buffer = gpu.device.createBuffer({
        label: "scratch",
        size: slot.bytes,
        usage: GPUBufferUsage.STORAGE,
      });
      gpu.scratch.push(buffer);
    }
    bufferOfSlot.set(slot, buffer);
  }
  gpu.scratch.sort((a, b) => b.size - a.size);
  return {
    bufferOf: (storage) => storage.buffer ?? bufferOfSlot.get(slotOf.get(storage)!)!,
    bytes: slots.reduce((sum, slot) => sum + slot.bytes, 0),
  };
}
