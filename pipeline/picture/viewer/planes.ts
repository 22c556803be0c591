/**
 * Planes of whole numbers made small without loss: each value becomes its difference to what its
 * three decoded neighbours predict (left a, above b, corner c: the median of a, b and a + b - c, as
 * in LOCO-I by Weinberger, Seroussi and Sapiro, 2000), which deflate then finds mostly zero.
 * pipeline/report/client/planes.js is the other direction, in a browser.
 */

/**
 * Differences of 8-bit values, modulo 256.
 * @param values [H, W] in 0..255
 */
export function differences8(values: ArrayLike<number>, width: number): Uint8Array {
  return Uint8Array.from(values, (value, i) => value - predict(values, i, width));
}

/**
 * Differences of 16-bit values, modulo 65536 and with the sign in the lowest bit, so that small ones
 * of both signs have a zero high byte: first all low bytes, then all high bytes.
 * @param values [H, W] in -32768..32767
 * @param known [H, W], 0 where any value will do: the predicted one is put there, which costs nothing
 */
export function differences16(
  values: ArrayLike<number>,
  width: number,
  known?: Uint8Array,
): Uint8Array {
  const { length } = values;
  const decoded = Int16Array.from(values);
  const bytes = new Uint8Array(2 * length);
  for (let i = 0; i < length; i++) {
    const predicted = predict(decoded, i, width) << 16 >> 16;
    if (known && !known[i]) decoded[i] = predicted;
    const difference = (decoded[i] - predicted) << 16 >> 16;
    const folded = (difference << 1) ^ (difference >> 15);
    bytes[i] = folded;
    bytes[length + i] = folded >> 8;
  }
  return bytes;
}

function predict(values: ArrayLike<number>, i: number, width: number): number {
  if (i === 0) return 0;
  if (i < width) return values[i - 1];
  const above = values[i - width];
  if (i % width === 0) return above;
  const left = values[i - 1], corner = values[i - width - 1];
  const low = Math.min(left, above), high = Math.max(left, above);
  return Math.min(high, Math.max(low, left + above - corner));
}
