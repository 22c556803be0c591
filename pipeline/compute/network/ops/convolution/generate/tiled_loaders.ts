/** Loaders of the right operand, for all products in tiles: a matrix that lies as it is used, and one that lies transposed. */
import { range } from "./text.ts";
import { type Loader, plus, spread } from "./tiled_body.ts";
import { threadsOf, type Tiling } from "./tiling.ts";

const PARTS = ["x", "y", "z", "w"];

interface Matrix {
  /** The buffer. */
  readonly values: string;
  /** vec4 between its rows. */
  readonly stride: string;
  /** Columns that there are, in vec4; beyond them the last one is read, for results that are not stored. */
  readonly columns: string;
  /** vec4 of the sum. */
  readonly depth: string;
}

/**
 * Rows along the sum, vec4 along the columns.
 * @param start index of its first vec4
 */
export function matrixRows(tiling: Tiling, matrix: Matrix & { start: string }): Loader {
  const { values, stride, columns, depth, start } = matrix;
  const wide = tiling.columns / 4, together = threadsOf(tiling) / wide;
  const share = range(tiling.slice / together);
  const row = (e: number) => plus("right_k", e * together);
  return {
    before: [
      `let right_n = local % ${wide}u;`,
      `let right_k = local / ${wide}u;`,
      `let right_at = ${start} + min(first_column + right_n, ${columns} - 1u);`,
      // Beyond the sum its last row, which meets zeros.
      `let last_k = 4u * ${depth} - 1u;`,
    ],
    registers: share.map((e) => `q${e}`),
    load: share.map((e) =>
      `q${e} = ${values}[right_at + min(4u * k + ${row(e)}, last_k) * ${stride}];`
    ),
    store: (array) => share.map((e) => `${array}[${row(e)}][right_n] = q${e};`),
  };
}

/**
 * Rows along the columns, vec4 along the sum: a thread turns squares of 4 x 4. It keeps the vec4 `own_k` of each slice.
 * @param at index of the first row's vec4 of this thread, at the present slice
 */
export function matrixColumns(tiling: Tiling, matrix: Matrix & { at: string }): Loader {
  const { values, stride, columns, depth, at } = matrix;
  const threads = threadsOf(tiling), fours = tiling.slice / 4;
  const squares = tiling.columns / 4 * fours;
  const share = range(Math.max(1, squares / threads));
  const some = squares < threads ? `local < ${squares}u` : undefined;
  const inside = (condition: string | undefined, statements: string[]) =>
    condition ? [`if (${condition}) {`, ...statements.map((line) => `  ${line}`), "}"] : statements;
  return {
    before: share.flatMap((e) => [
      `let right_n${e} = ${spread("local", threads, fours, e).slow};`,
      `let right_at${e} = 4u * min(first_column + right_n${e}, ${columns} - 1u) * ${stride};`,
    ]),
    registers: share.flatMap((e) => range(4).map((i) => `q${e}_${i}`)),
    load: inside(
      [`k + own_k < ${depth}`, some].filter(Boolean).join(" && "),
      [
        `let right_k = ${at};`,
        ...share.flatMap((e) =>
          range(4).map((i) => `q${e}_${i} = ${values}[right_k + right_at${e} + ${i}u * ${stride}];`)
        ),
      ],
    ),
    store: (array) =>
      inside(
        some,
        share.flatMap((e) =>
          PARTS.map((part, i) => {
            const turned = range(4).map((j) => `q${e}_${j}.${part}`).join(", ");
            return `${array}[4u * own_k + ${i}u][right_n${e}] = vec4(${turned});`;
          })
        ),
      ),
  };
}
