/** Reference of propagation (pipeline/flow/sharpening/), pixel by pixel as the head of the kernel says it; all in whole numbers. */
import type { PicturePair } from "../../pipeline/flow/in_tiles.ts";

const STEPS = 64, UNITS = 192, RADIUS = 3;
const clamp = (value: number, count: number) => Math.min(count - 1, Math.max(0, value));

/** @returns [H, W, 2], the flow of each pixel or of one of its surroundings */
export function propagationReference(pair: PicturePair, flow: Float32Array): Float32Array {
  const { width, height } = pair;
  const mismatch = mismatchReference(pair);
  /** Of the square around a pixel, all pixels of which take the flows that `flowAt` says. */
  const costs = (flowAt: (x: number, y: number) => [number, number]) => {
    const each = Array.from({ length: width * height }, (_, i) => {
      const x = i % width, y = Math.floor(i / width);
      return mismatch(x, y, ...flowAt(x, y));
    });
    return each.map((_, i) => {
      const x = i % width, y = Math.floor(i / width);
      let sum = 0, pixels = 0;
      for (let b = Math.max(0, y - RADIUS); b <= Math.min(height - 1, y + RADIUS); b++) {
        for (let a = Math.max(0, x - RADIUS); a <= Math.min(width - 1, x + RADIUS); a++, pixels++) {
          sum += each[b * width + a];
        }
      }
      return { sum, pixels };
    });
  };
  const at = (field: Float32Array, x: number, y: number): [number, number] => {
    const k = 2 * (clamp(y, height) * width + clamp(x, width));
    return [field[k], field[k + 1]];
  };
  const result = flow.slice();
  const own = costs((x, y) => at(flow, x, y)).map(({ sum }) => sum);
  const attempt = (tried: (x: number, y: number) => [number, number], leastGain: number) =>
    costs(tried).forEach(({ sum, pixels }, i) => {
      const x = i % width, y = Math.floor(i / width);
      const gained = sum + leastGain * pixels < own[i];
      if (!gained || !lead(pair, x, y, ...at(result, x, y))) return;
      own[i] = sum;
      result.set(tried(x, y), 2 * i);
    });
  for (const distance of [16, 8, 4, 2, 1]) {
    let before = result.slice();
    for (const dy of [-distance, 0, distance]) {
      for (const dx of [-distance, 0, distance]) {
        if (dx === 0 && dy === 0) continue;
        attempt((x, y) => at(before, x + dx, y + dy), Math.floor(UNITS / 10));
      }
    }
    before = result.slice();
    for (const change of [-distance / 8, distance / 8]) {
      for (const [du, dv] of [[change, 0], [0, change]]) {
        attempt((x, y) => {
          const [u, v] = at(before, x, y);
          return [Math.fround(u + du), Math.fround(v + dv)];
        }, 0);
      }
    }
  }
  return result;
}

/** Where a flow leads, in steps; nothing beyond the picture. */
function lead(
  { width, height }: PicturePair,
  x: number,
  y: number,
  u: number,
  v: number,
): [number, number] | undefined {
  const toX = STEPS * x + roundToEven(STEPS * u), toY = STEPS * y + roundToEven(STEPS * v);
  const isInside = toX >= 0 && toY >= 0 && toX <= STEPS * (width - 1) &&
    toY <= STEPS * (height - 1);
  return isInside ? [toX, toY] : undefined;
}

function roundToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function mismatchReference(pair: PicturePair) {
  const { frame1, frame2, width, height } = pair;
  const slopes1 = slopesReference(frame1, width, height);
  const slopes2 = slopesReference(frame2, width, height);
  const distance = (
    one: ArrayLike<number>,
    two: ArrayLike<number>,
    channels: number,
    { i, toX, toY }: { i: number; toX: number; toY: number },
  ) => {
    const left = Math.floor(toX / STEPS), top = Math.floor(toY / STEPS);
    const fx = toX % STEPS, fy = toY % STEPS;
    let sum = 0;
    for (let c = 0; c < channels; c++) {
      const value = (x: number, y: number) =>
        two[channels * (clamp(y, height) * width + clamp(x, width)) + c];
      const there = (STEPS - fx) * (STEPS - fy) * value(left, top) +
        fx * (STEPS - fy) * value(left + 1, top) + (STEPS - fx) * fy * value(left, top + 1) +
        fx * fy * value(left + 1, top + 1);
      sum += Math.abs(STEPS * STEPS * one[channels * i + c] - there);
    }
    return sum;
  };
  return (x: number, y: number, u: number, v: number) => {
    const to = lead(pair, x, y, u, v);
    const mostColour = 10 / 4 * UNITS, mostSlope = 4 * UNITS;
    if (!to) return mostColour + mostSlope;
    const place = { i: y * width + x, toX: to[0], toY: to[1] };
    const colour = Math.floor(distance(frame1, frame2, 3, place) * UNITS / 12 / STEPS ** 2);
    const slope = Math.floor(distance(slopes1, slopes2, 2, place) * UNITS / 8 / STEPS ** 2);
    return Math.min(colour, mostColour) + Math.min(slope, mostSlope);
  };
}

/** Sobel's sums of brightness along x and y, [H, W, 2]. */
function slopesReference(frame: Uint8Array, width: number, height: number): number[] {
  const grey = (x: number, y: number) => {
    const i = 3 * (clamp(y, height) * width + clamp(x, width));
    return Math.floor((299 * frame[i] + 587 * frame[i + 1] + 114 * frame[i + 2] + 500) / 1000);
  };
  return Array.from({ length: 2 * width * height }, (_, k) => {
    const x = (k >> 1) % width, y = Math.floor((k >> 1) / width);
    const along = (side: number) =>
      [-1, 0, 1].reduce(
        (sum, across) =>
          sum + (2 - Math.abs(across)) *
            (k % 2 === 0 ? grey(x + side, y + across) : grey(x + across, y + side)),
        0,
      );
    return along(1) - along(-1);
  });
}
