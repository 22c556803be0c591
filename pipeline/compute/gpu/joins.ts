/**
 * Concatenations without a pass of their own: what writes a part writes it to where it lies in the whole, too, or only there if
 * nothing reads the part alone; of zeros that nothing writes, nothing is written. Known when all is recorded, so a program is looked
 * through as it is finished.
 */
import type { Place, Storage } from "./tensor.ts";
import type { Mentions } from "./waits.ts";

/** Places that a kernel can write its result to. */
const MOST_PLACES = 2;

/** A storage of a dispatch that can lie elsewhere. */
export interface Movable<Dispatch> {
  readonly own: Place;
  /** The same dispatch, which writes to all of these places, one or two, or reads from the first. */
  readonly at: (places: readonly Place[]) => Dispatch;
}

/** What a dispatch says about where things lie. */
export interface Joinable<Dispatch> extends Mentions {
  /** Of one that only copies: where in the whole each of its reads goes. */
  readonly parts?: readonly Place[];
  readonly movable?: Movable<Dispatch>;
}

/** Params of a kernel that writes to one place or two: vec4 from pixel to pixel, and the first of a pixel, of each; 0 for none. */
export function placeParams([one, two]: readonly Place[]): number[] {
  return [one, two].flatMap((place) => [place?.stride ?? 0, place?.first ?? 0]);
}

// Where the parts of all concatenations but those `kept` have to lie: their own place first, if it is needed.
function placesOf<D extends Joinable<D>>(
  dispatches: readonly D[],
  kept: ReadonlySet<D>,
): ReadonlyMap<Storage, readonly Place[]> {
  const places = new Map<Storage, Place[]>();
  const isLeftOut = (dispatch: D) => dispatch.parts && !kept.has(dispatch);
  for (const { reads, parts } of dispatches.filter(isLeftOut)) {
    reads.forEach((part, i) => places.set(part, [...places.get(part) ?? [], parts![i]]));
  }
  const others = dispatches.filter((dispatch) => !isLeftOut(dispatch));
  const readAlone = new Set(
    others.flatMap(({ reads, movable }) => reads.filter((part) => part !== movable?.own.storage)),
  );
  for (const { writes, movable } of others) {
    if (!movable || !writes.includes(movable.own.storage)) continue;
    const { own } = movable, found = places.get(own.storage);
    if (!found || found.some(({ storage }) => storage === own.storage)) continue;
    if (own.storage.buffer || readAlone.has(own.storage)) found.unshift(own);
  }
  return places;
}

/**
 * The same program without the concatenations whose parts can be written where they belong: those of which a kernel cannot write
 * a part elsewhere, or would have to write it more than twice, stay.
 */
export function withoutJoins<D extends Joinable<D>>(dispatches: readonly D[]): readonly D[] {
  const joins = dispatches.filter(({ parts }) => parts);
  if (joins.length === 0) return dispatches;
  const written = new Set<Storage>(), fixed = new Set<Storage>();
  for (const { writes, movable } of dispatches) {
    for (const storage of writes) {
      (storage === movable?.own.storage ? written : fixed).add(storage);
    }
  }
  const isMade = (part: Storage, whole: Storage) =>
    !fixed.has(part) && (written.has(part) || part.zeroed && whole.zeroed);
  const kept = new Set(
    joins.filter(({ reads, writes: [whole] }) =>
      new Set(reads).size < reads.length || !reads.every((part) => isMade(part, whole))
    ),
  );
  for (;;) {
    const places = placesOf(dispatches, kept);
    const isCrowded = (part: Storage) =>
      written.has(part) && places.get(part)!.length > MOST_PLACES;
    const crowded = joins.findLast((join) => !kept.has(join) && join.reads.some(isCrowded));
    if (crowded) {
      kept.add(crowded);
      continue;
    }
    return dispatches.flatMap((dispatch) => {
      if (dispatch.parts && !kept.has(dispatch)) return [];
      const { movable } = dispatch, moved = movable && places.get(movable.own.storage);
      return moved ? [movable.at(moved)] : [dispatch];
    });
  }
}
