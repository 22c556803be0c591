/** The functions of kernels/network/convolution_direct.wgsl for subgroups of eight lanes. */
import readable from "../../../../../../kernels/network/convolution_direct.wgsl" with {
  type: "text",
};
import type { Lanes } from "../choice.ts";
import type { KernelFamily } from "./family.ts";
import {
  accumulators,
  broadcast,
  correlateRows,
  entryPoint,
  loadRight,
  multiply,
  ROWS,
  shuffleEntryPoint,
  type ShuffleVariant,
  shuffleVariants,
} from "./shuffle_pattern.ts";
import { lines, range, withDeclarations } from "./text.ts";

// Statements for the rows that exist.
const ofRows = (statement: (row: number) => string) =>
  range(ROWS).map((row) => `if (first + ${row}u < rows) { ${statement(row)}; }`);

function forward(lanes: Lanes): string {
  const share = range(ROWS / lanes);
  const store = range(ROWS).map((row) => `store_sum(first + ${row}u, column, a${row});`);
  return `${entryPoint("forward", lanes, ROWS)}
  let n = min(column, params.output_slots - 1u);
  let right_step = params.output_slots;
${lines(share.map((i) => `let corner${i} = corner(first + lane + ${i * lanes}u);`), 2)}
  let bias = parameters[params.bias_offset + n];
  var x: vec4<f32>;
${lines(accumulators("bias"), 2)}
  for (var t = 0u; t < params.kernel * params.kernel; t++) {
    let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
    let right_start = params.weight_offset + (params.first_tap + t) * tap_cells() + n;
${lines(share.map((i) => `let s${i} = input_of(corner${i}, tap);`), 4)}
    for (var k = 0u; k < params.input_slots; k++) {
      let w = right_start + 4u * k * right_step;
${lines(loadRight("parameters", false), 6)}
${lines(share.map((i) => `let x${i} = s${i}.inside * x_values[s${i}.first + k];`), 6)}
${lines(multiply(lanes), 6)}
    }
  }
  if (column >= params.output_slots) { return; }
${lines(store, 2)}
}
`;
}

// With stride 2 the input's pixels fall into four phases, each of which meets its own taps.
function inputGradient(lanes: Lanes, name: "dinput" | "dinput_activated"): string {
  const share = range(ROWS / lanes);
  const places = share.flatMap((i) => [
    `let place${i} = input_place(first + lane + ${i * lanes}u, phase, size, params.stride);`,
    `let pixel${i} = (place${i}.x * params.height + place${i}.y) * params.width + place${i}.z;`,
    `let reach${i} = reach(place${i});`,
  ]);
  const targets = range(ROWS).map((row) => `let target${row} = ${broadcast("pixel", row, lanes)};`);
  const plain = ofRows((row) => `result[target${row} * params.input_slots + column] = a${row}`);
  const activated = ofRows((row) => `sum += store_activated(target${row}, column, a${row})`);
  const groups = name === "dinput" ? "" : ", @builtin(num_workgroups) groups: vec3<u32>";
  return `${entryPoint(name, lanes, ROWS, groups)}
  let phase = vec2(group.z / params.stride, group.z % params.stride);
  let size = (vec2(params.height, params.width) + params.stride - 1u - phase) / params.stride;
  let rows = params.batch * size.x * size.y;
  let n = min(column, params.input_slots - 1u);
  let right_step = params.output_slots;
${lines(places, 2)}
  let start = (phase + params.padding) % params.stride;
  var x: vec4<f32>;
${lines(accumulators("vec4(0.0)"), 2)}
  for (var tap_row = start.x; tap_row < params.kernel; tap_row += params.stride) {
    for (var tap_column = start.y; tap_column < params.kernel; tap_column += params.stride) {
      let tap = vec2<i32>(vec2(tap_row, tap_column) * params.dilation);
      let t = params.first_tap + tap_row * params.kernel + tap_column;
      let right_start = params.weight_offset + t * tap_cells() + 4u * n * right_step;
${lines(share.map((i) => `let s${i} = output_of(reach${i}, tap);`), 6)}
      for (var k = 0u; k < params.output_slots; k++) {
        let w = right_start + k;
${lines(loadRight("weight_values", true), 8)}
${lines(share.map((i) => `let x${i} = s${i}.inside * dout[s${i}.first + k];`), 8)}
${lines(multiply(lanes), 8)}
      }
    }
  }
${lines(targets, 2)}
  if (column >= params.input_slots) { return; }
${
    lines(
      name === "dinput" ? plain : [
        "var sum = vec4(0.0);",
        ...activated,
        `let chunk = group.z * groups.y * ${8 / lanes}u + first / ${ROWS}u;`,
        "store_bias_sum(chunk, column, sum);",
      ],
      2,
    )
  }
}
`;
}

function weightGradient(lanes: Lanes): string {
  const share = range(8 / lanes);
  const rows = share.map((i) =>
    `let m${i} = min(first + lane + ${i * lanes}u, params.input_slots - 1u);`
  );
  const loads = range(2).flatMap((u) =>
    share.map((i) => `let x${u}_${i} = x_values[s${u}.first + m${i}];`)
  );
  const stores = range(8).map((m) => {
    const four = range(4).map((j) => `a${4 * m + j}`).join(", ");
    return `if (first + ${m}u < params.input_slots) { ` +
      `store_sums(at + ${4 * m}u * params.output_slots, whole, mat4x4(${four})); }`;
  });
  return `${entryPoint("dweight", lanes, 8)}
  let used_taps = params.kernel * params.kernel;
  let t = group.z % used_taps;
  let chunk = group.z / used_taps;
  let tap = vec2<i32>(vec2(t / params.kernel, t % params.kernel) * params.dilation);
  let n = min(column, params.output_slots - 1u);
${lines(rows, 2)}
  let start = chunk * params.chunk;
  let end = min(start + params.chunk, params.batch * params.output_height * params.output_width);
  var place = corner(start);
${lines(accumulators("vec4(0.0)"), 2)}
  for (var p = start; p < end; p += 2u) {
    let s0 = input_of(place, tap);
    place = next(place);
    let s1 = input_of(place, tap);
    place = next(place);
    let q = min(p + 1u, end - 1u);
    let d0 = s0.inside * dout[p * params.output_slots + n];
    let d1 = select(0.0, s1.inside, p + 1u < end) * dout[q * params.output_slots + n];
${lines(loads, 4)}
${lines(correlateRows(lanes), 4)}
  }
  if (column >= params.output_slots) { return; }
  let whole = params.chunks == 1u;
  let stored_tap = select(chunk * used_taps, params.first_tap, whole) + t;
  let at = select(0u, params.weight_offset, whole) + stored_tap * tap_cells() + 4u * first * params.output_slots + column;
${lines(stores, 2)}
  if (whole) {
    for (var c = first; c < min(first + 8u, params.input_slots); c++) { clear_other_taps(c, column); }
    if (first == 0u && t == 0u) { store_bias(column); }
  }
}
`;
}

/** The three passes of a direct convolution. */
export const DIRECT_PASSES = ["forward", "dinput", "dweight"] as const;
/** The same; and the gradient of the input also through the LeakyReLU that it comes from. */
export const DIRECT_NAMES = [...DIRECT_PASSES, "dinput_activated"] as const;
export type DirectName = typeof DIRECT_NAMES[number];

/** Buffers of each pass, of the readable kernels and of these. */
export const DIRECT_BINDINGS: Record<DirectName, { reads: number; writes: number }> = {
  forward: { reads: 3, writes: 1 },
  dinput: { reads: 2, writes: 1 },
  dinput_activated: { reads: 4, writes: 3 },
  dweight: { reads: 2, writes: 1 },
};

const BODIES: Record<DirectName, (lanes: Lanes) => string> = {
  forward,
  dinput: (lanes) => inputGradient(lanes, "dinput"),
  dinput_activated: (lanes) => inputGradient(lanes, "dinput_activated"),
  dweight: weightGradient,
};

const ABOUT: Record<DirectName, string> = {
  forward: "direct convolution",
  dinput: "gradient of its input",
  dinput_activated: "gradient of what LeakyReLU made some of its input of",
  dweight: "gradient of its weight",
};

function code({ name, lanes }: ShuffleVariant<DirectName>): string {
  return `// convolution_shuffle_direct: direct convolution and its gradients for subgroups of eight lanes.
// Generated. Shapes, layouts and a readable kernel of the same function: convolution_direct.wgsl, whose declarations are
// repeated here as far as needed.
// A group of ${lanes} lanes owns ${
    name === "dweight" ? "8 vec4 of input channels of one tap" : "32 pixels"
  } x as many vec4 of channels.

${withDeclarations(readable, BODIES[name](lanes).trimStart())}`;
}

export const shuffleDirect: KernelFamily<ShuffleVariant<DirectName>> = {
  label: "convolution_shuffle_direct",
  about: ({ name, lanes }) => `${ABOUT[name]}, groups of ${lanes} lanes`,
  readable: "convolution_direct.wgsl",
  variants: shuffleVariants(DIRECT_NAMES),
  entryPoint: shuffleEntryPoint,
  bindings: ({ name }) => DIRECT_BINDINGS[name],
  code,
};
