/**
 * 3x3 convolutions of stride 1, and the gradients of their inputs, in tiles of a picture: the pixels of a tile and those around
 * it lie in workgroup memory for all nine taps, which a product of matrices (tiled_direct.ts) would fetch nine times. With a
 * dilation d the picture falls into d x d classes of pixels, each a picture of its own that is convolved without one.
 */
import readable from "../../../../../../kernels/network/convolution_direct.wgsl" with {
  type: "text",
};
import type { KernelFamily } from "./family.ts";
import { DIRECT_BINDINGS } from "./shuffle_direct.ts";
import { range, withDeclarations } from "./text.ts";
import { STORE_INPUT_GRADIENT } from "./tiled_direct.ts";
import { type Loader, plus, tiledKernel } from "./tiled_body.ts";
import { HALO_TILINGS, haloPixels, type HaloTiling, threadsOf, tilingName } from "./tiling.ts";

const HALO_NAMES = ["forward", "dinput", "dinput_activated"] as const;

export interface TiledHalo {
  readonly name: typeof HALO_NAMES[number];
  readonly tiling: HaloTiling;
}

const entryPoint = ({ name, tiling }: TiledHalo) => `${name}_${tilingName(tiling)}`;

/** Both pictures have the same size. */
const PLACES =
  `// A workgroup's tile: its image, and the first of its pixels, which lie a dilation apart.
struct Place {
  image: u32,
  first: vec2<i32>, // y, x
}

fn place_of(tile: u32, size: vec2<u32>) -> Place {
  let apart = params.dilation;
  let tiles = ((vec2(params.height, params.width) + apart - 1u) / apart + size - 1u) / size;
  let row = tile / tiles.y;
  let picture = row / tiles.x;
  let of_image = picture % (apart * apart);
  let first = vec2(of_image / apart, of_image % apart) + apart * size * vec2(row % tiles.x, tile % tiles.y);
  return Place(picture / (apart * apart), vec2<i32>(first));
}

// The pixel so many steps below and right of the tile's first one.
fn pixel_of(place: Place, steps: vec2<i32>, slots: u32) -> Source {
  let at = place.first + i32(params.dilation) * steps;
  let inside = (at.x >= 0) & (at.x < i32(params.height)) & (at.y >= 0) & (at.y < i32(params.width));
  let pixel = select(0, (i32(place.image * params.height) + at.x) * i32(params.width) + at.y, inside);
  return Source(u32(pixel) * slots, select(0.0, 1.0, inside));
}
`;

/** How many of `count` things each thread takes, and the condition under which it takes its last one. */
function shares(count: number, threads: number) {
  const shared = range(Math.ceil(count / threads));
  const rest = count - threads * (shared.length - 1);
  const exists = (e: number) =>
    e === shared.length - 1 && rest < threads ? `local < ${rest}u` : "true";
  return { shared, exists };
}

// Statements under a condition, without it where it always holds.
const when = (condition: string, statement: string) =>
  condition === "true" ? statement : `if (${condition}) { ${statement} }`;

// The pixels of the tile and around it; neighbouring threads take neighbouring vec4 of a pixel.
function pictureLoader(tiling: HaloTiling, values: string, slots: string): Loader {
  const threads = threadsOf(tiling), fours = tiling.slice / 4;
  const { all, across } = haloPixels(tiling);
  const { shared, exists } = shares(all * fours, threads);
  return {
    before: [
      `let own_k = local % ${fours}u;`,
      ...shared.flatMap((e) => [
        `let left_at${e} = ${plus(`local / ${fours}u`, e * threads / fours)};`,
        `let steps${e} = vec2<i32>(vec2(left_at${e} / ${across}u, left_at${e} % ${across}u)) - 1;`,
        `let source${e} = pixel_of(place, steps${e}, ${slots});`,
      ]),
    ],
    registers: shared.map((e) => `p${e}`),
    load: shared.flatMap((e) => [
      `p${e} = vec4(0.0);`,
      `if (source${e}.inside > 0.0 && k + own_k < depth) { p${e} = ${values}[source${e}.first + k + own_k]; }`,
    ]),
    store: (array) => shared.map((e) => when(exists(e), `${array}[own_k][left_at${e}] = p${e};`)),
  };
}

// The weights of all taps as they lie: rows are input channels.
function weightRows(tiling: HaloTiling): Loader {
  const threads = threadsOf(tiling), wide = tiling.columns / 4;
  const { shared, exists } = shares(9 * tiling.slice * wide, threads);
  return {
    before: [
      `let right_n = local % ${wide}u;`,
      "let right_column = min(first_column + right_n, params.output_slots - 1u);",
      ...shared.flatMap((e) => [
        `let right_row${e} = ${plus(`local / ${wide}u`, e * threads / wide)};`,
        `let right_channel${e} = right_row${e} % ${tiling.slice}u;`,
        `let right_at${e} = params.weight_offset + min(right_row${e} / ${tiling.slice}u, 8u) * tap_cells() + right_column;`,
      ]),
    ],
    registers: shared.map((e) => `q${e}`),
    load: shared.map((e) =>
      // Beyond the last channel this one again: nobody multiplies by it.
      `q${e} = parameters[right_at${e} + min(4u * k + right_channel${e}, 4u * depth - 1u) * params.output_slots];`
    ),
    store: (array) =>
      shared.map((e) => when(exists(e), `${array}[right_row${e}][right_n] = q${e};`)),
  };
}

const PARTS = ["x", "y", "z", "w"];

// The weights turned by 180 degrees, input and output exchanged: a thread turns squares of 4 x 4.
function weightColumns(tiling: HaloTiling): Loader {
  const threads = threadsOf(tiling), wide = tiling.columns / 4, fours = tiling.slice / 4;
  const { shared, exists } = shares(9 * fours * wide, threads);
  return {
    before: shared.flatMap((e) => [
      `let square${e} = ${plus("local", e * threads)};`,
      `let right_four${e} = square${e} % ${fours}u;`,
      `let right_n${e} = square${e} / ${fours}u % ${wide}u;`,
      `let right_tap${e} = min(square${e} / ${fours * wide}u, 8u);`,
      `let right_at${e} = params.weight_offset + (8u - right_tap${e}) * tap_cells() + ` +
      `4u * min(first_column + right_n${e}, params.input_slots - 1u) * params.output_slots;`,
    ]),
    registers: shared.flatMap((e) => range(4).map((i) => `q${e}_${i}`)),
    load: shared.flatMap((e) => [
      `let right_k${e} = right_at${e} + min(k + right_four${e}, depth - 1u);`,
      ...range(4).map((i) =>
        `q${e}_${i} = weight_values[right_k${e} + ${i}u * params.output_slots];`
      ),
    ]),
    store: (array) =>
      shared.flatMap((e) =>
        PARTS.map((part, i) => {
          const turned = range(4).map((j) => `q${e}_${j}.${part}`).join(", ");
          const row = `right_tap${e} * ${tiling.slice}u + 4u * right_four${e}`;
          return when(exists(e), `${array}[${plus(row, i)}][right_n${e}] = vec4(${turned});`);
        })
      ),
  };
}

const gradientOfInput = {
  picture: "dout",
  depth: "params.output_slots",
  slots: "params.input_slots",
  weights: weightColumns,
} as const;

/** What the passes do not share. */
const PASSES = {
  forward: {
    about: "direct convolution",
    picture: "x_values",
    depth: "params.input_slots",
    slots: "params.output_slots",
    store: "store_sum(pixel, column, sum + parameters[params.bias_offset + column])",
    weights: weightRows,
  },
  dinput: {
    ...gradientOfInput,
    about: "gradient of its input",
    store: STORE_INPUT_GRADIENT.dinput,
  },
  dinput_activated: {
    ...gradientOfInput,
    about: "gradient of what LeakyReLU made some of its input of",
    store: STORE_INPUT_GRADIENT.dinput_activated,
  },
} as const;

function body(variant: TiledHalo): string {
  const { tiling } = variant;
  const { rows, width, columns, slice } = tiling;
  const { [variant.name]: pass } = PASSES;
  const kernel = tiledKernel({
    entryPoint: entryPoint(variant),
    tiling,
    left: "rows",
    rowsTogether: 1,
    before: [
      `let first_column = group.x * ${columns / 4}u;`,
      `let place = place_of(group.y, vec2(${rows / width}u, ${width}u));`,
      `let depth = ${pass.depth};`,
      `let slices = (depth + ${slice / 4 - 1}u) / ${slice / 4}u;`,
      "var k = 0u;",
    ],
    loaders: [pictureLoader(tiling, pass.picture, pass.depth), pass.weights(tiling)],
    advance: [],
    step: slice / 4,
    store: (row, column, value) =>
      `store(pixel_of(place, vec2<i32>(vec2((${row}) / ${width}u, (${row}) % ${width}u)), 1u), ` +
      `first_column + ${column}, ${value});`,
  });
  return `${PLACES}
fn store(place: Source, column: u32, sum: vec4<f32>) {
  let pixel = place.first;
  if (place.inside > 0.0 && column < ${pass.slots}) { ${pass.store}; }
}

${kernel}`;
}

function code(variant: TiledHalo): string {
  const { rows, width, columns } = variant.tiling;
  return `// convolution_tiled_halo: 3x3 convolution of stride 1 and the gradient of its input in tiles of a picture.
// Generated. Shapes, layouts and a readable kernel of the same function: convolution_direct.wgsl, whose declarations are
// repeated here as far as they are needed.
// A workgroup owns ${rows / width} x ${width} pixels x ${columns} channels.

${withDeclarations(readable, body(variant))}`;
}

export const tiledHalo: KernelFamily<TiledHalo> = {
  label: "convolution_tiled_halo",
  about: ({ name, tiling }) =>
    `${PASSES[name].about}, 3x3 of stride 1, in tiles of a picture, ${tilingName(tiling)}`,
  readable: "convolution_direct.wgsl",
  variants: HALO_NAMES.flatMap((name) => HALO_TILINGS.map((tiling) => ({ name, tiling }))),
  entryPoint,
  bindings: ({ name }) => DIRECT_BINDINGS[name],
  code,
};
