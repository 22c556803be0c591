/**
 * Distance of every pixel to the nearest marked pixel, exactly and in time proportional to the
 * number of pixels: along the columns by two sweeps, along the rows by the lower envelope of
 * parabolas (Felzenszwalb and Huttenlocher, "Distance Transforms of Sampled Functions", 2012).
 */

/**
 * @param marked [H, W], not 0 where a pixel is marked
 * @returns [H, W] squared Euclidean distances between pixel centres; Infinity where nothing is marked
 */
export function squaredDistances(
  marked: Uint8Array,
  width: number,
  height: number,
): Float64Array {
  const vertical = verticalDistances(marked, width, height);
  const squared = new Float64Array(width * height);
  // The parabolas of the envelope: column of each lowest point, and where each begins to be lowest.
  const column = new Int32Array(width);
  const begin = new Float64Array(width + 1);
  for (let y = 0; y < height; y++) {
    const row = y * width;
    let last = -1;
    for (let x = 0; x < width; x++) {
      const value = vertical[row + x] ** 2;
      if (value === Infinity) continue;
      let from = -Infinity;
      while (last >= 0) {
        const rival = column[last];
        const rivalValue = vertical[row + rival] ** 2;
        from = (value + x * x - rivalValue - rival * rival) / (2 * (x - rival));
        if (from > begin[last]) break;
        last--;
      }
      last++;
      column[last] = x;
      begin[last] = from;
    }
    if (last < 0) {
      squared.fill(Infinity, row, row + width);
      continue;
    }
    for (let x = 0, k = 0; x < width; x++) {
      while (k < last && begin[k + 1] < x) k++;
      squared[row + x] = (x - column[k]) ** 2 + vertical[row + column[k]] ** 2;
    }
  }
  return squared;
}

/** Distance to the nearest marked pixel of the same column; Infinity in a column without one. */
function verticalDistances(marked: Uint8Array, width: number, height: number): Float64Array {
  const distance = new Float64Array(width * height).fill(Infinity);
  for (let x = 0; x < width; x++) {
    let steps = Infinity;
    for (let y = 0; y < height; y++) {
      steps = marked[y * width + x] ? 0 : steps + 1;
      distance[y * width + x] = steps;
    }
    steps = Infinity;
    for (let y = height - 1; y >= 0; y--) {
      steps = marked[y * width + x] ? 0 : steps + 1;
      if (steps < distance[y * width + x]) distance[y * width + x] = steps;
    }
  }
  return distance;
}
