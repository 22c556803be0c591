/** The products of kernels/network/convolution_gemm.wgsl in tiles of workgroup memory. */
import type { KernelFamily } from "./family.ts";
import { PRODUCT_NAMES, type ProductName } from "./shuffle_gemm.ts";
import { range } from "./text.ts";
import { type Loader, spread, tiledKernel, tileOrigin } from "./tiled_body.ts";
import { matrixColumns, matrixRows } from "./tiled_loaders.ts";
import { CANDIDATES, threadsOf, type Tiling, tilingName, TILINGS } from "./tiling.ts";

export interface TiledProduct {
  readonly name: ProductName;
  readonly tiling: Tiling;
}

// Rows of tiles, the sum along vec4 of their channels: runs of 8 tiles lie together.
function tileRows(tiling: Tiling): Loader {
  const threads = threadsOf(tiling), fours = tiling.slice / 4;
  const share = range(tiling.rows * fours / threads);
  const block = (e: number) => spread("local / 8u", threads / 8, fours, e).slow;
  return {
    before: [
      `let left_k = local / 8u % ${fours}u;`,
      ...share.flatMap((e) => [
        `let left_row${e} = (${block(e)}) * 8u + local % 8u;`,
        `let left_tile_at${e} = min(first_row + left_row${e}, params.rows - 1u);`,
        `let left_at${e} = ((left_tile_at${e} / 8u * 36u + plane) * params.inner + left_k) * 8u + left_tile_at${e} % 8u;`,
      ]),
    ],
    registers: share.map((e) => `p${e}`),
    load: [
      ...share.map((e) => `p${e} = vec4(0.0);`),
      "if (k + left_k < params.inner) {",
      ...share.map((e) => `  p${e} = left[left_at${e} + 8u * k];`),
      "}",
    ],
    store: (array) => share.map((e) => `${array}[left_k][left_row${e}] = p${e};`),
  };
}

const matrix = { values: "right", columns: "params.columns", depth: "params.inner" };

const weights = (tiling: Tiling, transposed: boolean) =>
  transposed
    ? matrixColumns(tiling, {
      ...matrix,
      stride: "params.inner",
      at: "params.right_first + plane * 4u * params.columns * params.inner + k + own_k",
    })
    : matrixRows(tiling, {
      ...matrix,
      stride: "params.columns",
      start: "params.right_first + plane * 4u * params.inner * params.columns",
    });

// The sum along tiles, rows of the slice: both operands of a sum of outer products.
function tileSums(tiling: Tiling, side: "left" | "right"): Loader {
  const threads = threadsOf(tiling);
  const wide = (side === "left" ? tiling.rows : tiling.columns) / 4;
  const [slots, first, register] = side === "left"
    ? ["params.inner", "first_row / 4u", "p"]
    : ["params.columns", "first_column", "q"];
  const share = range(tiling.slice * wide / threads);
  const places = share.map((e) => spread("local / 8u", threads / 8, wide, e));
  return {
    before: share.flatMap((e) => [
      `let ${side}_slot${e} = ${places[e].fast};`,
      `let ${side}_tile_at${e} = (${places[e].slow}) * 8u + local % 8u;`,
      `let ${side}_at${e} = (((${
        places[e].slow
      }) * 36u + plane) * ${slots} + min(${first} + ${side}_slot${e}, ${slots} - 1u)) * 8u + local % 8u;`,
    ]),
    registers: share.map((e) => `${register}${e}`),
    load: share.map((e) =>
      `${register}${e} = vec4(0.0); if (k < end) { ${register}${e} = ${side}[${side}_at${e} + k * 36u * ${slots}]; }`
    ),
    store: (array) =>
      share.map((e) => `${array}[${side}_tile_at${e}][${side}_slot${e}] = ${register}${e};`),
  };
}

const DECLARATIONS = `struct Params {
  rows: u32, // tiles, a multiple of 32
  inner: u32, // vec4
  columns: u32, // vec4
  chunk: u32, // correlate: tiles of a partial sum, a multiple of 32
  right_first: u32, // vec4 of right before the first of a product
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> right: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
`;

const BIAS_SUMS = "@group(0) @binding(4) var<storage, read_write> bias_sums: array<vec4<f32>>;\n";

const entryPoint = ({ name, tiling }: TiledProduct) => `${name}_${tilingName(tiling)}`;

function product(variant: TiledProduct): string {
  const { name, tiling } = variant;
  return tiledKernel({
    entryPoint: entryPoint(variant),
    tiling,
    left: "rows",
    rowsTogether: 8,
    before: [
      "let plane = group.z;",
      ...tileOrigin(tiling),
      `let slices = (params.inner + ${tiling.slice / 4 - 1}u) / ${tiling.slice / 4}u;`,
      `let own_k = local % ${tiling.slice / 4}u;`,
      "var k = 0u;",
    ],
    loaders: [tileRows(tiling), weights(tiling, name === "multiply_transposed")],
    advance: [],
    step: tiling.slice / 4,
    store: (row, column, value) =>
      `store(plane, first_row + ${row}, first_column + ${column}, ${value});`,
  });
}

const STORE_TILES = `fn store(plane: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row < params.rows && column < params.columns) {
    result[((row / 8u * 36u + plane) * params.columns + column) * 8u + row % 8u] = value;
  }
}
`;

// The plane of a gradient that has the sum of a tile's pixels: the second row and column of A are ones.
const SUMS_PLANE = 7;

function correlate(variant: TiledProduct): string {
  const { tiling } = variant;
  return tiledKernel({
    entryPoint: entryPoint(variant),
    tiling,
    left: "columns",
    rowsTogether: 1,
    before: [
      "let plane = group.z % 36u;",
      ...tileOrigin(tiling),
      "let end = min((group.z / 36u + 1u) * params.chunk, params.rows);",
      "var k = group.z / 36u * params.chunk;",
      `let slices = (end - k) / ${tiling.slice}u;`,
      `let sums_columns = plane == ${SUMS_PLANE}u && first_row == 0u;`,
    ],
    loaders: [tileSums(tiling, "left"), tileSums(tiling, "right")],
    advance: [],
    step: tiling.slice,
    store: (row, column, value) =>
      `store(group.z, first_row + ${row}, first_column + ${column}, ${value});`,
    columnSums: {
      // Beyond the sum the registers are zero.
      condition: "sums_columns",
      place: (register) => [`right_tile_at${register}`, `right_slot${register}`],
      store: (column, value) =>
        `if (sums_columns) { store_column_sum(group.z / 36u, first_column + ${column}, ${value}); }`,
    },
  });
}

const STORE_SUMS = `fn store(plane: u32, row: u32, column: u32, value: vec4<f32>) {
  if (row < 4u * params.inner && column < params.columns) {
    result[(plane * 4u * params.inner + row) * params.columns + column] = value;
  }
}

fn store_column_sum(chunk: u32, column: u32, value: vec4<f32>) {
  if (column < params.columns) { bias_sums[chunk * params.columns + column] = value; }
}
`;

const ABOUT: Record<ProductName, string> = {
  multiply: "product",
  multiply_transposed: "product by the transposed matrix",
  correlate: "partial sums over tiles of outer products",
};

function code(variant: TiledProduct): string {
  const sums = variant.name === "correlate";
  return `// convolution_tiled_gemm: 36 matrix products, one per plane, in tiles of workgroup memory.
// Generated. Shapes, layouts and a readable kernel of the same function: convolution_gemm.wgsl; correlate leaves a result
// for each chunk of tiles, [chunk][plane], to be added in order, and sums of the right operand for the bias, [chunk][column].
// A workgroup owns ${variant.tiling.rows} rows x ${variant.tiling.columns} columns.

${DECLARATIONS}${sums ? BIAS_SUMS : ""}
${sums ? STORE_SUMS : STORE_TILES}
${sums ? correlate(variant) : product(variant)}`;
}

export const tiledGemm: KernelFamily<TiledProduct> = {
  label: "convolution_tiled_gemm",
  about: ({ name, tiling }) =>
    `${ABOUT[name]} of Winograd's planes in tiles, ${tilingName(tiling)}`,
  readable: "convolution_gemm.wgsl",
  variants: PRODUCT_NAMES.flatMap((name) =>
    [...TILINGS, ...CANDIDATES].map((tiling) => ({ name, tiling }))
  ),
  entryPoint,
  bindings: ({ name }) => ({ reads: 2, writes: name === "correlate" ? 2 : 1 }),
  code,
};
