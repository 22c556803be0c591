/** Winograd's products in float64, over the device's layouts. */
import type { ProductName } from "../../../../../pipeline/compute/network/ops/convolution/generate/shuffle_gemm.ts";
import { PLANES } from "../../../../../pipeline/compute/network/ops/convolution/planes.ts";
import type { ProductSizes } from "../../../../../pipeline/compute/network/ops/convolution/products.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";

// Index of a vec4 of what has tiles, and of what has none.
const ofTile = (tile: number, plane: number, slot: number, slots: number) =>
  ((Math.floor(tile / 8) * PLANES + plane) * slots + slot) * 8 + tile % 8;
const ofRow = (row: number, plane: number, slot: number, rows: number, slots: number) =>
  (plane * rows + row) * slots + slot;

function product(
  name: ProductName,
  { rows, inner, columns }: ProductSizes,
  left: Float32Array,
  right: Float32Array,
): Float64Array {
  const k = 4 * inner, n = 4 * columns;
  const out = new Float64Array(PLANES * n * (name === "correlate" ? k : rows));
  const element = (vec4: number, channel: number) => 4 * vec4 + channel % 4;
  const slot = (channel: number) => Math.floor(channel / 4);
  for (let p = 0; p < PLANES; p++) {
    for (let t = 0; t < rows; t++) {
      for (let i = 0; i < k; i++) {
        const x = left[element(ofTile(t, p, slot(i), inner), i)];
        for (let j = 0; j < n; j++) {
          if (name === "correlate") {
            const d = right[element(ofTile(t, p, slot(j), columns), j)];
            out[element(ofRow(i, p, slot(j), k, columns), j)] += x * d;
          } else {
            const w = name === "multiply"
              ? right[element(ofRow(i, p, slot(j), k, columns), j)]
              : right[element(ofRow(j, p, slot(i), n, inner), i)];
            out[element(ofTile(t, p, slot(j), columns), j)] += x * w;
          }
        }
      }
    }
  }
  return out;
}

/** Sums over all tiles of the right operand's plane whose cells are sums of a tile's pixels. */
function columnSums({ rows, columns }: ProductSizes, right: Float32Array): Float64Array {
  const sums = new Float64Array(4 * columns), ofPixels = 7;
  for (let t = 0; t < rows; t++) {
    sums.forEach((_, i) =>
      sums[i] += right[4 * ofTile(t, ofPixels, Math.floor(i / 4), columns) + i % 4]
    );
  }
  return sums;
}

/** Random operands and what they give; column sums are those of "correlate". */
export function productCase(name: ProductName, sizes: ProductSizes) {
  const { rows, inner, columns } = sizes;
  const rng = new Rng(4).fork(`${name} ${rows} ${inner} ${columns}`);
  const random = (vec4: number) =>
    Float32Array.from({ length: 4 * vec4 }, () => rng.uniform(-1, 1));
  const left = random(PLANES * rows * inner);
  const right = random(PLANES * columns * (name === "correlate" ? rows : 4 * inner));
  return {
    left,
    right,
    wanted: product(name, sizes, left, right),
    columnSums: columnSums(sizes, right),
  };
}
