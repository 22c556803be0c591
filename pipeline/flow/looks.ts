/** Looks of the network from coarse to fine: at which scales, and what is kept of them. */
import type { Size } from "../common/io/resize.ts";
import type { PicturePair, TiledFlows } from "./in_tiles.ts";
import { Direction } from "./next_look.ts";
import type { Tiling } from "./tiles.ts";

/** What is left at the last look is short, and shows best enlarged. */
const FINEST_SCALE = 2;
/** Beyond it, the network only looks at what is left. */
const LARGEST_FRESH = 1;
/** Of the shorter side at the coarsest look: with less, it sees next to nothing. */
const LEAST_SIDE = 32;

/** At which scales the network looks. */
export interface Looks {
  /** From coarse to fine, each twice the one before. */
  readonly scales: readonly number[];
  /** Of them, those at which it looks at the pictures themselves. */
  readonly fresh: readonly number[];
}

/**
 * @param area pixels that the network sees at once at most
 * @param options of the last look, and how many there are at most, as FlowOptions explains them
 */
export function looksOf(
  pair: Size,
  area: number,
  { scale, looks = Infinity }: { scale?: number; looks?: number },
): Looks {
  const scales = [scale ?? finestScale(pair, area)];
  while (
    scales.length < looks && scales[0] / 2 * Math.min(pair.width, pair.height) >= LEAST_SIDE
  ) {
    scales.unshift(scales[0] / 2);
  }
  const fresh = scales.filter((scale) => scale <= LARGEST_FRESH || scale === scales[0]);
  return { scales, fresh };
}

/** In looks at scale 1. The first look is at the pictures alone, later ones are at what is left in both directions as well. */
export function looksWork({ scales, fresh }: Looks): number {
  const rests = scales.slice(1);
  return [...fresh, ...rests, ...rests].reduce((sum, scale) => sum + scale ** 2, 0);
}

/**
 * @param look at two pictures, at a scale
 * @returns flows of both directions, and the scales of the looks that brought the pictures nearer to each other
 */
export async function takeLooks(
  pair: PicturePair,
  { scales, fresh }: Looks,
  look: (pair: PicturePair, scale: number) => Promise<TiledFlows>,
): Promise<TiledFlows & { readonly scales: readonly number[] }> {
  const turned = { ...pair, frame1: pair.frame2, frame2: pair.frame1 };
  const directions: [Direction, Direction] = [new Direction(pair), new Direction(turned)];
  let tiling: Tiling | undefined;
  for (const scale of scales) {
    if (scale !== scales[0]) {
      for (const direction of directions) {
        const rest = await look(direction.remaining(), scale);
        direction.takeRest(rest.forward, scale);
        ({ tiling } = rest);
      }
    }
    if (fresh.includes(scale)) {
      const flows = await look(pair, scale);
      directions[0].take(flows.forward, scale);
      directions[1].take(flows.backward, scale);
      ({ tiling } = flows);
    }
  }
  const [{ flow: forward }, { flow: backward }] = directions;
  const taken = scales.filter((scale) => directions.some(({ scales }) => scales.has(scale)));
  return { forward, backward, tiling: tiling!, scales: taken };
}

/** The largest at which the pictures are estimated at once, in hundredths. */
function finestScale({ width, height }: Size, area: number): number {
  const fitting = Math.floor(100 * Math.sqrt(area / (width * height))) / 100;
  return Math.min(FINEST_SCALE, Math.max(1, fitting));
}
