/**
 * The five row filters of PNG, forth and back (specification, third edition, section 9). They work on bytes. Each row
 * that is written takes the filter whose result has the smallest sum of magnitudes, the heuristic that the
 * specification recommends (section 12.7): about half the size for photographs and flow colours.
 */

/**
 * Every row as the number of its filter and the differences to what the filter predicts.
 * @param distance bytes from a byte to the one that filters call left
 */
export function filterRows(data: Uint8Array, rowBytes: number, distance: number): Uint8Array {
  const height = data.length / rowBytes;
  const rows = new Uint8Array(height * (rowBytes + 1));
  const candidate = new Uint8Array(rowBytes);
  for (let y = 0; y < height; y++) {
    let least = Infinity;
    for (let filter = 0; filter < 5; filter++) {
      let magnitude = 0;
      for (let i = 0; i < rowBytes; i++) {
        const at = y * rowBytes + i;
        const left = i < distance ? 0 : data[at - distance];
        const above = y === 0 ? 0 : data[at - rowBytes];
        const corner = i < distance || y === 0 ? 0 : data[at - rowBytes - distance];
        candidate[i] = data[at] - predict(filter, left, above, corner);
        magnitude += candidate[i] < 128 ? candidate[i] : 256 - candidate[i];
      }
      if (magnitude >= least) continue;
      least = magnitude;
      rows[y * (rowBytes + 1)] = filter;
      rows.set(candidate, y * (rowBytes + 1) + 1);
    }
  }
  return rows;
}

/** Filters 0 to 4: none, sub, up, average, Paeth. */
function predict(filter: number, left: number, above: number, corner: number): number {
  if (filter === 0) return 0;
  if (filter === 1) return left;
  if (filter === 2) return above;
  if (filter === 3) return (left + above) >> 1;
  return paeth(left, above, corner);
}

/**
 * Turns differences to what the filter predicts into bytes, in place.
 * @param row the filter's number, `distance` zeros, then the bytes; `above` alike, with the bytes of the row above
 * @param distance bytes from a byte to the one that filters call left
 */
export function undoFilter(
  row: Uint8Array,
  above: Uint8Array,
  distance: number,
  rowBytes: number,
): void {
  const filter = row[0];
  const start = 1 + distance, end = start + rowBytes;
  if (filter === 1) {
    for (let i = start; i < end; i++) row[i] += row[i - distance];
  } else if (filter === 2) {
    for (let i = start; i < end; i++) row[i] += above[i];
  } else if (filter === 3) {
    for (let i = start; i < end; i++) row[i] += (row[i - distance] + above[i]) >> 1;
  } else if (filter === 4) {
    for (let i = start; i < end; i++) {
      row[i] += paeth(row[i - distance], above[i], above[i - distance]);
    }
  }
}

/** Whichever of the three is nearest to left + above - corner; in doubt the first. */
function paeth(left: number, above: number, corner: number): number {
  const toLeft = Math.abs(above - corner), toAbove = Math.abs(left - corner);
  const toCorner = Math.abs(left + above - 2 * corner);
  if (toLeft <= toAbove && toLeft <= toCorner) return left;
  return toAbove <= toCorner ? above : corner;
}
