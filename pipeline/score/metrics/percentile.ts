/**
 * Percentiles of many non-negative numbers without sorting or joining them: the bits of a
 * non-negative float32 grow with its value, so counting their upper and then their lower halves
 * finds the number at a rank exactly. Where even keeping the numbers takes too much memory, which
 * of all frames of MPI Sintel is gigabytes, their upper 27 bits alone are counted.
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

/** So many values are kept as they are, 64 MiB of them. */
const MOST_KEPT = 1 << 24;
/** Bits of a value that are not counted, and those that tell values of one page of counts apart. */
const DROPPED_BITS = 5, PAGE_BITS = 16;

/**
 * Values of any number in bounded memory. Up to `mostKept` their percentiles are exact, as those of percentiles(); beyond, a
 * percentile is right to 1 part in 500,000: the middle of what equals the exact one in sign, exponent and 18 bits.
 */
export class PooledValues {
  readonly #mostKept: number;
  #total = 0;
  #chunks: Float32Array[] = [];
  /** By their upper bits; only pages that hold a value are there. Absent as long as all values are kept. */
  #pages: Map<number, Float64Array> | undefined;

  constructor(mostKept = MOST_KEPT) {
    this.#mostKept = mostKept;
  }

  /** @param values not negative and finite; kept, so not to be changed afterwards */
  add(values: Float32Array): void {
    this.#total += values.length;
    if (this.#pages) return this.#count(values);
    this.#chunks.push(values);
    if (this.#total <= this.#mostKept) return;
    this.#pages = new Map();
    for (const chunk of this.#chunks) this.#count(chunk);
    this.#chunks = [];
  }

  /** As percentiles(). @param percents in (0, 100] */
  percentiles(percents: readonly number[]): number[] {
    const pages = this.#pages;
    if (!pages) return percentiles(this.#chunks, percents);
    const ordered = [...pages.keys()].sort((a, b) => a - b);
    return percents.map((percent) => {
      let rank = Math.max(1, Math.ceil(percent * this.#total / 100));
      for (const page of ordered) {
        const counts = pages.get(page)!;
        for (let index = 0; index < counts.length; index++) {
          if (rank <= counts[index]) return middleOf(page, index);
          rank -= counts[index];
        }
      }
      throw new Error(`Cannot find the percentile ${percent}: it must be in (0, 100].`);
    });
  }

  #count(values: Float32Array): void {
    const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
    const pages = this.#pages!;
    for (let i = 0; i < bits.length; i++) {
      const page = bits[i] >>> (DROPPED_BITS + PAGE_BITS);
      let counts = pages.get(page);
      if (!counts) pages.set(page, counts = new Float64Array(1 << PAGE_BITS));
      counts[(bits[i] >>> DROPPED_BITS) & ((1 << PAGE_BITS) - 1)]++;
    }
  }
}

/** The value in the middle of those that are counted as one; of the smallest it is 0, so that no error stays none. */
function middleOf(page: number, index: number): number {
  const upper = ((page << PAGE_BITS) | index) << DROPPED_BITS;
  const bits = upper === 0 ? 0 : upper | (1 << (DROPPED_BITS - 1));
  return new Float32Array(Uint32Array.of(bits).buffer)[0];
}
