/**
 * Randomness as a value: PCG32 (O'Neill 2014, PCG-XSH-RR 64/32), seeded by a number and forked by name.
 * The same seed and the same names give the same numbers on every machine.
 */

const MULTIPLIER = 6364136223846793005n;
const MASK = 0xffffffffffffffffn;

/** FNV-1a over the UTF-16 code units of a name, 64 bits: the stream selector of a fork, or a short name for a long one. */
export function hashName(name: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (let i = 0; i < name.length; i++) {
    hash = ((hash ^ BigInt(name.charCodeAt(i))) * 0x100000001b3n) & MASK;
  }
  return hash;
}

export class Rng {
  #high = 0;
  #low = 0;
  readonly #incrementHigh: number;
  readonly #incrementLow: number;
  readonly #seed: bigint;
  readonly #stream: bigint;

  /** @param seed any integer @param stream selects one of 2^63 independent sequences */
  constructor(seed: number | bigint, stream: bigint = 0n) {
    this.#seed = BigInt(seed) & MASK;
    this.#stream = stream;
    const increment = ((stream << 1n) | 1n) & MASK;
    this.#incrementHigh = Number(increment >> 32n);
    this.#incrementLow = Number(increment & 0xffffffffn);
    let state = (increment + this.#seed) & MASK;
    state = (state * MULTIPLIER + increment) & MASK;
    this.#high = Number(state >> 32n);
    this.#low = Number(state & 0xffffffffn);
  }

  /** A generator of its own for `name`; independent of how many numbers were drawn here. */
  fork(name: string): Rng {
    return new Rng(this.#seed, hashName(`${this.#stream}/${name}`) >> 1n);
  }

  /** The next 32 bits. */
  uint32(): number {
    const high = this.#high, low = this.#low;
    this.#advance();
    // xorshifted = ((state >> 18) ^ state) >> 27, rotated right by the top five bits.
    const mixedHigh = (high ^ (high >>> 18)) >>> 0;
    const mixedLow = (low ^ ((low >>> 18) | (high << 14))) >>> 0;
    const shifted = ((mixedLow >>> 27) | (mixedHigh << 5)) >>> 0;
    const rotation = high >>> 27;
    return ((shifted >>> rotation) | (shifted << ((32 - rotation) & 31))) >>> 0;
  }

  /** Uniform in [low, high), with 32 bits of resolution. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.uint32() / 4294967296);
  }

  /** Uniform integer in [0, count), without modulo bias. */
  integer(count: number): number {
    const limit = 4294967296 - (4294967296 % count);
    let value = this.uint32();
    while (value >= limit) value = this.uint32();
    return value % count;
  }

  /** Standard normal by Box-Muller; draws two numbers each time. */
  normal(): number {
    const radius = Math.sqrt(-2 * Math.log(1 - this.uniform()));
    return radius * Math.cos(2 * Math.PI * this.uniform());
  }

  // state = state * MULTIPLIER + increment modulo 2^64, in 32-bit halves: BigInt is forty times slower.
  #advance(): void {
    const multiplierHigh = 0x5851f42d, multiplierLow = 0x4c957f2d;
    const low0 = this.#low & 0xffff, low1 = this.#low >>> 16;
    const m0 = multiplierLow & 0xffff, m1 = multiplierLow >>> 16;
    const p00 = low0 * m0, p01 = low0 * m1, p10 = low1 * m0, p11 = low1 * m1;
    const middle = (p00 >>> 16) + (p01 & 0xffff) + (p10 & 0xffff);
    let low = (((middle & 0xffff) << 16) | (p00 & 0xffff)) >>> 0;
    let high = p11 + (p01 >>> 16) + (p10 >>> 16) + (middle >>> 16);
    high = (high + Math.imul(this.#high, multiplierLow) + Math.imul(this.#low, multiplierHigh)) >>>
      0;
    const sum = low + this.#incrementLow;
    low = sum >>> 0;
    high = (high + this.#incrementHigh + (sum > 4294967295 ? 1 : 0)) >>> 0;
    this.#high = high;
    this.#low = low;
  }
}
