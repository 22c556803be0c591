/** Twin of pipeline/compute/network/ops/conv2d.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

/** Convolution of input [N, ci, H, W] with weight [co, ci, k, k] and bias [co, 1, 1, 1]. */
export function conv2d64(
  input: Tensor64,
  weight: Tensor64,
  bias: Tensor64,
  { stride = 1, dilation = 1, leakyRelu = false },
): Tensor64 {
  const [n, ci, h, w] = input.shape, [co, , k] = weight.shape;
  const out = zeros64([n, co, Math.ceil(h / stride), Math.ceil(w / stride)]);
  const padding = (k - 1) / 2 * dilation;
  let target = 0;
  for (let image = 0; image < n; image++) {
    for (let o = 0; o < co; o++) {
      for (let i = 0; i < out.shape[2]; i++) {
        for (let j = 0; j < out.shape[3]; j++) {
          let sum = bias.data[o];
          for (let c = 0; c < ci; c++) {
            for (let ky = 0; ky < k; ky++) {
              for (let kx = 0; kx < k; kx++) {
                const y = i * stride + ky * dilation - padding;
                const x = j * stride + kx * dilation - padding;
                if (y < 0 || y >= h || x < 0 || x >= w) continue;
                sum += weight.data[at(weight.shape, o, c, ky, kx)] *
                  input.data[at(input.shape, image, c, y, x)];
              }
            }
          }
          out.data[target++] = leakyRelu && sum < 0 ? 0.1 * sum : sum;
        }
      }
    }
  }
  return out;
}

/** Gradients of dot(seed, conv2d64(...)), by the transposed loops. */
export function conv2dGradients64(
  input: Tensor64,
  weight: Tensor64,
  bias: Tensor64,
  seed: Tensor64,
  options: { stride?: number; dilation?: number; leakyRelu?: boolean },
): { input: Tensor64; weight: Tensor64; bias: Tensor64 } {
  const { stride = 1, dilation = 1, leakyRelu = false } = options;
  const [n, ci, h, w] = input.shape, [co, , k] = weight.shape;
  const [, , rows, columns] = seed.shape;
  const out = conv2d64(input, weight, bias, options);
  const dInput = zeros64(input.shape), dWeight = zeros64(weight.shape), dBias = zeros64(bias.shape);
  const padding = (k - 1) / 2 * dilation;
  let source = 0;
  for (let image = 0; image < n; image++) {
    for (let o = 0; o < co; o++) {
      for (let i = 0; i < rows; i++) {
        for (let j = 0; j < columns; j++, source++) {
          const d = seed.data[source] * (leakyRelu && out.data[source] <= 0 ? 0.1 : 1);
          dBias.data[o] += d;
          for (let c = 0; c < ci; c++) {
            for (let ky = 0; ky < k; ky++) {
              for (let kx = 0; kx < k; kx++) {
                const y = i * stride + ky * dilation - padding;
                const x = j * stride + kx * dilation - padding;
                if (y < 0 || y >= h || x < 0 || x >= w) continue;
                const inputAt = at(input.shape, image, c, y, x);
                const weightAt = at(weight.shape, o, c, ky, kx);
                dInput.data[inputAt] += d * weight.data[weightAt];
                dWeight.data[weightAt] += d * input.data[inputAt];
              }
            }
          }
        }
      }
    }
  }
  return { input: dInput, weight: dWeight, bias: dBias };
}
