/**
 * Which dispatches of a program wait for all those before them. wgpu keeps one state for each whole buffer and puts a barrier
 * before a dispatch that reads a buffer written before, or writes one read or written before; buffers that are only read
 * since then need none. A barrier holds for its buffer alone: however long ago it was used, the next write waits again.
 */
import type { Storage } from "./tensor.ts";

/** The storages of a dispatch. */
export interface Mentions {
  readonly reads: readonly Storage[];
  readonly writes: readonly Storage[];
}

/** What has happened to each place, a buffer or what will be one, since the program began. */
export class PlaceStates {
  readonly #states = new Map<unknown, "read" | "written">();

  /** Whether a dispatch of these places waits. A place that no dispatch has used yet may be undefined. */
  waits(reads: readonly unknown[], writes: readonly unknown[]): boolean {
    return reads.some((place) => this.#states.get(place) === "written") ||
      writes.some((place) => this.#states.has(place));
  }

  /** The dispatch follows; none of its places is undefined. */
  follow(reads: readonly unknown[], writes: readonly unknown[]): void {
    for (const place of reads) this.#states.set(place, "read");
    for (const place of writes) this.#states.set(place, "written");
  }
}

/** How many dispatches of a program wait. @param placeOf the same for storages that share a buffer */
export function countWaits(
  dispatches: readonly Mentions[],
  placeOf: (storage: Storage) => unknown,
): number {
  const states = new PlaceStates();
  return dispatches.filter((dispatch) => {
    const reads = dispatch.reads.map(placeOf), writes = dispatch.writes.map(placeOf);
    const waits = states.waits(reads, writes);
    states.follow(reads, writes);
    return waits;
  }).length;
}
