/**
 * Which pairs of a data set the viewer gets: some at even distances from the first on, the best and the worst. Pairs come
 * one after the other and only those that may still be chosen are kept, so that a large data set needs no more memory than
 * a small one.
 */
import type { FramePair } from "../../common/io/pair.ts";
import { type PackedPair, packPair } from "./pack.ts";

export interface SelectionSizes {
  /** At even distances, the first pair among them: chosen by place alone, whatever their errors are. */
  readonly spaced: number;
  readonly best: number;
  readonly worst: number;
}

export const VIEWER_PAIRS: SelectionSizes = { spaced: 1, best: 1, worst: 1 };
/** Scenes are small, and what is chosen by place is the same for the network and for direct. */
export const VIEWER_SCENES: SelectionSizes = { spaced: 6, best: 1, worst: 1 };

interface Candidate {
  /** Place in the data set. */
  readonly index: number;
  readonly epe: number;
  readonly packed: PackedPair;
}

export class ViewerSelection {
  readonly #sizes: SelectionSizes;
  readonly #places: ReadonlySet<number>;
  readonly #spaced: Candidate[] = [];
  readonly #best: Candidate[] = [];
  readonly #worst: Candidate[] = [];
  #count = 0;

  /** @param pairs that the data set has */
  constructor(pairs: number, sizes: SelectionSizes = VIEWER_PAIRS) {
    this.#sizes = sizes;
    const { spaced } = sizes;
    this.#places = new Set(
      Array.from({ length: spaced }, (_, k) => Math.floor(k * pairs / spaced)),
    );
  }

  /**
   * @param predicted [H, W, 2] in pixels
   * @param epe end-point error of the pair, by which pairs are ranked; absent when nothing is known
   */
  add(pair: FramePair, predicted: Float32Array, epe: number | undefined): void {
    const { best, worst } = this.#sizes;
    const index = this.#count++;
    const chosen = this.#places.has(index);
    const chosenBest = epe !== undefined && belongs(this.#best, best, epe, -1);
    const chosenWorst = epe !== undefined && belongs(this.#worst, worst, epe, 1);
    if (!chosen && !chosenBest && !chosenWorst) return;
    const candidate = { index, epe: epe ?? 0, packed: packPair(pair, predicted) };
    if (chosen) this.#spaced.push(candidate);
    if (chosenBest) insert(this.#best, best, candidate, -1);
    if (chosenWorst) insert(this.#worst, worst, candidate, 1);
  }

  /** The chosen pairs, each once, in the order of the data set. */
  pairs(): PackedPair[] {
    const chosen = new Map<number, PackedPair>();
    for (const { index, packed } of [...this.#spaced, ...this.#best, ...this.#worst]) {
      chosen.set(index, packed);
    }
    return [...chosen].sort(([a], [b]) => a - b).map(([, packed]) => packed);
  }
}

/** Of equal errors the earlier pair stays. @param sign 1 to rank by the largest error, -1 by the smallest */
function belongs(ranked: readonly Candidate[], limit: number, epe: number, sign: 1 | -1): boolean {
  return ranked.length < limit || (limit > 0 && sign * epe > sign * ranked.at(-1)!.epe);
}

function insert(ranked: Candidate[], limit: number, candidate: Candidate, sign: 1 | -1): void {
  const place = ranked.findIndex(({ epe }) => sign * candidate.epe > sign * epe);
  ranked.splice(place < 0 ? ranked.length : place, 0, candidate);
  ranked.length = Math.min(ranked.length, limit);
}
