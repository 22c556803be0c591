/**
 * Makes pictures and fields smaller on the host, for figures: each cell of the result is the mean of
 * the pixels that it covers, parts of pixels included. Values are not rescaled: a flow keeps the
 * pixels of its own size as unit.
 */

export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The largest size with these proportions whose width is at most `width`; never larger than before. */
export function sizeWithin({ width, height }: Size, widest: number): Size {
  if (width <= widest) return { width, height };
  return { width: widest, height: Math.max(1, Math.round(height * widest / width)) };
}

/**
 * Area average, over the valid pixels only where a mask is given.
 * @param data [H, W, channels] of size `from`
 * @param valid [H, W], 0 where a pixel does not count
 * @returns values [h, w, channels] of size `to`, 0 where no pixel counts; valid [h, w], 1 elsewhere
 * @throws {Error} when the lengths of data or valid and the size `from` disagree
 */
export function areaResize(
  data: ArrayLike<number>,
  channels: number,
  from: Size,
  to: Size,
  valid?: Uint8Array,
): { values: Float32Array; valid: Uint8Array } {
  const pixels = from.width * from.height;
  if (data.length !== pixels * channels || (valid && valid.length !== pixels)) {
    throw new Error(
      `Cannot resize: data must be [${from.height}, ${from.width}, ${channels}], got ${data.length} values` +
        (valid ? ` with ${valid.length} in valid.` : "."),
    );
  }
  const columns = spans(from.width, to.width), rows = spans(from.height, to.height);
  const values = new Float32Array(to.width * to.height * channels);
  const covered = new Uint8Array(to.width * to.height);
  const sums = new Float64Array(channels);
  for (let y = 0; y < to.height; y++) {
    for (let x = 0; x < to.width; x++) {
      sums.fill(0);
      let total = 0;
      for (const [row, rowWeight] of rows[y]) {
        for (const [column, columnWeight] of columns[x]) {
          const i = row * from.width + column;
          if (valid && !valid[i]) continue;
          const weight = rowWeight * columnWeight;
          total += weight;
          for (let c = 0; c < channels; c++) sums[c] += weight * data[i * channels + c];
        }
      }
      if (total === 0) continue;
      const at = y * to.width + x;
      covered[at] = 1;
      for (let c = 0; c < channels; c++) values[at * channels + c] = sums[c] / total;
    }
  }
  return { values, valid: covered };
}

/** For each cell along one side: the pixels that it covers and how much of each. */
function spans(from: number, to: number): [number, number][][] {
  return Array.from({ length: to }, (_, cell) => {
    // Cross-multiplied, so that whole pixels weigh exactly the same: lengths in units of 1/to pixel.
    const start = cell * from, end = start + from;
    const first = Math.floor(start / to), last = Math.ceil(end / to) - 1;
    return Array.from({ length: last - first + 1 }, (_, k): [number, number] => {
      const pixel = first + k;
      return [pixel, Math.min(end, (pixel + 1) * to) - Math.max(start, pixel * to)];
    });
  });
}
