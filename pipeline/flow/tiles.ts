/**
 * Pictures that are too large for the device at once: equal tiles that overlap, and one field out of the flows of all of
 * them. Where tiles overlap their flows are blended, by weights that rise from nothing at a tile's inner edge.
 */
import type { Size } from "../common/io/resize.ts";

/** Sides of tiles, where the network takes them as they are. */
const MULTIPLE = 64;
/** What neighbours share; motion across a tile's edge beyond it is not seen by the tile. */
const OVERLAP = 256;

export interface Tiling {
  /** Of every tile. */
  readonly tile: Size;
  /** Pixels that neighbours share at least; 0 of a single tile. */
  readonly overlap: number;
  /** Upper left corners, row by row. */
  readonly corners: readonly { readonly left: number; readonly top: number }[];
}

/** @param largestArea pixels that a tile may have; sides are not made shorter than 64 */
export function tilingOf({ width, height }: Size, largestArea: number): Tiling {
  if (width * height <= largestArea) {
    return { tile: { width, height }, overlap: 0, corners: [{ left: 0, top: 0 }] };
  }
  const whole = (side: number) => Math.max(MULTIPLE, MULTIPLE * Math.floor(side / MULTIPLE));
  const square = whole(Math.sqrt(largestArea));
  // Of a strip, the short side is taken whole.
  const tile = {
    width: Math.min(width, height <= square ? whole(largestArea / height) : square),
    height: Math.min(height, width <= square ? whole(largestArea / width) : square),
  };
  const overlap = Math.min(OVERLAP, Math.floor(Math.max(tile.width, tile.height) / 4));
  const columns = starts(width, tile.width, overlap), rows = starts(height, tile.height, overlap);
  const corners = rows.flatMap((top) => columns.map((left) => ({ left, top })));
  return { tile, overlap, corners };
}

/** At even distances, the first and the last at the picture's border. */
function starts(side: number, tile: number, overlap: number): number[] {
  if (tile >= side) return [0];
  const steps = Math.ceil((side - tile) / Math.max(1, tile - overlap));
  return Array.from({ length: steps + 1 }, (_, k) => Math.round(k * (side - tile) / steps));
}

/** The part of a picture or field that a tile sees. @param data [H, W, channels] of the whole size */
export function cutTile<T extends Uint8Array | Float32Array>(
  data: T,
  channels: number,
  whole: Size,
  { width, height }: Size,
  { left, top }: { left: number; top: number },
): T {
  if (whole.width === width && whole.height === height) return data;
  const part =
    (data instanceof Uint8Array
      ? new Uint8Array(width * height * channels)
      : new Float32Array(width * height * channels)) as T;
  for (let y = 0; y < height; y++) {
    const from = channels * ((top + y) * whole.width + left);
    part.set(data.subarray(from, from + channels * width) as T, channels * y * width);
  }
  return part;
}

/** A flow of the whole size, out of those of its tiles. */
export class TiledFlow {
  readonly #size: Size;
  readonly #tiling: Tiling;
  readonly #sums: Float32Array;
  readonly #weights: Float32Array;

  constructor(size: Size, tiling: Tiling) {
    this.#size = size;
    this.#tiling = tiling;
    this.#sums = new Float32Array(2 * size.width * size.height);
    this.#weights = new Float32Array(size.width * size.height);
  }

  /** @param flow [h, w, 2] of a tile */
  add(flow: Float32Array, { left, top }: { left: number; top: number }): void {
    const { tile: { width, height } } = this.#tiling;
    const across = this.#rise(width, left, this.#size.width);
    const down = this.#rise(height, top, this.#size.height);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const at = (top + y) * this.#size.width + left + x, from = 2 * (y * width + x);
        const weight = across[x] * down[y];
        this.#weights[at] += weight;
        this.#sums[2 * at] += weight * flow[from];
        this.#sums[2 * at + 1] += weight * flow[from + 1];
      }
    }
  }

  /** [H, W, 2], once all tiles were added. */
  flow(): Float32Array {
    const flow = this.#sums;
    for (let i = 0; i < this.#weights.length; i++) {
      flow[2 * i] /= this.#weights[i];
      flow[2 * i + 1] /= this.#weights[i];
    }
    return flow;
  }

  /** Weights along one side of a tile; at the picture's border there is no other tile to blend with. */
  #rise(tile: number, start: number, side: number): Float32Array {
    const { overlap } = this.#tiling;
    return Float32Array.from({ length: tile }, (_, k) => {
      const before = start === 0 ? 1 : (k + 0.5) / overlap;
      const behind = start + tile === side ? 1 : (tile - k - 0.5) / overlap;
      return Math.min(1, before, behind);
    });
  }
}
