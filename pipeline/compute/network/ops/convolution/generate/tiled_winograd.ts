/**
 * Winograd's F(4x4, 3x3) in one dispatch, for maps so small that a dispatch costs more than its arithmetic: what the kernels of
 * convolution_winograd.wgsl and of convolution_gemm.wgsl do one after another, a workgroup does for a few tiles and channels.
 * 144 threads take a slice of the picture's channels at a time, 24 pairs of tile and slot. Each thread transforms a column of a pair,
 * then a row of its planes, all in workgroup memory; then it adds up products by its planes of the weights, which nobody else of the
 * workgroup needs, so that they go from the buffer into registers. In the end the sums go back the same way, columns, then rows.
 * Of narrow tiles several threads share a sum, each with a part of every slice.
 */
import readable from "../../../../../../kernels/network/convolution_winograd.wgsl" with {
  type: "text",
};
import type { KernelFamily } from "./family.ts";
import { lines, range, withDeclarations } from "./text.ts";
import { plus } from "./tiled_body.ts";
import {
  FUSED_CANDIDATES,
  FUSED_PAIRS,
  FUSED_THREADS,
  FUSED_TILINGS,
  fusedShares,
  type FusedTiling,
  tilingName,
} from "./tiling.ts";

const FUSED_NAMES = ["forward", "dinput", "dinput_activated"] as const;

export interface TiledWinograd {
  readonly name: typeof FUSED_NAMES[number];
  readonly tiling: FusedTiling;
}

const entryPoint = ({ name, tiling }: TiledWinograd) => `${name}_${tilingName(tiling)}`;

const LETTERS = ["a", "b", "c", "d", "e", "f"], PARTS = ["x", "y", "z", "w"];

/** Rows of the weights' planes are the channels of the picture; of the turned ones those of the result. */
const WEIGHTS = {
  asTheyLie: {
    first: (plane: string) => `${plane} * weight_cells + column`,
    row: (first: string, k: string, r: number) =>
      `${first} + (${plus(`4u * ${k}`, r)}) * params.slots`,
    factors: (names: readonly string[]) => names,
  },
  transposed: {
    first: (plane: string) => `${plane} * weight_cells + 4u * column * depth`,
    row: (first: string, k: string, r: number) => `${first} + ${r}u * depth + ${k}`,
    // One vec4 of the results for each of the summands.
    factors: (names: readonly string[]) =>
      PARTS.map((part) => `vec4(${names.map((name) => `${name}.${part}`).join(", ")})`),
  },
} as const;

/** What the passes do not share: how the weights lie, how the four pixels of a row of a tile are stored, and what is bound in which order, by its name if it is used. */
const PASSES = {
  forward: {
    about: "convolution",
    weights: WEIGHTS.asTheyLie,
    store: [
      "let bias = f32(params.biased) * parameters[params.bias_offset + place.slot];",
      "store_output_row(place, line, bias, row);",
    ],
    reads: ["picture", "weights", "parameters", "plus_values"],
    writes: ["out"],
  },
  dinput: {
    about: "gradient of the input of a convolution",
    weights: WEIGHTS.transposed,
    store: ["store_output_row(place, line, vec4(0.0), row);"],
    reads: ["picture", "weights", "plus_values"],
    writes: ["out"],
  },
  dinput_activated: {
    about: "gradient of what LeakyReLU made some of the input of a convolution of",
    weights: WEIGHTS.transposed,
    store: ["store_activated_row(place, line, row);"],
    reads: ["picture", "weights", "activated", "more"],
    writes: ["dactivated", "dbias_sums", "others"],
  },
} as const;

// The readable file binds what one of its kernels needs; here more is needed at once.
function bound(text: string, names: readonly string[]): string {
  return names.reduce(
    (before, name, index) =>
      before.replace(
        new RegExp(`@binding\\(\\d+\\) (var<storage, \\w+> ${name}:)`),
        `@binding(${index + 1}) $1`,
      ),
    text,
  );
}

// Workgroup memory holds planes of pairs, of each a row for every thread that shares a sum: what it takes of a slice.
const cell = ({ tiling }: TiledWinograd, plane: string, part: string, at: string) => {
  const { split } = fusedShares(tiling);
  return `work[${split === 1 ? plane : `${split}u * (${plane}) + ${part}`}][${at}]`;
};

// The six planes of this thread's column, or of its row.
const inColumn = (element: number) => plus("line", 6 * element);
const inRow = (element: number) => plus("6u * line", element);

function loadPicture(): string[] {
  return [
    ...range(6).map((i) => `p${i} = vec4(0.0);`),
    "if (source.slot < depth) {",
    ...range(6).map((i) => `  p${i} = pixel_of(source, ${i - 1}, i32(line) - 1, depth);`),
    "}",
  ];
}

// A column of a pair, then a row of its planes, each in the cells that it was read from.
function transformInput(variant: TiledWinograd): string[] {
  const at = (plane: string) => cell(variant, plane, "pair_part", "pair_at");
  return [
    `let down = transform_input(Six(${range(6).map((i) => `p${i}`).join(", ")}));`,
    ...range(6).map((e) => `${at(inColumn(e))} = down.${LETTERS[e]};`),
    "workgroupBarrier();",
    `let along = transform_input(Six(${range(6).map((e) => at(inRow(e))).join(", ")}));`,
    ...range(6).map((e) => `${at(inRow(e))} = along.${LETTERS[e]};`),
    "workgroupBarrier();",
  ];
}

const weightName = (plane: number, slot: number, row: number) => `w${plane}_${slot}_${row}`;

// Beyond the last slot the last one again, which meets zeros. Before the transforms, which take as long as they are on their way.
function loadWeights({ name, tiling }: TiledWinograd): string[] {
  const { planes, share } = fusedShares(tiling), { weights } = PASSES[name];
  return range(share).flatMap((slot) => [
    `let k${slot} = min(${plus("k + first_share", slot)}, depth - 1u);`,
    ...range(planes).flatMap((plane) =>
      range(4).map((row) =>
        `let ${weightName(plane, slot, row)} = weights[${
          weights.row(`weights${plane}`, `k${slot}`, row)
        }];`
      )
    ),
  ]);
}

function addProducts({ name, tiling }: TiledWinograd): string[] {
  const { planes, share } = fusedShares(tiling), { weights } = PASSES[name];
  return range(planes).flatMap((plane) =>
    range(share).flatMap((slot) => [
      "{",
      ...weights.factors(range(4).map((row) => weightName(plane, slot, row)))
        .map((factor, part) => `  let f${part} = ${factor};`),
      ...range(tiling.tiles).flatMap((tile) => [
        `  let x${tile} = work[row${plane}][${tile * share + slot}u];`,
        `  ${
          PARTS.map((part, index) => `s${plane}_${tile} += x${tile}.${part} * f${index};`).join(" ")
        }`,
      ]),
      "}",
    ])
  );
}

// The sums of some tiles from `first` on: into workgroup memory, and through the transforms to the result.
function storePart(variant: TiledWinograd, first: number): string[] {
  const { tiling } = variant, { slots, split, planes, part } = fusedShares(tiling);
  const tiles = range(Math.min(part, tiling.tiles - first));
  const shared = (plane: string, half: number) => cell(variant, plane, `${half}u`, "pair");
  const summed = (plane: string) => range(split).map((half) => shared(plane, half)).join(" + ");
  const exists = `pair < ${tiles.length * slots}u`;
  return [
    ...range(planes).flatMap((plane) =>
      tiles.map((tile) =>
        `work[row${plane}][${plus("own_slot", tile * slots)}] = s${plane}_${first + tile};`
      )
    ),
    "workgroupBarrier();",
    `if (${exists}) {`,
    `  let down = transform_output(Six(${range(6).map((e) => summed(inColumn(e))).join(", ")}));`,
    ...range(4).map((e) => `  ${shared(inColumn(e), 0)} = down.${LETTERS[e]};`),
    "}",
    "workgroupBarrier();",
    `if (${exists} && line < 4u) {`,
    `  let along = transform_output(Six(${range(6).map((e) => shared(inRow(e), 0)).join(", ")}));`,
    `  store(place_at(${
      plus("first_tile", first)
    } + pair / ${slots}u, first_column + pair % ${slots}u), line, along);`,
    "}",
    ...first + part < tiling.tiles ? ["workgroupBarrier();"] : [],
  ];
}

function body(variant: TiledWinograd): string {
  const { name, tiling } = variant, { weights, store } = PASSES[name];
  const { slots, split, planes, share, part } = fusedShares(tiling);
  const pairs = FUSED_PAIRS / split;
  // A cell more, so that rows begin in different banks.
  return `@group(0) @binding(2) var<storage, read> weights: array<vec4<f32>>;

override REVERSED: bool = false;

var<workgroup> work: array<array<vec4<f32>, ${pairs + 1}>, ${36 * split}>;

// Of row \`line\` of a tile.
fn store(place: Place, line: u32, row: Four) {
  if (place.slot < params.slots && place.image < params.end_image) {
${lines(store, 4)}
  }
}

@compute @workgroup_size(${FUSED_THREADS})
fn ${
    entryPoint(variant)
  }(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let local = select(index, ${FUSED_THREADS - 1}u - index, REVERSED);
  let depth = params.depth;
  let weight_cells = 4u * depth * params.slots;
  let first_tile = group.y * ${tiling.tiles}u;
  let first_column = group.x * ${slots}u;
  // Of the transforms: a pair, and a column or row of it.
  let pair = local % ${FUSED_PAIRS}u;
  let line = local / ${FUSED_PAIRS}u;
  let pair_part = pair / ${pairs}u;
  let pair_at = pair % ${pairs}u;
  var source = place_at(first_tile + pair_at / ${share}u, pair_part * ${share}u + pair_at % ${share}u);
  // Of the products: a slot of the result, the part of a slice, and planes.
  let own_slot = local % ${slots}u;
  let part = local / ${slots}u % ${split}u;
  let first_share = ${share}u * part;
  let column = min(first_column + own_slot, params.slots - 1u);
${
    lines(
      range(planes).flatMap((plane) => [
        `let plane${plane} = ${plus(`local / ${slots * split}u`, plane * 36 / planes)};`,
        `let row${plane} = ${split}u * plane${plane} + part;`,
        `let weights${plane} = params.planes_offset + ${weights.first(`plane${plane}`)};`,
      ]),
      2,
    )
  }
${lines(range(6).map((i) => `var p${i} = vec4(0.0);`), 2)}
${
    lines(
      range(planes).flatMap((plane) =>
        range(tiling.tiles).map((tile) => `var s${plane}_${tile} = vec4(0.0);`)
      ),
      2,
    )
  }
${lines(loadPicture(), 2)}
  for (var k = 0u; k < depth; k += ${share * split}u) {
${
    lines([
      ...loadWeights(variant),
      ...transformInput(variant),
      `source.slot += ${share * split}u;`,
      ...loadPicture(),
      ...addProducts(variant),
      "workgroupBarrier();",
    ], 4)
  }
  }
${
    lines(
      range(Math.ceil(tiling.tiles / part)).flatMap((index) => [
        "{",
        ...storePart(variant, index * part).map((line) => `  ${line}`),
        "}",
      ]),
      2,
    )
  }
}
`;
}

function code(variant: TiledWinograd): string {
  const { tiles, columns } = variant.tiling, { reads, writes } = PASSES[variant.name];
  return `// convolution_tiled_winograd: 3x3 convolution of stride 1, or the gradient of its input, by Winograd's F(4x4, 3x3) in one
// dispatch. Generated. Transforms, layouts and readable kernels of the same function: convolution_winograd.wgsl, whose
// declarations are repeated here as far as they are needed, and convolution_gemm.wgsl.
// A workgroup owns ${tiles} tiles of 4 x 4 pixels x ${columns} channels.

${bound(withDeclarations(readable, body(variant)), [...reads, ...writes])}`;
}

export const tiledWinograd: KernelFamily<TiledWinograd> = {
  label: "convolution_tiled_winograd",
  about: ({ name, tiling }) =>
    `${PASSES[name].about} by Winograd in one dispatch, ${tilingName(tiling)}`,
  readable: "convolution_winograd.wgsl",
  variants: FUSED_NAMES.flatMap((name) =>
    [...FUSED_TILINGS, ...FUSED_CANDIDATES].map((tiling) => ({ name, tiling }))
  ),
  entryPoint,
  bindings: ({ name }) => ({
    reads: PASSES[name].reads.length,
    writes: PASSES[name].writes.length,
  }),
  code,
};
