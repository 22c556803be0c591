/** Twins of pipeline/compute/ops/affine.ts, in the coordinates of the method: -1 and 1 are the outer pixel centres. */
import { at, type Tensor64, zeros64 } from "./tensor64.ts";

type Theta = ArrayLike<number>;

const toCoordinate = (pixel: number, side: number) => side > 1 ? 2 * pixel / (side - 1) - 1 : 0;
const toPixel = (coordinate: number, side: number) => (coordinate + 1) / 2 * (side - 1);

function thetaOf({ data }: Tensor64, sample: number): Theta {
  return data.subarray(6 * sample, 6 * sample + 6);
}

function apply([a, b, c, d, e, f]: number[], x: number, y: number): [number, number] {
  return [a * x + b * y + c, d * x + e * y + f];
}

function applyInverse([a, b, c, d, e, f]: number[], x: number, y: number): [number, number] {
  const determinant = a * e - b * d;
  return [
    (e * (x - c) - b * (y - f)) / determinant,
    (a * (y - f) - d * (x - c)) / determinant,
  ];
}

// Bilinear sample of one channel at a pixel position: 0 outside [0, w) x [0, h), the edge repeated behind w - 1.
function sample(
  value: (y: number, x: number) => number,
  [h, w]: [number, number],
  x: number,
  y: number,
): number {
  if (!(x >= 0 && x < w && y >= 0 && y < h)) return 0;
  const left = Math.floor(x), top = Math.floor(y), fx = x - left, fy = y - top;
  const right = Math.min(left + 1, w - 1), bottom = Math.min(top + 1, h - 1);
  return (1 - fy) * ((1 - fx) * value(top, left) + fx * value(top, right)) +
    fy * ((1 - fx) * value(bottom, left) + fx * value(bottom, right));
}

// out[image, channel](x) = value(image, channel, theta^-1 x).
function resample(
  shape: Tensor64["shape"],
  theta: Tensor64,
  value: (image: number, channel: number, y: number, x: number) => number,
): Tensor64 {
  const [n, c, h, w] = shape;
  const out = zeros64(shape);
  for (let image = 0; image < n; image++) {
    const numbers = Array.from(thetaOf(theta, image));
    for (let i = 0; i < h; i++) {
      for (let j = 0; j < w; j++) {
        const [x, y] = applyInverse(numbers, toCoordinate(j, w), toCoordinate(i, h));
        for (let k = 0; k < c; k++) {
          out.data[at(shape, image, k, i, j)] = sample(
            (row, column) => value(image, k, row, column),
            [h, w],
            toPixel(x, w),
            toPixel(y, h),
          );
        }
      }
    }
  }
  return out;
}

export function affineImage64(image: Tensor64, theta: Tensor64): Tensor64 {
  return resample(
    image.shape,
    theta,
    (n, k, y, x) => image.data[at(image.shape, n, k, y, x)],
  );
}

export function affineFlow64(flow: Tensor64, theta1: Tensor64, theta2: Tensor64): Tensor64 {
  const [, , h, w] = flow.shape;
  const moved = (image: number, channel: number, row: number, column: number) => {
    const u = flow.data[at(flow.shape, image, 0, row, column)];
    const v = flow.data[at(flow.shape, image, 1, row, column)];
    const perPixel = (side: number) => side > 1 ? 2 / (side - 1) : 0;
    const x = toCoordinate(column, w), y = toCoordinate(row, h);
    const first = apply(Array.from(thetaOf(theta1, image)), x, y);
    const second = apply(
      Array.from(thetaOf(theta2, image)),
      x + u * perPixel(w),
      y + v * perPixel(h),
    );
    const side = channel === 0 ? w : h;
    return (second[channel] - first[channel]) * (side - 1) / 2;
  };
  return resample(flow.shape, theta1, moved);
}
