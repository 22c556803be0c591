/** The convolution that all are timed on: 3x3 with bias, as the estimator of PWC-Lite has it at a quarter of 128 x 192. */

export const BATCH = 4, CHANNELS = 128, HEIGHT = 32, WIDTH = 48, SIDE = 3;

/** Of the operands, and of the gradient that arrives at the output, by their names in the file of inputs. */
export const SHAPES = {
  input: [BATCH, CHANNELS, HEIGHT, WIDTH],
  weight: [CHANNELS, CHANNELS, SIDE, SIDE],
  bias: [CHANNELS],
  seed: [BATCH, CHANNELS, HEIGHT, WIDTH],
} as const;

export type TensorName = keyof typeof SHAPES;

/** Norms that all must agree on. */
export type ConvolutionResults = {
  readonly [Name in "output" | "d_input" | "d_weight" | "d_bias"]: number;
};

/** √Σv² */
export function norm(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0));
}
