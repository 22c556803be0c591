/**
 * Which buffer holds which intermediate value. A value lives from the first to the last dispatch that mentions it;
 * values whose lives do not overlap share a buffer. Best fit, in order of first use. On a GPU memory is spent so that sharing
 * makes few dispatches wait: the first to write into a used buffer waits (waits.ts), so one that would not wait otherwise gets
 * buffers of its own, which later go to those that wait anyway. Small ones do, up to a size: they are most of them, and cheap.
 */
import type { Gpu } from "./device.ts";
import type { Storage } from "./tensor.ts";
import { type Mentions, PlaceStates } from "./waits.ts";

/** How much memory a GPU may spend so that fewer dispatches wait, as a multiple of what is alive at once. */
const MOST_MEMORY = 1.3;
/** Bytes that no GPU that does anything here is short of. */
const LITTLE = 512 << 20;

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

interface Life {
  /** Index of the first and of the last dispatch that mentions it. */
  readonly first: number;
  last: number;
}

// Of all values that are not persistent.
function livesOf(dispatches: readonly Mentions[]): ReadonlyMap<Storage, Life> {
  const lives = new Map<Storage, Life>();
  dispatches.forEach(({ reads, writes }, index) => {
    for (const storage of [...reads, ...writes]) {
      const life = lives.get(storage);
      if (life) life.last = index;
      else if (!storage.buffer) lives.set(storage, { first: index, last: index });
    }
  });
  return lives;
}

/** Bytes of the values that are alive at once, at most: no placement needs less. */
export function bytesAlive(dispatches: readonly Mentions[]): number {
  const changes = new Array<number>(dispatches.length + 1).fill(0);
  for (const [{ bytes }, { first, last }] of livesOf(dispatches)) {
    changes[first] += bytes;
    changes[last + 1] -= bytes;
  }
  let alive = 0, most = 0;
  for (const change of changes) most = Math.max(most, alive += change);
  return most;
}

/**
 * Slots for all values that are not persistent, by lifetime.
 * @throws {Error} when a value is read that no dispatch before has written
 */
export function assignSlots(
  dispatches: readonly Mentions[],
  family: "cpu" | "gpu" = "cpu",
): Slots {
  let best = assign(dispatches, 0);
  if (family === "cpu") return best;
  const most = Math.max(LITTLE, MOST_MEMORY * bytesAlive(dispatches));
  const sizes = [...new Set([...livesOf(dispatches).keys()].map(({ bytes }) => bytes))]
    .sort((a, b) => a - b);
  let low = 0, high = sizes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const placed = assign(dispatches, sizes[middle]);
    if (bytesOf(placed.slots) > most) high = middle;
    else {
      best = placed;
      low = middle + 1;
    }
  }
  return best;
}

/** @param largest bytes up to which a value gets a new slot though others are free, where its dispatch would not wait otherwise */
function assign(dispatches: readonly Mentions[], largest: number): Slots {
  const lives = livesOf(dispatches);
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
      const spends = !waits && storage.bytes <= largest;
      let slot = spends ? undefined : bestOf(free, storage.bytes);
      if (slot) free.splice(free.indexOf(slot), 1);
      else slots.push(slot = { bytes: 0 });
      slot.bytes = Math.max(slot.bytes, storage.bytes);
      slotOf.set(storage, slot);
    }
    states.follow(reads.map(placeOf), writes.map(placeOf));
    for (const storage of mentioned) {
      if (lives.get(storage)?.last === index) free.push(slotOf.get(storage)!);
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
