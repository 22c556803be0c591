/**
 * Writes kernels/convolution_shuffle_*.wgsl: matrix products for subgroups of exactly eight lanes, whose 32 accumulators and
 * broadcasts must be written out. Readable kernels of the same function stand beside them (convolution_direct,
 * convolution_gemm). A test checks that the committed files equal what this prints; after a change run
 *   deno run --allow-write=kernels tools/generate_kernels.ts
 *
 * The pattern: a group of `lanes` lanes (8, 4 or 2 of the subgroup) owns 32 rows of the result and `lanes` vec4 of its
 * columns. Each trip, a lane loads four rows of the right matrix and its share of the rows of the left one; each of
 * these is then broadcast to the group, so that a row is fetched once for all.
 */

const ROWS = 32;
const LANES = [8, 4, 2] as const;

const range = (count: number) => Array.from({ length: count }, (_, index) => index);
const lines = (parts: readonly string[], indent: number) =>
  parts.map((part) => " ".repeat(indent) + part).join("\n");

// The lane that holds row `row` of `lanes` per vector; written so that eight lanes give a constant.
const laneOf = (row: number, lanes: number) =>
  lanes === 8 ? `${row % 8}u` : `first_lane + ${row % lanes}u`;

const accumulators = (start: string) => range(ROWS).map((row) => `var a${row} = ${start};`);

// a += left row times the four rows of the right matrix.
const multiply = (lanes: number) =>
  range(ROWS).map((row) =>
    `x = subgroupShuffle(x${Math.floor(row / lanes)}, ${laneOf(row, lanes)}); ` +
    `a${row} += x.x * w0; a${row} += x.y * w1; a${row} += x.z * w2; a${row} += x.w * w3;`
  );

// Four rows of the right matrix, stored as it is used or transposed.
const loadRight = (array: string, transposed: boolean) =>
  transposed
    ? [
      ...range(4).map((j) => `let v${j} = ${array}[w + ${j}u * right_step];`),
      ...["x", "y", "z", "w"].map((part, j) =>
        `let w${j} = vec4(v0.${part}, v1.${part}, v2.${part}, v3.${part});`
      ),
    ]
    : range(4).map((j) => `let w${j} = ${array}[w + ${j}u * right_step];`);

const INVOCATION =
  `@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32`;

const groupOf = (lanes: number, unit: number) => [
  `let lane = local % ${lanes}u;`,
  ...(lanes === 8 ? [] : [`let first_lane = local - lane;`]),
  `let column = group.x * ${lanes}u + lane;`,
  `let first = (group.y * ${8 / lanes}u + local / ${lanes}u) * ${unit}u;`,
];

function gemm(lanes: number, transposed: boolean): string {
  const share = range(ROWS / lanes);
  return `
@compute @workgroup_size(8)
fn multiply_${transposed ? "transposed_" : ""}${lanes}(${INVOCATION}) {
${lines(groupOf(lanes, ROWS), 2)}
  if (first >= params.rows) { return; }
  let n = min(column, params.columns - 1u);
  let plane = group.z;
  let block = 8u * 36u * params.inner;
  let left_start = (first / 8u * 36u + plane) * params.inner * 8u;
${
    lines(
      share.map((i) => {
        const row = i * lanes;
        return `let left${i} = left_start + ${Math.floor(row / 8)}u * block + lane + ${row % 8}u;`;
      }),
      2,
    )
  }
${
    lines(
      transposed
        ? [
          "let right_start = (plane * params.columns + n) * 4u * params.inner;",
          "let right_step = params.inner;",
        ]
        : [
          "let right_start = plane * 4u * params.inner * params.columns + n;",
          "let right_step = params.columns;",
        ],
      2,
    )
  }
  var x: vec4<f32>;
${lines(accumulators("vec4(0.0)"), 2)}
  for (var k = 0u; k < params.inner; k++) {
    let w = right_start + ${transposed ? "k" : "4u * k * right_step"};
${lines(loadRight("right", transposed), 4)}
${lines(share.map((i) => `let x${i} = left[left${i} + 8u * k];`), 4)}
${lines(multiply(lanes), 4)}
  }
  if (column >= params.columns) { return; }
  let result_block = 8u * 36u * params.columns;
  let target_start = ((first / 8u * 36u + plane) * params.columns + column) * 8u;
${
    lines(
      range(ROWS).map((row) =>
        `result[target_start + ${Math.floor(row / 8)}u * result_block + ${row % 8}u] = a${row};`
      ),
      2,
    )
  }
}
`;
}

function correlate(lanes: number): string {
  const share = range(8 / lanes), trips = range(2);
  return `
@compute @workgroup_size(8)
fn correlate_${lanes}(${INVOCATION}) {
${lines(groupOf(lanes, 8), 2)}
  if (first >= params.inner) { return; }
  let n = min(column, params.columns - 1u);
  let plane = group.z;
${lines(share.map((i) => `let m${i} = min(first + lane + ${i * lanes}u, params.inner - 1u);`), 2)}
${lines(accumulators("vec4(0.0)"), 2)}
  for (var t = 0u; t < params.rows; t += 2u) {
    let start = t / 8u * 36u + plane;
    let d_start = (start * params.columns + n) * 8u + t % 8u;
${lines(trips.map((u) => `let d${u} = right[d_start + ${u}u];`), 4)}
${
    lines(
      share.map((i) => `let left${i} = (start * params.inner + m${i}) * 8u + t % 8u;`),
      4,
    )
  }
${lines(trips.flatMap((u) => share.map((i) => `let x${u}_${i} = left[left${i} + ${u}u];`)), 4)}
${
    lines(
      range(8).flatMap((m) => {
        const from = (u: number) =>
          `subgroupShuffle(x${u}_${Math.floor(m / lanes)}, ${laneOf(m, lanes)})`;
        return [
          `let p${m} = ${from(0)}; let q${m} = ${from(1)};`,
          ...["x", "y", "z", "w"].map((part, j) =>
            `a${4 * m + j} += p${m}.${part} * d0; a${4 * m + j} += q${m}.${part} * d1;`
          ),
        ];
      }),
      4,
    )
  }
  }
  if (column >= params.columns) { return; }
  let target_start = (plane * params.inner + first) * 4u * params.columns + column;
${
    lines(
      range(8).map((m) =>
        `if (first + ${m}u < params.inner) { ` +
        range(4).map((j) =>
          `result[target_start + ${4 * m + j}u * params.columns] = a${4 * m + j};`
        ).join(" ") +
        ` }`
      ),
      2,
    )
  }
}
`;
}

const GENERATED = "Written by tools/generate_kernels.ts; change it there.";

/** The batched products between Winograd's transforms. */
function gemmFile(): string {
  return `// convolution_shuffle_gemm: 36 matrix products, one per plane, for subgroups of eight lanes. ${GENERATED}
// The same functions, readable: convolution_gemm.wgsl, where shapes and layouts are explained.
// A group of NAME_8, _4 or _2 lanes owns 32 rows x as many vec4 of columns (multiply), or 8 x 4 rows (correlate).

struct Params {
  rows: u32, // tiles, a multiple of 32
  inner: u32, // vec4
  columns: u32, // vec4
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> left: array<vec4<f32>>;
@group(0) @binding(2) var<storage, read> right: array<vec4<f32>>;
@group(0) @binding(3) var<storage, read_write> result: array<vec4<f32>>;
${LANES.map((lanes) => gemm(lanes, false)).join("")}${
    LANES.map((lanes) => gemm(lanes, true)).join("")
  }${LANES.map(correlate).join("")}`;
}

/** All generated files by name. */
export function generateKernels(): Map<string, string> {
  return new Map([["convolution_shuffle_gemm.wgsl", gemmFile()]]);
}

if (import.meta.main) {
  for (const [name, text] of generateKernels()) {
    Deno.writeTextFileSync(new URL(`../kernels/${name}`, import.meta.url), text);
  }
}
