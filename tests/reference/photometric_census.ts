/** Twin of pipeline/compute/ops/photometric_census.ts. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

function gray64(image: Tensor64, visible: Tensor64): Tensor64 {
  const [n, , h, w] = image.shape;
  const out = zeros64([n, 1, h, w]);
  for (let b = 0; b < n; b++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        const [red, green, blue] = [0, 1, 2].map((c) => image.data[at(image.shape, b, c, y, x)]);
        const i = at(out.shape, b, 0, y, x);
        out.data[i] = 255 * (0.2989 * red + 0.5870 * green + 0.1140 * blue) * visible.data[i];
      }
    }
  }
  return out;
}

export function photometricCensus64(
  image1: Tensor64,
  image2: Tensor64,
  visible: Tensor64,
): Tensor64 {
  const gray1 = gray64(image1, visible), gray2 = gray64(image2, visible);
  const [n, , h, w] = gray1.shape;
  const out = zeros64(gray1.shape);
  for (let b = 0; b < n; b++) {
    for (let y = 1; y < h - 1; y++) {
      for (let x = 1; x < w - 1; x++) {
        const transform = (gray: Tensor64, dy: number, dx: number) => {
          const difference = gray.data[at(gray.shape, b, 0, y + dy, x + dx)] -
            gray.data[at(gray.shape, b, 0, y, x)];
          return difference / Math.sqrt(0.81 + difference ** 2);
        };
        let sum = 0;
        for (let dy = -1; dy <= 1; dy++) {
          for (let dx = -1; dx <= 1; dx++) {
            const d = (transform(gray1, dy, dx) - transform(gray2, dy, dx)) ** 2;
            sum += d / (0.1 + d);
          }
        }
        out.data[at(out.shape, b, 0, y, x)] = sum / 9;
      }
    }
  }
  return out;
}
