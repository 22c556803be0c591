/**
 * The gradients of up to three convolutions' weights and biases in one dispatch, for small pictures, whose dispatches do little:
 * the kernel for one, with the params of the workgroup's convolution. Its loop over pixels stands there once for each, since a
 * choice of the buffer within it costs a CPU driver more than the dispatches did.
 */
import readable from "../../../../../../kernels/network/convolution_direct.wgsl" with {
  type: "text",
};
import { LANES, type Lanes } from "../choice.ts";
import { MOST_TOGETHER } from "../together.ts";
import type { KernelFamily } from "./family.ts";
import { shuffleDirect } from "./shuffle_direct.ts";
import { lines, range, withDeclarations } from "./text.ts";

/** A readable entry point, or the generated kernel for groups of so many lanes. */
export type JointVariant = "dweight" | "dweight_single" | Lanes;

/** Buffers that each convolution has for itself; all write into the flat gradients. */
const INPUTS = ["x_values", "dout"];
const SETS = range(MOST_TOGETHER);

const entryPoint = (variant: JointVariant) =>
  typeof variant === "string" ? variant : `dweight_${variant}`;

function codeOfOne(variant: JointVariant): string {
  if (typeof variant !== "string") return shuffleDirect.code({ name: "dweight", lanes: variant });
  const [body] = readable.match(new RegExp(`^@compute.*\\nfn ${variant}\\([^]*?^}\\n`, "m"))!;
  return withDeclarations(readable, body);
}

/** What an entry point is called with, by the name of the built-in value; `place` counts the convolution's workgroups. */
function argumentsOf(parameters: string, size: string): string {
  const { columns, rows } = { columns: "mine.columns", rows: "mine.rows" };
  const values: Record<string, string> = {
    workgroup_id:
      `vec3(place % ${columns}, place / ${columns} % ${rows}, place / (${columns} * ${rows}))`,
    local_invocation_index: "local",
    global_invocation_id: `vec3(${size}u * place + local, 0u, 0u)`,
    num_workgroups: `vec3(${columns}, ${rows}, 1u)`,
  };
  return [...parameters.matchAll(/@builtin\((\w+)\)/g)].map(([, name]) => values[name]).join(", ");
}

// The functions that read and the loop over pixels once for each convolution; what reads elsewhere chooses.
function forEach(text: string): string {
  const readers = [...text.matchAll(/^fn (read_\w+)/gm)].map((match) => match[1]);
  const numbered = new RegExp(`\\b(${[...INPUTS, ...readers].join("|")})\\b`, "g");
  const copies = (part: string) => SETS.map((set) => part.replaceAll(numbered, `$1_${set + 1}`));
  return text
    .replaceAll(/^fn read_\w+\([^]*?^}\n/gm, (reader) => copies(reader).join("\n"))
    .replace(
      /^ {2}for \(var p = .*{\n[^]*?^ {2}}\n/m,
      (loop) =>
        copies(loop.replaceAll(/^/gm, "  ").trimEnd())
          .map((copy, set) => `  if (own == ${set}u) {\n${copy}\n  }\n`).join(""),
    )
    .replaceAll(new RegExp(`\\b(${INPUTS.join("|")})\\[([^\\]]+)\\]`, "g"), "$1_at($2)");
}

function code(variant: JointVariant): string {
  const text = codeOfOne(variant).replaceAll(/^(\/\/|@group).*\n/gm, "").trim();
  const [head, size, parameters] = text.match(
    /^@compute @workgroup_size\((\d+)\)\nfn \w+\((.*)\) \{/m,
  )!;
  const unmarked = parameters.replaceAll(/@builtin\(\w+\) /g, "");
  const ofOne = forEach(text)
    .replace(head, `fn gradients_of_one(own: u32, params: Params, ${unmarked}) {`)
    .replace(
      /^struct Params \{\n/m,
      "$&  first_group: u32, columns: u32, rows: u32, // workgroups\n",
    );
  const bindings = SETS.flatMap((set) => INPUTS.map((input) => `${input}_${set + 1}`))
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
  return `// convolution_joint_direct: gradients of up to three convolutions' weights and biases, which all differ.
// Generated. The kernel for one is in convolution_direct.wgsl, or generated from it for subgroups of eight lanes. params and own
// are those of the workgroup's convolution; a compiler that asks for uniform control flow around subgroups knows the arguments as such.

struct Sets { given: array<Params, ${MOST_TOGETHER}> }

@group(0) @binding(0) var<uniform> sets: Sets;
${lines(bindings, 0)}
@group(0) @binding(${bindings.length + 1}) var<storage, read_write> sums: array<vec4<f32>>;
var<private> params: Params;
var<private> own: u32;
${readers.join("")}
${ofOne}

@compute @workgroup_size(${size})
fn ${
    entryPoint(variant)
  }(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_index) local: u32) {
  var index = 0u;
  var mine = sets.given[0];
${lines(choices, 2)}
  own = index;
  params = mine;
  let place = workgroup.x - mine.first_group;
  gradients_of_one(index, mine, ${argumentsOf(parameters, size)});
}
`;
}

/** Params of an absent convolution begin behind the last workgroup; its inputs are bound, but not read. */
export const jointDirect: KernelFamily<JointVariant> = {
  label: "convolution_joint_direct",
  about: (variant) =>
    `gradients of three weights at once, ${
      typeof variant === "string" ? "one thread each" : `groups of ${variant} lanes`
    }`,
  readable: "convolution_direct.wgsl",
  variants: ["dweight", "dweight_single", ...LANES],
  entryPoint,
  bindings: () => ({ reads: INPUTS.length * MOST_TOGETHER, writes: 1 }),
  code,
};
