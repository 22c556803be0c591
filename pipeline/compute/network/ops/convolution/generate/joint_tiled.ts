/**
 * The weight gradients of up to three convolutions in tiles of one kind, in one dispatch: the kernel for one (tiled_direct_sums.ts)
 * with the params of the workgroup's convolution. Which buffer it reads, all threads of a workgroup agree on, so a choice at each
 * load costs a GPU little.
 */
import { MOST_TOGETHER } from "../together.ts";
import type { KernelFamily } from "./family.ts";
import { lines, range } from "./text.ts";
import { tiledDirect } from "./tiled_direct.ts";
import { CANDIDATES, threadsOf, type Tiling, tilingName, TILINGS } from "./tiling.ts";

/** Buffers that each convolution has for itself. */
const INPUTS = ["x_values", "dout"];
const SETS = range(MOST_TOGETHER);
/** What a convolution's params begin with; an array of a uniform wants whole vec4. */
const OWN = ["first_group", "columns", "rows", "first_sum", "first_bias_sum"];

const entryPoint = (tiling: Tiling) => `dweight_${tilingName(tiling)}`;

/** Params of a convolution: of its workgroups and where its results begin, then those of the kernel for one. */
export function jointParams<Param>(
  own: readonly number[],
  ofOne: readonly Param[],
): (number | Param)[] {
  const all = [...own, ...ofOne];
  return [...all, ...new Array<number>(-all.length & 3).fill(0)];
}

// The fields of a struct of u32, of which a line holds some.
const fieldsOf = (struct: string) => struct.replaceAll(/\/\/.*$/gm, "").match(/\w+(?=: u32)/g)!;

function code(tiling: Tiling): string {
  const text = tiledDirect.code({ name: "dweight", tiling })
    .replaceAll(/^(\/\/|@group).*\n/gm, "").trim();
  const [struct] = text.match(/^struct Params \{[^]*?^\}/m)!;
  const [head] = text.match(/^@compute.*\nfn \w+\(.*\) \{/m)!;
  const fields = [...OWN, ...fieldsOf(struct)];
  const padding = range(-fields.length & 3).map((i) => `padding_${i}`);
  const ofOne = text
    .replace(
      struct,
      `struct Params {\n${lines([...fields, ...padding].map((name) => `${name}: u32,`), 2)}\n}`,
    )
    .replace(head, "fn gradients_of_one(params: Params, group: vec3<u32>, index: u32) {")
    .replaceAll(new RegExp(`\\b(${INPUTS.join("|")})\\[([^\\]]+)\\]`, "g"), "$1_at($2)")
    .replaceAll(/\bresult\[/g, "result[params.first_sum + ")
    .replaceAll(/\bbias_sums\[/g, "bias_sums[params.first_bias_sum + ");
  const inputs = SETS.flatMap((set) => INPUTS.map((input) => `${input}_${set + 1}`));
  const bindings = inputs
    .map((name, i) => `@group(0) @binding(${i + 1}) var<storage, read> ${name}: array<vec4<f32>>;`);
  const readers = INPUTS.map((input) => `
fn ${input}_at(index: u32) -> vec4<f32> {
${
    lines(
      SETS.slice(1).map((set) => `if (own == ${set}u) { return ${input}_${set + 1}[index]; }`),
      2,
    )
  }
  return ${input}_1[index];
}
`);
  const choices = SETS.slice(1).map((set) =>
    `if (workgroup.x >= sets.given[${set}].first_group) { index = ${set}u; mine = sets.given[${set}]; }`
  );
  return `// convolution_joint_tiled: partial sums of the gradients of up to three convolutions' weights and biases, in tiles.
// Generated. The kernel for one is generated as well, convolution_tiled_direct. params and own are those of the workgroup's
// convolution; a compiler that asks for uniform control flow around barriers knows the arguments as such.

struct Sets { given: array<Params, ${MOST_TOGETHER}> }

@group(0) @binding(0) var<uniform> sets: Sets;
${lines(bindings, 0)}
@group(0) @binding(${inputs.length + 1}) var<storage, read_write> result: array<vec4<f32>>;
@group(0) @binding(${inputs.length + 2}) var<storage, read_write> bias_sums: array<vec4<f32>>;
var<private> params: Params;
var<private> own: u32;
${readers.join("")}
${ofOne}

@compute @workgroup_size(${threadsOf(tiling)})
fn ${
    entryPoint(tiling)
  }(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) thread: u32) {
  var index = 0u;
  var mine = sets.given[0];
${lines(choices, 2)}
  own = index;
  params = mine;
  let place = workgroup.x - mine.first_group;
  let tile = vec3(place % mine.columns, place / mine.columns % mine.rows, place / (mine.columns * mine.rows));
  gradients_of_one(mine, tile, thread);
}
`;
}

/** Params of an absent convolution begin behind the last workgroup; its inputs are bound, but not read. */
export const jointTiled: KernelFamily<Tiling> = {
  label: "convolution_joint_tiled",
  about: (tiling) =>
    `partial sums of the gradients of three weights at once, in tiles, ${tilingName(tiling)}`,
  readable: "convolution_direct.wgsl",
  variants: [...TILINGS, ...CANDIDATES],
  entryPoint,
  bindings: () => ({ reads: INPUTS.length * MOST_TOGETHER, writes: 2 }),
  code,
};
