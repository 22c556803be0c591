/**
 * Which buffer holds which intermediate value. A value lives from the first to the last dispatch that mentions it;
 * values whose lives do not overlap share a buffer. Best fit, in order of first use. On a GPU memory is spent so that sharing
 * makes no dispatch wait: the first to write into a used buffer waits (waits.ts), so one that would not wait otherwise gets
 * buffers of its own, which later go to those that wait anyway.
 */
import type { Gpu } from "./device.ts";
import type { Storage } from "./tensor.ts";
import { type Mentions, PlaceStates } from "./waits.ts";

/** How much more memory than by the tightest placement a GPU may spend, so that fewer dispatches wait. */
const GROWTH = { cpu: 1, gpu: 1.6 } as const;

interface Slot {
  bytes: number;
}

interface Slots {
  readonly slots: readonly Slot[];
  readonly slotOf: ReadonlyMap<Storage, Slot>;
}

export interface Placement {
  bufferOf(storage: Storage): GPUBuffer;
  /** Bytes of all slots together. */
  readonly bytes: number;
}

const bytesOf = (slots: readonly Slot[]) => slots.reduce((sum, slot) => sum + slot.bytes, 0);

/**
 * Slots for all values that are not persistent, by lifetime.
 * @throws {Error} when a value is read that no dispatch before has written
 */
export function assignSlots(
  dispatches: readonly Mentions[],
  family: "cpu" | "gpu" = "cpu",
): Slots {
  const tightest = assign(dispatches, 0);
  const { [family]: growth } = GROWTH;
  return growth > 1 ? assign(dispatches, growth * bytesOf(tightest.slots)) : tightest;
}

/** @param budget bytes up to which a dispatch that would not wait gets new slots, though others are free */
function assign(dispatches: readonly Mentions[], budget: number): Slots {
  const last = new Map<Storage, number>();
  dispatches.forEach(({ reads, writes }, index) => {
    for (const storage of [...reads, ...writes]) if (!storage.buffer) last.set(storage, index);
  });
  const slots: Slot[] = [], free: Slot[] = [];
  const slotOf = new Map<Storage, Slot>();
  const states = new PlaceStates();
  const placeOf = (storage: Storage) => storage.buffer ?? slotOf.get(storage);
  dispatches.forEach(({ reads, writes }, index) => {
    const waits = states.waits(reads.map(placeOf), writes.map(placeOf));
    const mentioned = new Set([...reads, ...writes]);
    for (const storage of mentioned) {
      if (storage.buffer || slotOf.has(storage)) continue;
      if (reads.includes(storage)) {
        throw new Error(`Cannot place ${storage.label}: it is read before it is written.`);
      }
      const spends = !waits && bytesOf(slots) + storage.bytes <= budget;
      let slot = spends ? undefined : bestOf(free, storage.bytes);
      if (slot) free.splice(free.indexOf(slot), 1);
      else slots.push(slot = { bytes: 0 });
      slot.bytes = Math.max(slot.bytes, storage.bytes);
      slotOf.set(storage, slot);
    }
    states.follow(reads.map(placeOf), writes.map(placeOf));
    for (const storage of mentioned) {
      if (!storage.buffer && last.get(storage) === index) free.push(slotOf.get(storage)!);
    }
  });
  return { slots, slotOf };
}

/** The smallest that fits; where none fits the largest, which grows. */
function bestOf(free: readonly Slot[], bytes: number): Slot | undefined {
  const fitting = free.filter((slot) => slot.bytes >= bytes);
  const candidates = fitting.length > 0 ? fitting : free;
  const better = fitting.length > 0
    ? (a: Slot, b: Slot) => a.bytes < b.bytes
    : (a: Slot, b: Slot) => a.bytes > b.bytes;
  return candidates.reduce<Slot | undefined>(
    (best, next) => !best || better(next, best) ? next : best,
    undefined,
  );
}

/** Gives each slot a buffer from the device's scratch buffers, making new ones where they are too small. */
export function planPlacement(gpu: Gpu, dispatches: readonly Mentions[]): Placement {
  const { slots, slotOf } = assignSlots(dispatches, gpu.family);
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
    bytes: bytesOf(slots),
  };
}
