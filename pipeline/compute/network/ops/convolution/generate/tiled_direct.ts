/**
 * The functions of kernels/network/convolution_direct.wgsl as matrix products in tiles of workgroup memory ("implicit GEMM"):
 * rows are pixels, the sum runs over (tap row, tap column, slot); of the weight gradient rows are (tap, input channel) and the
 * sum runs over (image, y, x). No division inside a loop: a thread's place in such a sum moves on by adding and carrying.
 */
import readable from "../../../../../../kernels/network/convolution_direct.wgsl" with {
  type: "text",
};
import type { KernelFamily } from "./family.ts";
import { DIRECT_BINDINGS, DIRECT_NAMES, type DirectName } from "./shuffle_direct.ts";
import { range, withDeclarations } from "./text.ts";
import { type Loader, spread, tiledKernel, tileOrigin } from "./tiled_body.ts";
import { PLACES, weightGradient } from "./tiled_direct_sums.ts";
import { matrixColumns, matrixRows } from "./tiled_loaders.ts";
import { CANDIDATES, threadsOf, type Tiling, tilingName, TILINGS } from "./tiling.ts";

export interface TiledDirect {
  readonly name: DirectName;
  readonly tiling: Tiling;
}

const entryPoint = ({ name, tiling }: TiledDirect) => `${name}_${tilingName(tiling)}`;

// Pixels, each with a corner that its taps start from: what of it a tap reads, `source` says.
function pixelRows(
  tiling: Tiling,
  { corner, source, values }: {
    corner: (row: string) => string;
    source: string;
    values: string;
  },
): Loader {
  const threads = threadsOf(tiling), fours = tiling.slice / 4;
  const share = range(tiling.rows * fours / threads);
  return {
    before: share.flatMap((e) => [
      `let left_row${e} = ${spread("local", threads, fours, e).slow};`,
      `let corner${e} = ${corner(`first_row + left_row${e}`)};`,
    ]),
    registers: share.map((e) => `p${e}`),
    load: [
      ...share.map((e) => `p${e} = vec4(0.0);`),
      "if (k + own_k < depth) {",
      ...share.flatMap((e) => [
        `  let source${e} = ${source}(corner${e}, tap);`,
        `  if (source${e}.inside > 0.0) { p${e} = ${values}[source${e}.first + place.z]; }`,
      ]),
      "}",
    ],
    store: (array) => share.map((e) => `${array}[own_k][left_row${e}] = p${e};`),
  };
}

// The sum over taps and slots: this thread's place in it, `own_k` behind the slice's beginning.
const tapsSum = (tiling: Tiling) => [
  "let depth = sizes.x * sizes.y * sizes.z;",
  `let slices = (depth + ${tiling.slice / 4 - 1}u) / ${tiling.slice / 4}u;`,
  `let own_k = local % ${tiling.slice / 4}u;`,
  `let step = place_of(${tiling.slice / 4}u, sizes);`,
  "var place = place_of(own_k, sizes);",
  "var k = 0u;",
];

function forward(variant: TiledDirect): string {
  const { tiling } = variant;
  const weights = matrixRows(tiling, {
    values: "parameters",
    stride: "params.output_slots",
    columns: "params.output_slots",
    depth: "depth",
    start: "params.weight_offset + params.first_tap * tap_cells()",
  });
  const pixels = pixelRows(tiling, {
    corner: (row) => `corner(${row})`,
    source: "input_of",
    values: "x_values",
  });
  return `fn store(row: u32, column: u32, sum: vec4<f32>) {
  if (column < params.output_slots) { store_sum(row, column, sum + parameters[params.bias_offset + column]); }
}

${
    tiledKernel({
      entryPoint: entryPoint(variant),
      tiling,
      left: "rows",
      rowsTogether: 1,
      before: [
        ...tileOrigin(tiling),
        "let sizes = vec3(params.kernel, params.kernel, params.input_slots);",
        ...tapsSum(tiling),
      ],
      loaders: [
        {
          ...pixels,
          load: ["let tap = vec2<i32>(place.xy * params.dilation);", ...pixels.load],
        },
        weights,
      ],
      advance: ["place = moved(place, step, sizes);"],
      step: tiling.slice / 4,
      store: (row, column, value) =>
        `store(first_row + ${row}, first_column + ${column}, ${value});`,
    })
  }`;
}

// With stride 2 the input's pixels fall into four phases, each of which meets its own taps: all or none of an even dilation.
const PHASE = [
  "let phase = vec2(group.z / params.stride, group.z % params.stride);",
  "let size = (vec2(params.height, params.width) + params.stride - 1u - phase) / params.stride;",
  "let rows = params.batch * size.x * size.y;",
  "let every_tap = params.dilation % 2u == 0u || params.stride == 1u;",
  "let missed = (phase + params.padding) % params.stride;",
  "let first_tap = select(missed, vec2(0u), every_tap);",
  "let tap_step = select(params.stride, 1u, every_tap);",
  "let met = (vec2(params.kernel) + tap_step - 1u - first_tap) / tap_step;",
  "let taps = select(met, select(met, vec2(0u), missed > vec2(0u)), every_tap);",
  "let sizes = vec3(select(taps, vec2(0u), vec2(rows == 0u)), params.output_slots);",
];

/** What is done with the gradient `sum` of the vec4 `column` of an input's pixel. */
export const STORE_INPUT_GRADIENT = {
  dinput: "result[pixel * params.input_slots + column] = sum",
  dinput_activated: "store_activated(pixel, column, sum)",
} as const;

function inputGradient(
  variant: TiledDirect,
  name: keyof typeof STORE_INPUT_GRADIENT,
): string {
  const { tiling } = variant;
  const weights = matrixColumns(tiling, {
    values: "weight_values",
    stride: "params.output_slots",
    columns: "params.input_slots",
    depth: "depth",
    at:
      "params.weight_offset + (params.first_tap + tap_at.x * params.kernel + tap_at.y) * tap_cells() + place.z",
  });
  const pixels = pixelRows(tiling, {
    corner: (row) => `reach(input_place(${row}, phase, size, params.stride))`,
    source: "output_of",
    values: "dout",
  });
  return `fn store(place: vec3<u32>, exists: bool, column: u32, sum: vec4<f32>) {
  if (exists && column < params.input_slots) {
    let pixel = (place.x * params.height + place.y) * params.width + place.z;
    ${STORE_INPUT_GRADIENT[name]};
  }
}

${
    tiledKernel({
      entryPoint: entryPoint(variant),
      tiling,
      left: "rows",
      rowsTogether: 1,
      before: [...tileOrigin(tiling), ...PHASE, ...tapsSum(tiling)],
      loaders: [
        {
          ...pixels,
          load: [
            "let tap_at = first_tap + tap_step * place.xy;",
            "let tap = vec2<i32>(tap_at * params.dilation);",
            ...pixels.load,
          ],
        },
        weights,
      ],
      advance: ["place = moved(place, step, sizes);"],
      step: tiling.slice / 4,
      store: (row, column, value) =>
        `store(input_place(first_row + ${row}, phase, size, params.stride), first_row + ${row} < rows, ` +
        `first_column + ${column}, ${value});`,
    })
  }`;
}

const BODIES: Record<TiledDirect["name"], (variant: TiledDirect) => string> = {
  forward,
  dinput: (variant) => inputGradient(variant, "dinput"),
  dinput_activated: (variant) => inputGradient(variant, "dinput_activated"),
  dweight: (variant) => weightGradient(entryPoint(variant), variant.tiling),
};

const ABOUT: Record<TiledDirect["name"], string> = {
  forward: "direct convolution",
  dinput: "gradient of its input",
  dinput_activated: "gradient of what LeakyReLU made some of its input of",
  dweight: "partial sums of the gradients of its weight and bias",
};

function code(variant: TiledDirect): string {
  const { name, tiling } = variant;
  return `// convolution_tiled_direct: direct convolution and its gradients as matrix products in tiles of workgroup memory.
// Generated. Shapes, layouts and a readable kernel of the same function: convolution_direct.wgsl, whose declarations are
// repeated here as far as needed; dweight leaves all sums to convolution_sum.
// A workgroup owns ${tiling.rows} rows x ${tiling.columns} columns of ${
    name === "dweight" ? "the gradient" : "pixels x channels"
  }.

${withDeclarations(readable, `${PLACES}\n${BODIES[name](variant)}`)}`;
}

export const tiledDirect: KernelFamily<TiledDirect> = {
  label: "convolution_tiled_direct",
  about: ({ name, tiling }) => `${ABOUT[name]} in tiles, ${tilingName(tiling)}`,
  readable: "convolution_direct.wgsl",
  variants: DIRECT_NAMES.flatMap((name) =>
    [...TILINGS, ...CANDIDATES].map((tiling) => ({ name, tiling }))
  ),
  entryPoint,
  bindings: ({ name }) => name === "dweight" ? { reads: 2, writes: 2 } : DIRECT_BINDINGS[name],
  code,
};
