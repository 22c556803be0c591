/**
 * Percentiles of many non-negative numbers without sorting or joining them: the bits of a
 * non-negative float32 grow with its value, so counting their upper and then their lower halves
 * finds the number at a rank exactly.
 */

/**
 * The smallest value that at least `percent` per cent of all values do not exceed (nearest rank).
 * @param chunks the values, not negative and finite, in as many parts as they came in
 * @param percents in (0, 100]
 * @returns one value for each of `percents`; empty when there is no value at all
 */
export function percentiles(
  chunks: readonly Float32Array[],
  percents: readonly number[],
): number[] {
  const total = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (total === 0) return [];
  const parts = chunks.map((chunk) =>
    new Uint32Array(chunk.buffer, chunk.byteOffset, chunk.length)
  );
  const upperCounts = new Float64Array(65536);
  for (const part of parts) {
    for (let i = 0; i < part.length; i++) upperCounts[part[i] >>> 16]++;
  }
  return percents.map((percent) => {
    const rank = Math.max(1, Math.ceil(percent * total / 100));
    const upper = bucketOf(upperCounts, rank);
    const lowerCounts = new Float64Array(65536);
    for (const part of parts) {
      for (let i = 0; i < part.length; i++) {
        if (part[i] >>> 16 === upper.bucket) lowerCounts[part[i] & 0xffff]++;
      }
    }
    const lower = bucketOf(lowerCounts, upper.rank);
    return new Float32Array(Uint32Array.of((upper.bucket << 16) | lower.bucket).buffer)[0];
  });
}

/** The bucket that holds the value of a rank (1 = smallest), and the rank within that bucket. */
function bucketOf(counts: Float64Array, rank: number): { bucket: number; rank: number } {
  let bucket = 0;
  while (rank > counts[bucket]) rank -= counts[bucket++];
  return { bucket, rank };
}
