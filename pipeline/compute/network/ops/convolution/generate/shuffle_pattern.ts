/**
 * The pattern of the kernels for subgroups of exactly eight lanes: a group of `lanes` lanes (8, 4 or 2 of a subgroup of eight) owns 32 rows of the result
 * and `lanes` vec4 of its columns, in 32 accumulators. Each trip, a lane loads four rows of the right matrix and its
 * share of the rows of the left one; each of these is then broadcast to the group, so that a row is fetched once for all.
 */
import { LANES, type Lanes } from "../choice.ts";
import { lines, range } from "./text.ts";

/** Rows of the result that a group of lanes owns. */
export const ROWS = 32;

/** A function of the readable file, for groups of so many lanes. */
export interface ShuffleVariant<Name> {
  readonly name: Name;
  readonly lanes: Lanes;
}

/** Each function for each size of group. */
export function shuffleVariants<Name>(names: readonly Name[]): ShuffleVariant<Name>[] {
  return names.flatMap((name) => LANES.map((lanes) => ({ name, lanes })));
}

/** Name of the entry point of a variant. */
export const shuffleEntryPoint = ({ name, lanes }: ShuffleVariant<string>) => `${name}_${lanes}`;

// The lane that holds row `row` of `lanes` per vector; written so that eight lanes give a constant.
const laneOf = (row: number, lanes: number) =>
  lanes === 8 ? `${row % 8}u` : `first_lane + ${row % lanes}u`;

/** The value `name` of a row, broadcast from the lane that holds it. */
export const broadcast = (name: string, row: number, lanes: number) =>
  `subgroupShuffle(${name}${Math.floor(row / lanes)}, ${laneOf(row, lanes)})`;

/** All accumulators. */
export const accumulators = (start: string) => range(ROWS).map((row) => `var a${row} = ${start};`);

/** a += left row x times the four rows w of the right matrix. */
export const multiply = (lanes: number) =>
  range(ROWS).map((row) =>
    `x = ${broadcast("x", row, lanes)}; ` +
    `a${row} += x.x * w0; a${row} += x.y * w1; a${row} += x.z * w2; a${row} += x.w * w3;`
  );

/** a += rows of left, as columns, times rows d of the right matrix, for two rows p and q at once. */
export const correlateRows = (lanes: number) =>
  range(8).flatMap((m) => [
    `let p${m} = ${broadcast("x0_", m, lanes)}; let q${m} = ${broadcast("x1_", m, lanes)};`,
    ...["x", "y", "z", "w"].map((part, j) =>
      `a${4 * m + j} += p${m}.${part} * d0; a${4 * m + j} += q${m}.${part} * d1;`
    ),
  ]);

/** Four rows w of the right matrix, which lies as it is used or transposed. */
export const loadRight = (array: string, transposed: boolean) =>
  transposed
    ? [
      ...range(4).map((j) => `let v${j} = ${array}[w + ${j}u * right_step];`),
      ...["x", "y", "z", "w"].map((part, j) =>
        `let w${j} = vec4(v0.${part}, v1.${part}, v2.${part}, v3.${part});`
      ),
    ]
    : range(4).map((j) => `let w${j} = ${array}[w + ${j}u * right_step];`);

/** The head of an entry point: its lane, column, and the first of the `unit` rows of its group. @param more parameters */
export const entryPoint = (name: string, lanes: number, unit: number, more = "") => `
@compute @workgroup_size(8)
fn ${name}_${lanes}(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) local: u32${more}) {
${
  lines([
    `let lane = local % ${lanes}u;`,
    ...(lanes === 8 ? [] : [`let first_lane = local - lane;`]),
    `let column = group.x * ${lanes}u + lane;`,
    `let first = (group.y * ${8 / lanes}u + local / ${lanes}u) * ${unit}u;`,
  ], 2)
}`;
