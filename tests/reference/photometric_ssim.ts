/** Twin of pipeline/compute/ops/photometric_ssim.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

const C1 = 0.01 ** 2, C2 = 0.03 ** 2;

export function photometricSsim64(
  image1: Tensor64,
  image2: Tensor64,
  visible: Tensor64,
): Tensor64 {
  const [n, c, h, w] = image1.shape;
  const out = zeros64([n, c, h - 2, w - 2]);
  for (let image = 0; image < n; image++) {
    for (let channel = 0; channel < c; channel++) {
      for (let top = 0; top < h - 2; top++) {
        for (let left = 0; left < w - 2; left++) {
          let sumX = 0, sumY = 0, sumXX = 0, sumYY = 0, sumXY = 0;
          for (let y = top; y < top + 3; y++) {
            for (let x = left; x < left + 3; x++) {
              const m = visible.data[at(visible.shape, image, 0, y, x)];
              const i = at(image1.shape, image, channel, y, x);
              const valueX = image2.data[i] * m, valueY = image1.data[i] * m;
              sumX += valueX;
              sumY += valueY;
              sumXX += valueX * valueX;
              sumYY += valueY * valueY;
              sumXY += valueX * valueY;
            }
          }
          const meanX = sumX / 9, meanY = sumY / 9;
          const varianceX = sumXX / 9 - meanX ** 2, varianceY = sumYY / 9 - meanY ** 2;
          const covariance = sumXY / 9 - meanX * meanY;
          const ssim = (2 * meanX * meanY + C1) * (2 * covariance + C2) /
            ((meanX ** 2 + meanY ** 2 + C1) * (varianceX + varianceY + C2));
          out.data[at(out.shape, image, channel, top, left)] = Math.min(
            1,
            Math.max(0, (1 - ssim) / 2),
          );
        }
      }
    }
  }
  return out;
}
