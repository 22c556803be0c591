/** Twin of pipeline/compute/ops/adam.ts and pipeline/compute/ops/gradient_clip.ts. */

export interface Adam64 {
  readonly values: Float64Array;
  readonly first: Float64Array;
  readonly second: Float64Array;
}

export interface AdamStep64 {
  /** 1, 2, ... */
  readonly step: number;
  readonly learningRate: number;
  readonly decay: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
}

/** One step, in place. */
export function adam64(state: Adam64, gradients: ArrayLike<number>, settings: AdamStep64): void {
  const { step, learningRate, decay, beta1, beta2, epsilon } = settings;
  const { values, first, second } = state;
  for (let i = 0; i < values.length; i++) {
    const gradient = gradients[i] + decay * values[i];
    first[i] = beta1 * first[i] + (1 - beta1) * gradient;
    second[i] = beta2 * second[i] + (1 - beta2) * gradient ** 2;
    const mean = first[i] / (1 - beta1 ** step), square = second[i] / (1 - beta2 ** step);
    values[i] -= learningRate * mean / (Math.sqrt(square) + epsilon);
  }
}

/** The L2 norm of all values together. */
export function norm64(data: ArrayLike<number>): number {
  let sum = 0;
  for (let i = 0; i < data.length; i++) sum += data[i] ** 2;
  return Math.sqrt(sum);
}

/** The factor that brings a norm down to the maximum. */
export function clipFactor64(norm: number, maximum: number): number {
  return maximum === 0 ? 1 : Math.min(1, maximum / (norm + 1e-6));
}
