/**
 * The inner product of all kernels in tiles. A workgroup owns a tile of the result; slices of both operands go through
 * workgroup memory, and each thread adds up its rows x vec4 of columns in named variables. What an operand is, its loader
 * says: how a thread fetches its share of a slice into registers, and where these go in workgroup memory. The next slice is
 * fetched before the present one is used. Two shapes of the left operand: "rows", vec4 along the sum; "columns", vec4 along
 * the rows of the result, for sums of outer products. In a tile of a picture rows are pixels, and a slice serves all nine taps.
 * The outer index of workgroup memory is a literal or one for all threads.
 */
import { lines, range } from "./text.ts";
import { haloPixels, type HaloTiling, isHalo, threadsOf, type Tiling } from "./tiling.ts";

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

/** Sums of the right operand's columns over the whole sum, by the way. */
export interface ColumnSums {
  /** Where the registers hold summands of a thread's own. */
  readonly condition: string;
  /** Row and vec4 of columns of a register in its slice, both expressions. */
  readonly place: (register: number) => readonly [row: string, column: string];
  /** Stores the sum of a vec4 of columns of the tile. */
  readonly store: (column: string, value: string) => string;
}

export interface TiledKernel {
  readonly entryPoint: string;
  readonly tiling: Tiling;
  readonly left: "rows" | "columns";
  /** Neighbouring threads that take neighbouring rows, the others neighbouring columns: as the result lies in memory. */
  readonly rowsTogether: 1 | 8;
  /** Declares `slices` and what the loaders want; for a picture also `depth`, the vec4 of a pixel. */
  readonly before: readonly string[];
  readonly loaders: readonly [Loader, Loader];
  /** After each load; `k` moves by itself. */
  readonly advance: readonly string[];
  /** By how much `k` moves: it counts single summands, or vec4 of them. */
  readonly step: number;
  /** Stores a vec4 of the result at the row and the vec4 of columns `column` of the tile, both expressions. */
  readonly store: (row: string, column: string, value: string) => string;
  readonly columnSums?: ColumnSums;
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

// One of four summands: its right operands, the vec4 of columns of a thread.
function rightOf(tiling: Tiling, buffer: number, part: number, outer: string): string[] {
  const along = threadsAlong(tiling);
  return range(tiling.threadColumns / 4).map((j) =>
    `let w${part}_${j} = right_tile${buffer}[${outer}][${plus("tx", along.columns * j)}];`
  );
}

// Adds one summand to all columns of a row.
function addTo(tiling: Tiling, row: number, factor: string, part: number): string {
  return range(tiling.threadColumns / 4)
    .map((j) => `${sumName(row, j)} += ${factor} * w${part}_${j};`).join(" ");
}

// Four summands of all results of a thread, along a vec4 of each of its rows.
function rowSummands(
  tiling: Tiling,
  buffer: number,
  { row: leftAt, outer }: { row: (row: number) => string; outer: (part: number) => string },
): string[] {
  return [
    ...range(4).flatMap((part) => rightOf(tiling, buffer, part, outer(part))),
    ...range(tiling.threadRows).flatMap((row) => [
      `let x${row} = left_tile${buffer}${leftAt(row)};`,
      PARTS.map((part, index) => addTo(tiling, row, `x${row}.${part}`, index)).join(" "),
    ]),
  ];
}

// Four summands of all results of a thread; `four` counts such groups, a number or the name of a variable.
function fourSummands({ tiling, left }: TiledKernel, buffer: number, four: number | string) {
  const along = threadsAlong(tiling);
  const group = typeof four === "number" ? `${four}u` : four;
  const outer = (part: number) =>
    typeof four === "number" ? `${4 * four + part}u` : plus(`4u * ${four}`, part);
  if (left === "rows") {
    return rowSummands(tiling, buffer, {
      row: (row) => `[${group}][${plus("ty", along.rows * row)}]`,
      outer,
    });
  }
  return range(4).flatMap((part) => [
    ...rightOf(tiling, buffer, part, outer(part)),
    ...range(tiling.threadRows / 4).flatMap((four) => [
      `let x${part}_${four} = left_tile${buffer}[${outer(part)}][${
        plus("ty", along.rows * four)
      }];`,
      PARTS.map((name, index) => addTo(tiling, 4 * four + index, `x${part}_${four}.${name}`, part))
        .join(" "),
    ]),
  ]);
}

// Where a thread's pixels lie among those of the halo, for the first tap.
function pixelsInHalo(tiling: HaloTiling): string[] {
  const { width } = tiling, along = threadsAlong(tiling);
  return range(tiling.threadRows).flatMap((row) => [
    `let pixel${row} = ${plus("ty", along.rows * row)};`,
    `let at${row} = pixel${row} / ${width}u * ${
      haloPixels(tiling).across
    }u + pixel${row} % ${width}u;`,
  ]);
}

// All taps of a slice, of its last one only the vec4 that there are. A trip is a row of taps.
function haloSlice(tiling: HaloTiling): string[] {
  const { slice } = tiling;
  return [
    `let fours = min(${slice / 4}u, depth - s * ${slice / 4}u);`,
    "for (var four = 0u; four < fours; four++) {",
    "  for (var tap_row = 0u; tap_row < 3u; tap_row++) {",
    `    let along = tap_row * ${haloPixels(tiling).across}u;`,
    `    let weight = tap_row * ${3 * slice}u + 4u * four;`,
    ...range(3).flatMap((tap) => [
      "    {",
      ...rowSummands(tiling, 0, {
        row: (row) => `[four][${plus(`at${row} + along`, tap)}]`,
        outer: (part) => plus("weight", tap * slice + part),
      }).map((line) => `      ${line}`),
      "    }",
    ]),
    "  }",
    "}",
  ];
}

function slice(kernel: TiledKernel, buffer: number): string[] {
  const { tiling } = kernel;
  if (isHalo(tiling)) return haloSlice(tiling);
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
  if (isHalo(tiling)) {
    return [
      `var<workgroup> left_tile0: array<array<vec4<f32>, ${haloPixels(tiling).all}>, ${
        slice / 4
      }>;`,
      `var<workgroup> right_tile0: array<array<vec4<f32>, ${columns / 4}>, ${9 * slice}>;`,
    ];
  }
  const leftType = left === "rows"
    ? `array<array<vec4<f32>, ${rows}>, ${slice / 4}>`
    : `array<array<vec4<f32>, ${rows / 4}>, ${slice}>`;
  return range(buffers).flatMap((buffer) => [
    `var<workgroup> left_tile${buffer}: ${leftType};`,
    `var<workgroup> right_tile${buffer}: array<array<vec4<f32>, ${columns / 4}>, ${slice}>;`,
  ]);
}

const columnSum = (register: number) => `b${register}`;

function slicesLoop(kernel: TiledKernel): string[] {
  const { loaders, advance, step, tiling, columnSums } = kernel;
  const indented = (parts: readonly string[]) => parts.map((part) => `  ${part}`);
  const adds = loaders[1].registers.map((name, i) => `${columnSum(i)} += ${name};`);
  const load = [
    "{",
    ...indented([
      ...loaders.flatMap((loader) => loader.load),
      ...columnSums ? [`if (${columnSums.condition}) { ${adds.join(" ")} }`] : [],
      `k += ${step}u;`,
      ...advance,
    ]),
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
    const ofRow = left === "rows"
      ? plus("ty", along.rows * row)
      : plus(`4u * (${plus("ty", along.rows * Math.floor(row / 4))})`, row % 4);
    const place = isHalo(tiling) ? `pixel${row}` : ofRow;
    return range(tiling.threadColumns / 4).map((column) =>
      store(place, plus("tx", along.columns * column), sumName(row, column))
    );
  });
}

// What the threads have of a column lies in workgroup memory as the columns did, and is added in order.
function addColumns({ tiling, loaders }: TiledKernel, sums: ColumnSums): string[] {
  const { columns, slice } = tiling;
  const own = loaders[1].registers.map((_, i) => {
    const [row, column] = sums.place(i);
    return `right_tile0[${row}][${column}] = ${columnSum(i)};`;
  });
  const rows = range(slice).map((row) => `right_tile0[${row}u][local]`);
  return [
    ...own,
    "workgroupBarrier();",
    `if (local < ${columns / 4}u) {`,
    `  ${sums.store("local", rows.join(" + "))}`,
    "}",
  ];
}

/** Workgroup memory and the entry point. REVERSED turns the order of the threads, which changes no bit of the result. */
export function tiledKernel(kernel: TiledKernel): string {
  const { entryPoint, tiling, rowsTogether, before, loaders, columnSums } = kernel;
  const threads = threadsOf(tiling), along = threadsAlong(tiling);
  const map = rowsTogether === 1
    ? [`let tx = local % ${along.columns}u;`, `let ty = local / ${along.columns}u;`]
    : [
      `let tx = local / ${rowsTogether}u % ${along.columns}u;`,
      `let ty = local % ${rowsTogether}u + local / ${
        rowsTogether * along.columns
      }u * ${rowsTogether}u;`,
    ];
  const pixels = isHalo(tiling) ? pixelsInHalo(tiling) : [];
  const registers = [
    ...loaders.flatMap((loader) => loader.registers),
    ...columnSums ? loaders[1].registers.map((_, i) => columnSum(i)) : [],
  ];
  return `override REVERSED: bool = false;

${lines(workgroupArrays(kernel), 0)}

@compute @workgroup_size(${threads})
fn ${entryPoint}(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) index: u32) {
  let local = select(index, ${threads - 1}u - index, REVERSED);
${lines([...map, ...pixels, ...before, ...loaders.flatMap((loader) => loader.before)], 2)}
${lines(registers.map((name) => `var ${name} = vec4(0.0);`), 2)}
${lines(sumsOf(tiling).map((name) => `var ${name} = vec4(0.0);`), 2)}
${lines(slicesLoop(kernel), 2)}
${lines([...stores(kernel), ...columnSums ? addColumns(kernel, columnSums) : []], 2)}
}
`;
}
