/**
 * The weight gradient of a direct convolution as a sum of outer products in tiles of workgroup memory: rows are (tap, input
 * channel), the sum runs over a chunk of output pixels. The first row of tiles also sums the columns, for the bias.
 */
import { range } from "./text.ts";
import { type Loader, plus, tiledKernel, tileOrigin } from "./tiled_body.ts";
import { threadsOf, type Tiling } from "./tiling.ts";

/** A place in a sum over three indices, `sizes` of each, and how it moves by `step` without a division. */
export const PLACES = `fn place_of(index: u32, sizes: vec3<u32>) -> vec3<u32> {
  let row = index / sizes.z;
  return vec3(row / sizes.y, row % sizes.y, index % sizes.z);
}

fn moved(place: vec3<u32>, step: vec3<u32>, sizes: vec3<u32>) -> vec3<u32> {
  var next = place + step;
  if (next.z >= sizes.z) { next = vec3(next.x, next.y + 1u, next.z - sizes.z); }
  if (next.y >= sizes.y) { next = vec3(next.x + 1u, next.y - sizes.y, next.z); }
  return next;
}
`;

/** Declarations and entry point of the weight gradient. */
export function weightGradient(entryPoint: string, tiling: Tiling): string {
  // Threads that share a pixel take neighbouring slots.
  const together = threadsOf(tiling) / tiling.slice;
  const rows = range(tiling.rows / 4 / together), columns = range(tiling.columns / 4 / together);
  const at = (e: number) => plus("own_slot", e * together);
  const pixels: Loader = {
    before: [
      "let cells = params.kernel * params.kernel * params.input_slots;",
      "let taps = vec3(params.kernel, params.kernel, params.input_slots);",
      ...rows.flatMap((e) => [
        `let source${e} = place_of(min(first_row / 4u + ${at(e)}, cells - 1u), taps);`,
        `let tap${e} = vec2<i32>(source${e}.xy * params.dilation);`,
      ]),
    ],
    registers: rows.map((e) => `p${e}`),
    load: [
      ...rows.map((e) => `p${e} = vec4(0.0);`),
      "if (k + own_k < end) {",
      "  let corner = vec3<i32>(vec3(place.x * params.height, place.yz * params.stride)) - vec3(0, vec2(i32(params.padding)));",
      ...rows.flatMap((e) => [
        `  let pixel${e} = input_of(corner, tap${e});`,
        `  if (pixel${e}.inside > 0.0) { p${e} = x_values[pixel${e}.first + source${e}.z]; }`,
      ]),
      "}",
    ],
    store: (array) => rows.map((e) => `${array}[own_k][${at(e)}] = p${e};`),
  };
  const gradients: Loader = {
    before: columns.map((e) =>
      `let right_at${e} = min(first_column + ${at(e)}, params.output_slots - 1u);`
    ),
    registers: columns.map((e) => `q${e}`),
    load: columns.map((e) =>
      `q${e} = dout[min(k + own_k, end - 1u) * params.output_slots + right_at${e}];`
    ),
    store: (array) => columns.map((e) => `${array}[own_k][${at(e)}] = q${e};`),
  };
  return `@group(0) @binding(4) var<storage, read_write> bias_sums: array<vec4<f32>>; // [chunk][output slot]

fn store(chunk: u32, row: u32, column: u32, sum: vec4<f32>) {
  let rows = 4u * params.kernel * params.kernel * params.input_slots;
  if (row < rows && column < params.output_slots) {
    result[(chunk * rows + row) * params.output_slots + column] = sum;
  }
}

fn store_column_sum(chunk: u32, column: u32, sum: vec4<f32>) {
  if (column < params.output_slots) { bias_sums[chunk * params.output_slots + column] = sum; }
}

${
    tiledKernel({
      entryPoint,
      tiling,
      left: "columns",
      rowsTogether: 1,
      before: [
        ...tileOrigin(tiling),
        "let sizes = vec3(params.batch, params.output_height, params.output_width);",
        "let end = min((group.z + 1u) * params.chunk, sizes.x * sizes.y * sizes.z);",
        "var k = group.z * params.chunk;",
        `let slices = (end - k + ${tiling.slice - 1}u) / ${tiling.slice}u;`,
        `let own_k = local / ${together}u;`,
        `let own_slot = local % ${together}u;`,
        `let step = place_of(${tiling.slice}u, sizes);`,
        "var place = place_of(k + own_k, sizes);",
      ],
      loaders: [pixels, gradients],
      advance: ["place = moved(place, step, sizes);"],
      step: tiling.slice,
      store: (row, column, value) =>
        `store(group.z, first_row + ${row}, first_column + ${column}, ${value});`,
      columnSums: {
        condition: "first_row == 0u && k + own_k < end",
        place: (register) => ["own_k", at(register)],
        store: (column, value) =>
          `if (first_row == 0u) { store_column_sum(group.z, first_column + ${column}, ${value}); }`,
      },
    })
  }`;
}
