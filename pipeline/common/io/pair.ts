/**
 * A frame pair: two pictures of one scene and whatever is known about the motion between them.
 * Pictures are 8-bit RGB, pixel by pixel, rows from top to bottom. Pixel (x, y) has its centre at
 * (x, y); u points right and v down, in pixels.
 */

export interface FramePair {
  /** Unique in its split, e.g. `scene_0007`, `RubberWhale`, `market_5/frame_0002`. */
  name: string;
  /** The sequence the pair comes from; splits never divide a scene. */
  scene: string;
  /** The data set, e.g. `scenes`, `middlebury`, `sintel_final`, `kitti2015`. */
  dataset: string;
  width: number;
  height: number;
  /** [H, W, 3] */
  frame1: Uint8Array;
  /** [H, W, 3] */
  frame2: Uint8Array;
  /** [H, W, 2], frame 1 to frame 2; 0 where unknown. */
  flow?: Float32Array;
  /** [H, W, 2], frame 2 to frame 1. */
  flowBackward?: Float32Array;
  /** [H, W], 1 where `flow` is known. */
  valid?: Uint8Array;
  /** [H, W], 1 where a pixel of frame 1 is not visible in frame 2. */
  occluded?: Uint8Array;
  /** [H, W], 1 where a pixel of frame 2 is not visible in frame 1. */
  occludedBackward?: Uint8Array;
  /** [H, W], 1 on moving objects (KITTI object map). */
  foreground?: Uint8Array;
}

/** The arrays of a pair with their number of channels; optional ones may be absent. */
export const PAIR_ARRAYS = {
  frame1: 3,
  frame2: 3,
  flow: 2,
  flowBackward: 2,
  valid: 1,
  occluded: 1,
  occludedBackward: 1,
  foreground: 1,
} as const;

export type PairArray = keyof typeof PAIR_ARRAYS;

/**
 * Checks that every array of a pair has the length its sides promise and that no flow is NaN or infinite.
 * @param file that it comes from, for errors
 * @throws {Error} naming the pair, the array and both lengths
 */
export function checkPair(pair: FramePair, file?: string): void {
  const { width, height } = pair;
  const name = file === undefined ? `pair ${pair.name}` : `${file}, pair ${pair.name}`;
  for (const [key, channels] of Object.entries(PAIR_ARRAYS) as [PairArray, number][]) {
    const data = pair[key];
    if (data !== undefined && data.length !== width * height * channels) {
      throw new Error(
        `Cannot use ${name}: ${key} must hold ${width} x ${height} x ${channels} = ` +
          `${width * height * channels} values, got ${data.length}.`,
      );
    }
  }
  for (const key of ["flow", "flowBackward"] as const) {
    const bad = pair[key]?.findIndex((value) => !Number.isFinite(value)) ?? -1;
    if (bad >= 0) {
      const x = (bad >> 1) % width, y = Math.floor((bad >> 1) / width);
      throw new Error(
        `Cannot use ${name}: ${key} at pixel (${x}, ${y}) is ${pair[key]![bad]}. ` +
          `Store unknown flow as 0 and mark it in valid.`,
      );
    }
  }
}
