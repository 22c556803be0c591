/** Work on two pictures tile by tile, since the device does not hold all at once. */
import type { Size } from "../common/io/resize.ts";
import { TooLargeError } from "../compute/gpu/device.ts";
import type { FlowPair } from "../direct/direct.ts";
import { cutTile, TiledFlow, type Tiling, tilingOf } from "./tiles.ts";

/** A tile that does not fit either is not made smaller. */
const SMALLEST_AREA = 128 * 128;

export interface TiledFlows extends FlowPair {
  readonly tiling: Tiling;
}

export interface PicturePair extends Size {
  readonly frame1: Uint8Array;
  readonly frame2: Uint8Array;
}

/** What a tile sees of the pictures. */
export interface Part extends PicturePair {
  /** As many tiles there are. */
  readonly of: number;
  /** Its part of a field of the whole size, [H, W, 2]. */
  cut(field: Float32Array): Float32Array;
}

/**
 * Flows of both directions, tile by tile; in smaller tiles where the device holds less than expected.
 * @param area pixels of a tile as it is worked at, at most; `share` of them for each pixel of the picture
 * @param work on a tile, told which share of all tiles is done
 * @throws {TooLargeError} when not even a small tile fits into the device
 */
export async function inTiles(
  pair: PicturePair,
  { area, share }: { area: number; share: number },
  work: (part: Part, done: number) => Promise<FlowPair>,
): Promise<TiledFlows> {
  for (;;) {
    const tiling = tilingOf(pair, area / share);
    try {
      return { ...await flowsOfTiles(pair, tiling, work), tiling };
    } catch (error) {
      const { width, height } = tiling.tile;
      area = Math.min(area, width * height * share) / 2;
      if (!(error instanceof TooLargeError) || area < SMALLEST_AREA) throw error;
    }
  }
}

async function flowsOfTiles(
  pair: PicturePair,
  tiling: Tiling,
  work: (part: Part, done: number) => Promise<FlowPair>,
): Promise<FlowPair> {
  const { tile, corners } = tiling;
  const forward = new TiledFlow(pair, tiling), backward = new TiledFlow(pair, tiling);
  for (const [index, corner] of corners.entries()) {
    const part: Part = {
      ...tile,
      frame1: cutTile(pair.frame1, 3, pair, tile, corner),
      frame2: cutTile(pair.frame2, 3, pair, tile, corner),
      of: corners.length,
      cut: (field) => cutTile(field, 2, pair, tile, corner),
    };
    const flows = await work(part, index / corners.length);
    forward.add(flows.forward, corner);
    backward.add(flows.backward, corner);
  }
  return { forward: forward.flow(), backward: backward.flow() };
}
