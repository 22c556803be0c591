/**
 * Direct convolution. The readable kernels serve exact mode, CPU drivers without subgroups of eight lanes, and results of few
 * channels there; of the generated ones some broadcast within subgroups, those for GPUs work in tiles of workgroup memory.
 */
import readableCode from "../../../../../kernels/network/convolution_direct.wgsl" with {
  type: "text",
};
import { defineKernel, type Kernel } from "../../../gpu/kernel.ts";
import { placeParams } from "../../../gpu/joins.ts";
import {
  type Dispatch,
  type Param,
  type RecordedDispatch,
  type Workgroups,
  workgroupsFor,
} from "../../../gpu/program.ts";
import type { Place, Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient, Summand } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import { NO_PASSAGE, type Passage, passageOf } from "./activation.ts";
import type { DirectKernel } from "./choice.ts";
import { generatedKernel } from "./generate/family.ts";
import { jointDirect, type JointVariant } from "./generate/joint_direct.ts";
import {
  DIRECT_BINDINGS,
  DIRECT_NAMES,
  type DirectName,
  shuffleDirect,
} from "./generate/shuffle_direct.ts";
import { ROWS } from "./generate/shuffle_pattern.ts";
import { tiledDirect } from "./generate/tiled_direct.ts";
import { type TiledHalo, tiledHalo } from "./generate/tiled_halo.ts";
import { isHalo, type Tiling } from "./generate/tiling.ts";
import { haloTiles } from "./halo.ts";
import { addToGradients } from "./parameter_sums.ts";
import type { Convolution } from "./shape.ts";
import { storingKernel } from "./storing_kernel.ts";
import { recordTiledSums } from "./tiled_sums.ts";
import { MOST_TOGETHER, recordTogether } from "./together.ts";

const readable = Object.fromEntries(
  DIRECT_NAMES.map((name) => [
    name,
    defineKernel("convolution_direct", readableCode, name, DIRECT_BINDINGS[name]),
  ]),
) as Record<DirectName, Kernel>;
const dweightSingle = defineKernel(
  "convolution_direct",
  readableCode,
  "dweight_single",
  DIRECT_BINDINGS.dweight,
);

/** Pixels that one invocation of the readable forward and dinput owns; a group of lanes owns ROWS. */
const PIXELS = 8;

const NO_SUMS: readonly Param[] = [0, 0, 0, 0];

function directParams(
  convolution: Convolution,
  { sums = NO_SUMS, passage = NO_PASSAGE, places = [] }: {
    sums?: readonly Param[];
    passage?: Passage["params"];
    places?: readonly Place[];
  } = {},
): Param[] {
  const { weight, bias } = convolution;
  return [
    convolution.batch,
    convolution.height,
    convolution.width,
    convolution.inputSlots,
    convolution.outputHeight,
    convolution.outputWidth,
    convolution.outputSlots,
    convolution.kernel,
    convolution.stride,
    convolution.dilation,
    convolution.padding,
    convolution.leakyRelu ? 1 : 0,
    weight.offset / 4,
    bias.offset / 4,
    convolution.firstTap,
    convolution.taps,
    ...sums,
    ...passage,
    ...placeParams(places),
  ];
}

const tileGroups = (tiling: Tiling, rows: number, slots: number, depth = 1): Workgroups => [
  Math.ceil(4 * slots / tiling.columns),
  Math.ceil(rows / tiling.rows),
  depth,
];

type Operands = Pick<Dispatch, "params" | "reads" | "writes">;

// Output and input have the same size here.
function haloDispatch(
  convolution: Convolution,
  { name, tiling }: TiledHalo,
  operands: Operands,
): RecordedDispatch {
  const slots = name === "forward" ? convolution.outputSlots : convolution.inputSlots;
  return {
    kernel: generatedKernel(tiledHalo, { name, tiling }),
    ...operands,
    workgroups: [Math.ceil(4 * slots / tiling.columns), haloTiles(convolution, tiling), 1],
  };
}

function forwardDispatch(
  convolution: Convolution,
  kernel: DirectKernel,
  operands: Operands,
): RecordedDispatch {
  const { batch, outputHeight, outputWidth, outputSlots } = convolution;
  const pixels = batch * outputHeight * outputWidth;
  if (kernel === "readable") {
    const workgroups = workgroupsFor(Math.ceil(pixels / PIXELS) * outputSlots, 64);
    return { kernel: readable.forward, ...operands, workgroups };
  }
  const name = "forward";
  if (typeof kernel === "object" && isHalo(kernel)) {
    return haloDispatch(convolution, { name, tiling: kernel }, operands);
  }
  if (typeof kernel === "object") {
    return {
      kernel: generatedKernel(tiledDirect, { name, tiling: kernel }),
      ...operands,
      workgroups: tileGroups(kernel, pixels, outputSlots),
    };
  }
  return {
    kernel: generatedKernel(shuffleDirect, { name, lanes: kernel }),
    ...operands,
    workgroups: [
      Math.ceil(outputSlots / kernel),
      Math.ceil(pixels * kernel / (8 * ROWS)),
      1,
    ],
  };
}

/** Writes the output of the convolution. */
export function directForward(
  tape: Tape,
  convolution: Convolution,
  kernel: DirectKernel,
  output: Storage,
): void {
  const { input, outputSlots, weight, plus } = convolution;
  tape.dispatchMovable({ storage: output, stride: outputSlots, first: 0 }, (places) => {
    const { kernel: plain, ...dispatch } = forwardDispatch(convolution, kernel, {
      params: directParams(convolution, { places }),
      reads: [input.storage, weight.values, plus?.storage ?? weight.values],
      writes: places.map(({ storage }) => storage),
    });
    return { kernel: storingKernel(plain, convolution, places), ...dispatch };
  });
}

/** Writes the gradient of the input; returns what of it is that before an activation, see passageOf(). */
export function directInputGradient(
  tape: Tape,
  convolution: Convolution,
  kernel: DirectKernel,
  dOutput: Storage,
  dInput: Storage,
): Summand["beforeActivation"] {
  const { batch, height, width, input, inputSlots, stride, weight } = convolution;
  const pixelsOfPhase = batch * Math.ceil(height / stride) * Math.ceil(width / stride);
  const pixelGroups = Math.ceil(batch * height * width / PIXELS);
  const rowGroups = typeof kernel === "number" ? Math.ceil(pixelsOfPhase * kernel / (8 * ROWS)) : 0;
  const biasChunks = typeof kernel === "number"
    ? stride ** 2 * rowGroups * 8 / kernel
    : pixelGroups;
  const passage = passageOf(tape, input, dInput, biasChunks);
  const name = passage ? "dinput_activated" : "dinput";
  const reads = [weight.values, dOutput];
  const operands = {
    params: directParams(convolution, { passage: passage?.params }),
    reads: passage ? [...reads, ...passage.reads] : reads,
    writes: passage?.writes ?? [dInput],
  };
  if (typeof kernel === "object" && isHalo(kernel)) {
    const dispatch = haloDispatch(convolution, { name, tiling: kernel }, operands);
    tape.dispatch(dispatch.kernel, dispatch);
  } else if (typeof kernel === "object") {
    tape.dispatch(generatedKernel(tiledDirect, { name, tiling: kernel }), {
      ...operands,
      workgroups: tileGroups(kernel, pixelsOfPhase, inputSlots, stride ** 2),
    });
  } else if (kernel === "readable") {
    const workgroups = workgroupsFor(pixelGroups * inputSlots, 64);
    tape.dispatch(readable[name], { ...operands, workgroups });
  } else {
    tape.dispatch(generatedKernel(shuffleDirect, { name, lanes: kernel }), {
      ...operands,
      workgroups: [Math.ceil(inputSlots / kernel), rowGroups, stride ** 2],
    });
  }
  return passage?.beforeActivation;
}

/** Writes, or adds to, the gradients of weight and bias in the flat buffer, at the latest at the end of the backward pass. */
export function directParameterGradients(
  tape: Tape,
  convolution: Convolution,
  { kernel, chunk }: { kernel: DirectKernel; chunk: number },
  { gradient, bias: biasBefore }: OutputGradient,
): void {
  const { batch, outputHeight, outputWidth, inputSlots, outputSlots } = convolution;
  const { input, weight } = convolution;
  const chunks = Math.ceil(batch * outputHeight * outputWidth / chunk);
  const usedTaps = convolution.kernel ** 2;
  const reads = [input.storage, gradient] as const;
  if (typeof kernel === "object") {
    const params = directParams(convolution, { sums: [chunk, chunks, 0, 0] });
    const workgroups = tileGroups(kernel, 4 * usedTaps * inputSlots, outputSlots, chunks);
    recordTiledSums(tape, kernel, { convolution, chunks, params, reads, workgroups });
    return;
  }
  const workgroups = kernel === "readable"
    ? workgroupsFor(chunks * inputSlots * outputSlots, 64)
    : [
      Math.ceil(outputSlots / kernel),
      Math.ceil(inputSlots * kernel / 64),
      chunks * usedTaps,
    ] as const;
  const variant = kernel !== "readable" ? kernel : usedTaps === 1 ? "dweight_single" : "dweight";
  if (chunks === 1) {
    recordTogether<Whole>(tape, {
      key: `whole ${variant}`,
      record: (items) => recordWhole(tape, variant, items),
    }, { convolutions: [convolution], chunk, reads, workgroups });
    return;
  }
  const cells = chunks * usedTaps * 4 * inputSlots * outputSlots;
  const sums = tape.scratch(`partial d ${weight.name}`, 16 * cells);
  const params = directParams(convolution, { sums: [chunk, chunks, 0, 0] });
  tape.dispatch(weightGradient(variant), { params, reads, writes: [sums], workgroups });
  const { sums: biasSums, chunks: biasChunks } = biasBefore!;
  addToGradients(tape, { sums, biasSums, addends: [{ convolution, chunks, biasChunks }] });
}

/** The kernel of one convolution. */
function weightGradient(variant: JointVariant): Kernel {
  if (variant === "dweight_single") return dweightSingle;
  if (variant === "dweight") return readable.dweight;
  return generatedKernel(shuffleDirect, { name: "dweight", lanes: variant });
}

interface Whole extends Omit<Dispatch, "writes" | "params"> {
  readonly convolutions: readonly [Convolution];
  readonly chunk: number;
}

/** Gradients without partial sums: of one convolution, or of several at once. */
function recordWhole(tape: Tape, variant: JointVariant, items: readonly Whole[]): void {
  const all = items.map(({ convolutions: [convolution], chunk, reads, workgroups }) => {
    const { weight, bias } = convolution;
    const keep = [tape.keepParameterGradient(weight), tape.keepParameterGradient(bias)];
    return { params: directParams(convolution, { sums: [chunk, 1, ...keep] }), reads, workgroups };
  });
  const [first] = all, writes = [items[0].convolutions[0].weight.gradients];
  if (all.length === 1) {
    tape.dispatch(weightGradient(variant), { ...first, writes });
    return;
  }
  let groups = 0;
  const sets = all.map(({ params, reads, workgroups: [columns, rows, depth] }) => {
    const firstGroup = groups;
    groups += columns * rows * depth;
    return { params: [firstGroup, columns, rows, ...params], reads };
  });
  // Begins behind the last workgroup.
  const absent = { params: [groups, 1, 1, ...first.params.map(() => 0)], reads: first.reads };
  const bound = [...sets, ...new Array(MOST_TOGETHER - sets.length).fill(absent)];
  tape.dispatch(generatedKernel(jointDirect, variant), {
    params: bound.flatMap(({ params }) => params),
    reads: bound.flatMap(({ reads }) => reads),
    writes,
    workgroups: [groups, 1, 1],
  });
}
