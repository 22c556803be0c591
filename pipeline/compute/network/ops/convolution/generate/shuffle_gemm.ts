/**
 * The products of kernels/network/convolution_gemm.wgsl for subgroups of eight lanes. Lanes without a result compute the last
 * one again and store nothing: WGSL allows broadcasts only while all lanes of a subgroup are there.
 */
import type { Lanes } from "../choice.ts";
import type { KernelFamily } from "./family.ts";
import {
  accumulators,
  correlateRows,
  entryPoint,
  loadRight,
  multiply,
  ROWS,
  shuffleEntryPoint,
  type ShuffleVariant,
  shuffleVariants,
} from "./shuffle_pattern.ts";
import { lines, range } from "./text.ts";

function product(lanes: Lanes, transposed: boolean): string {
  const share = range(ROWS / lanes);
  const right = transposed
    ? [
      "let right_start = params.right_first + (plane * params.columns + n) * 4u * params.inner;",
      "let right_step = params.inner;",
    ]
    : [
      "let right_start = params.right_first + plane * 4u * params.inner * params.columns + n;",
      "let right_step = params.columns;",
    ];
  const left = share.map((i) => {
    const row = i * lanes;
    return `let left${i} = left_start + ${Math.floor(row / 8)}u * block + lane + ${row % 8}u;`;
  });
  const stores = range(ROWS).map((row) =>
    `result[target_start + ${Math.floor(row / 8)}u * result_block + ${row % 8}u] = a${row};`
  );
  return `${entryPoint(transposed ? "multiply_transposed" : "multiply", lanes, ROWS)}
  let n = min(column, params.columns - 1u);
  let plane = group.z;
  let block = 8u * 36u * params.inner;
  let left_start = (min(first, params.rows - ${ROWS}u) / 8u * 36u + plane) * params.inner * 8u;
${lines(left, 2)}
${lines(right, 2)}
  var x: vec4<f32>;
${lines(accumulators("vec4(0.0)"), 2)}
  for (var k = 0u; k < params.inner; k++) {
    let w = right_start + ${transposed ? "k" : "4u * k * right_step"};
${lines(loadRight("right", transposed), 4)}
${lines(share.map((i) => `let x${i} = left[left${i} + 8u * k];`), 4)}
${lines(multiply(lanes), 4)}
  }
  if (column >= params.columns || first >= params.rows) { return; }
  let result_block = 8u * 36u * params.columns;
  let target_start = ((first / 8u * 36u + plane) * params.columns + column) * 8u;
${lines(stores, 2)}
}
`;
}

function correlate(lanes: Lanes): string {
  const share = range(8 / lanes);
  const rows = share.map((i) =>
    `let m${i} = min(first + lane + ${i * lanes}u, params.inner - 1u);`
  );
  const places = share.map((i) => `let left${i} = (start * params.inner + m${i}) * 8u + t % 8u;`);
  const loads = range(2).flatMap((u) =>
    share.map((i) => `let x${u}_${i} = left[left${i} + ${u}u];`)
  );
  const stores = range(8).map((m) => {
    const four = range(4).map((j) => 4 * m + j);
    const store = four.map((row) => `result[target_start + ${row}u * params.columns] = a${row};`);
    return `if (first + ${m}u < params.inner) { ${store.join(" ")} }`;
  });
  return `${entryPoint("correlate", lanes, 8)}
  let n = min(column, params.columns - 1u);
  let plane = group.z;
${lines(rows, 2)}
${lines(accumulators("vec4(0.0)"), 2)}
  for (var t = 0u; t < params.rows; t += 2u) {
    let start = t / 8u * 36u + plane;
    let d_start = (start * params.columns + n) * 8u + t % 8u;
    let d0 = right[d_start];
    let d1 = right[d_start + 1u];
${lines(places, 4)}
${lines(loads, 4)}
${lines(correlateRows(lanes), 4)}
  }
  if (column >= params.columns) { return; }
  let target_start = (plane * params.inner + first) * 4u * params.columns + column;
${lines(stores, 2)}
}
`;
}

const DECLARATIONS = `struct Params {
  rows: u32, // tiles, a multiple of 32
  inner: u32, // vec4
  columns: u32, // vec4
  right_first: u32, // vec4 of right before the first of a product
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> right: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
`;

/** multiply: tiles x k by k x n; multiply_transposed: tiles x k by n x k; correlate: the sum over tiles. */
export const PRODUCT_NAMES = ["multiply", "multiply_transposed", "correlate"] as const;
export type ProductName = typeof PRODUCT_NAMES[number];

const ABOUT: Record<ProductName, string> = {
  multiply: "product",
  multiply_transposed: "product by the transposed matrix",
  correlate: "sum over tiles of outer products",
};

function code({ name, lanes }: ShuffleVariant<ProductName>): string {
  return `// convolution_shuffle_gemm: 36 matrix products, one per plane, for subgroups of eight lanes.
// Generated. Shapes, layouts and a readable kernel of the same function: convolution_gemm.wgsl.
// A group of ${lanes} lanes owns ${
    name === "correlate" ? "8 x 4 rows" : "32 rows"
  } x as many vec4 of columns.

${DECLARATIONS}${
    name === "correlate" ? correlate(lanes) : product(lanes, name === "multiply_transposed")
  }`;
}

export const shuffleGemm: KernelFamily<ShuffleVariant<ProductName>> = {
  label: "convolution_shuffle_gemm",
  about: ({ name, lanes }) => `${ABOUT[name]} of Winograd's planes, groups of ${lanes} lanes`,
  readable: "convolution_gemm.wgsl",
  variants: shuffleVariants(PRODUCT_NAMES),
  entryPoint: shuffleEntryPoint,
  bindings: () => ({ reads: 2, writes: 1 }),
  code,
};
