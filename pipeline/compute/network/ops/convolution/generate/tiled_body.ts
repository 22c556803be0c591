/**
 * The inner product of all kernels in tiles. A workgroup owns a tile of the result; slices of both operands go through
 * workgroup memory, and each thread adds up its rows x vec4 of columns in named variables. What an operand is, its loader
 * says: how a thread fetches its share of a slice into registers, and where these go in workgroup memory. The next slice is
 * fetched before the present one is used. Two shapes of the left operand: "rows", vec4 along the sum; "columns", vec4 along
 * the rows of the result, for sums of outer products. The outer index of workgroup memory is a literal or one for all threads.
 */
import { lines, range } from "./text.ts";
import { threadsOf, type Tiling } from "./tiling.ts";

/** How one operand gets into workgroup memory. */
export interface Loader {
  /** Before the first slice. */
  readonly before: readonly string[];
  /** Registers that hold a thread's share of a slice. */
  readonly registers: readonly string[];
  /** Fills the registers with the share of the slice that begins at `k`; zero beyond the sum. */
  readonly load: readonly string[];
  /** Stores the registers into the array of that name. */
  readonly store: (array: string) => readonly string[];
}

export interface TiledKernel {
  readonly entryPoint: string;
  readonly tiling: Tiling;
  readonly left: "rows" | "columns";
  /** Neighbouring threads that take neighbouring rows, the others neighbouring columns: as the result lies in memory. */
  readonly rowsTogether: 1 | 8;
  /** Declares `slices` and what the loaders want. */
  readonly before: readonly string[];
  readonly loaders: readonly [Loader, Loader];
  /** After each load; `k` moves by itself. */
  readonly advance: readonly string[];
  /** By how much `k` moves: it counts single summands, or vec4 of them. */
  readonly step: number;
  /** Stores a vec4 of the result at the row and the vec4 of columns `column` of the tile, both expressions. */
  readonly store: (row: string, column: string, value: string) => string;
}

const PARTS = ["x", "y", "z", "w"];

/** A sum whose second part is known. */
export const plus = (text: string, offset: number) => offset === 0 ? text : `${text} + ${offset}u`;

/** Where element `element` of a thread lies, elements of all threads counted through with `fast` of them in a row. */
export function spread(thread: string, threads: number, fast: number, element: number) {
  return threads >= fast
    ? {
      fast: `${thread} % ${fast}u`,
      slow: plus(`${thread} / ${fast}u`, element * threads / fast),
    }
    : {
      fast: plus(thread, element * threads % fast),
      slow: `${Math.floor(element * threads / fast)}u`,
    };
}

/** Declares where the tile of a workgroup begins: the first row, and the first vec4 of columns. */
export const tileOrigin = ({ rows, columns }: Tiling) => [
  `let first_row = group.y * ${rows}u;`,
  `let first_column = group.x * ${columns / 4}u;`,
];

const threadsAlong = ({ rows, columns, threadRows, threadColumns }: Tiling) => ({
  rows: rows / threadRows,
  columns: columns / threadColumns,
});

const sumName = (row: number, column: number) => `s${row}_${column}`;

function sumsOf({ threadRows, threadColumns }: Tiling): string[] {
  return range(threadRows).flatMap((row) =>
    range(threadColumns / 4).map((column) => sumName(row, column))
  );
}

// Four summands of all results of a thread; `four` counts such groups, a number or the name of a variable.
function fourSummands({ tiling, left }: TiledKernel, buffer: number, four: number | string) {
  const along = threadsAlong(tiling), columns = range(tiling.threadColumns / 4);
  const group = typeof four === "number" ? `${four}u` : four;
  const outer = (part: number) =>
    typeof four === "number" ? `${4 * four + part}u` : plus(`4u * ${four}`, part);
  const right = (part: number) =>
    columns.map((j) =>
      `let w${part}_${j} = right_tile${buffer}[${outer(part)}][${plus("tx", along.columns * j)}];`
    );
  const add = (row: number, factor: string, part: number) =>
    columns.map((j) => `${sumName(row, j)} += ${factor} * w${part}_${j};`).join(" ");
  if (left === "rows") {
    return [
      ...range(4).flatMap(right),
      ...range(tiling.threadRows).flatMap((row) => [
        `let x${row} = left_tile${buffer}[${group}][${plus("ty", along.rows * row)}];`,
        PARTS.map((part, index) => add(row, `x${row}.${part}`, index)).join(" "),
      ]),
    ];
  }
  return range(4).flatMap((part) => [
    ...right(part),
    ...range(tiling.threadRows / 4).flatMap((four) => [
      `let x${part}_${four} = left_tile${buffer}[${outer(part)}][${
        plus("ty", along.rows * four)
      }];`,
      PARTS.map((name, index) => add(4 * four + index, `x${part}_${four}.${name}`, part)).join(" "),
    ]),
  ]);
}

function slice(kernel: TiledKernel, buffer: number): string[] {
  const { tiling } = kernel;
  const fours = tiling.slice / 4;
  if (tiling.unrolled) {
    return range(fours).flatMap((four) => [
      "{",
      ...fourSummands(kernel, buffer, four).map((line) => `  ${line}`),
      "}",
    ]);
  }
  return [
    `for (var four = 0u; four < ${fours}u; four++) {`,
    ...fourSummands(kernel, buffer, "four").map((line) => `  ${line}`),
    "}",
  ];
}

function workgroupArrays({ tiling, left }: TiledKernel): string[] {
  const { rows, columns, slice, buffers } = tiling;
  const leftType = left === "rows"
    ? `array<array<vec4<f32>, ${rows}>, ${slice / 4}>`
    : `array<array<vec4<f32>, ${rows / 4}>, ${slice}>`;
  return range(buffers).flatMap((buffer) => [
    `var<workgroup> left_tile${buffer}: ${leftType};`,
    `var<workgroup> right_tile${buffer}: array<array<vec4<f32>, ${columns / 4}>, ${slice}>;`,
  ]);
}

function slicesLoop(kernel: TiledKernel): string[] {
  const { loaders, advance, step, tiling } = kernel;
  const indented = (parts: readonly string[]) => parts.map((part) => `  ${part}`);
  const load = [
    "{",
    ...indented([...loaders.flatMap((loader) => loader.load), `k += ${step}u;`, ...advance]),
    "}",
  ];
  const store = (buffer: number) => [
    ...loaders[0].store(`left_tile${buffer}`),
    ...loaders[1].store(`right_tile${buffer}`),
  ];
  if (tiling.buffers === 1) {
    return [
      ...load,
      "for (var s = 0u; s < slices; s++) {",
      ...indented([...store(0), "workgroupBarrier();", ...load, ...slice(kernel, 0)]),
      "  workgroupBarrier();",
      "}",
    ];
  }
  // One slice too many, of zeros, where their number is odd.
  return [
    ...load,
    ...store(0),
    "workgroupBarrier();",
    "for (var s = 0u; s < slices; s += 2u) {",
    ...indented([...load, ...slice(kernel, 0), ...store(1), "workgroupBarrier();"]),
    ...indented([...load, ...slice(kernel, 1), ...store(0), "workgroupBarrier();"]),
    "}",
  ];
}

function stores({ tiling, left, store }: TiledKernel): string[] {
  const along = threadsAlong(tiling);
  return range(tiling.threadRows).flatMap((row) => {
    const place = left === "rows"
      ? plus("ty", along.rows * row)
      : plus(`4u * (${plus("ty", along.rows * Math.floor(row / 4))})`, row % 4);
    return range(tiling.threadColumns / 4).map((column) =>
      store(place, plus("tx", along.columns * column), sumName(row, column))
    );
  });
}

/** Workgroup memory and the entry point. REVERSED turns the order of the threads, which changes no bit of the result. */
export function tiledKernel(kernel: TiledKernel): string {
  const { entryPoint, tiling, rowsTogether, before, loaders } = kernel;
  const threads = threadsOf(tiling), along = threadsAlong(tiling);
  const map = rowsTogether === 1
    ? [`let tx = local % ${along.columns}u;`, `let ty = local / ${along.columns}u;`]
    : [
      `let tx = local / ${rowsTogether}u % ${along.columns}u;`,
      `let ty = local % ${rowsTogether}u + local / ${
        rowsTogether * along.columns
      }u * ${rowsTogether}u;`,
    ];
  const registers = loaders.flatMap((loader) => loader.registers);
  return `override REVERSED: bool = false;

${lines(workgroupArrays(kernel), 0)}

@compute @workgroup_size(${threads})
fn ${entryPoint}(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let local = select(index, ${threads - 1}u - index, REVERSED);
${lines([...map, ...before, ...loaders.flatMap((loader) => loader.before)], 2)}
${lines(registers.map((name) => `var ${name} = vec4(0.0);`), 2)}
${lines(sumsOf(tiling).map((name) => `var ${name} = vec4(0.0);`), 2)}
${lines(slicesLoop(kernel), 2)}
${lines(stores(kernel), 2)}
}
`;
}
