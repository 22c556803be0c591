/** Channels of pixels beside each other, as pictures and flows have them, one plane after the other, as tapes take them. */

/** @param data [H, W, channels] @returns [1, channels, H, W] */
export function planes(data: ArrayLike<number>, channels: number): Float32Array {
  const pixels = data.length / channels;
  return Float32Array.from(
    { length: data.length },
    (_, i) => data[channels * (i % pixels) + Math.floor(i / pixels)],
  );
}
