/** 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3): 4 times fewer products, rounding errors of 3e-5 of the largest output. */
import code from "../../../kernels/convolution_winograd.wgsl" with { type: "text" };
import { defineKernel } from "../../gpu/kernel.ts";
import { type Param, type Workgroups, workgroupsFor } from "../../gpu/program.ts";
import type { Storage } from "../../gpu/tensor.ts";
import type { Tape } from "../tape.ts";
import type { OutputGradient } from "./activation.ts";
import { tilesAlong } from "./choice.ts";
import { PLANES, products } from "./products.ts";
import type { Convolution } from "./shape.ts";

const label = "convolution_winograd";
const one = { reads: 1, writes: 1 };
const inputKernel = defineKernel(label, code, "input", one);
const gradientKernel = defineKernel(label, code, "gradient", one);
const outputKernel = defineKernel(label, code, "output", { reads: 2, writes: 1 });
const weightKernel = defineKernel(label, code, "weight", one);
const dweightKernel = defineKernel(label, code, "dweight", { reads: 2, writes: 1 });

/** Planes of the input are kept for the weight gradient up to so many bytes, and computed again above. */
const KEPT_BYTES = 16 << 20;

interface Tiles {
  readonly rows: number;
  readonly columns: number;
  /** Of the whole batch, padded to a multiple of 32. */
  readonly padded: number;
}

function tilesOf({ batch, height, width, dilation }: Convolution): Tiles {
  const rows = tilesAlong(height, dilation), columns = tilesAlong(width, dilation);
  return { rows, columns, padded: Math.ceil(batch * rows * columns / 32) * 32 };
}

const planeBytes = (tiles: Tiles, slots: number) => 16 * PLANES * tiles.padded * slots;

function params(
  convolution: Convolution,
  slots: number,
  rest: { turned?: 0 | 1; output?: boolean; sums?: readonly Param[] } = {},
): Param[] {
  const { batch, height, width, dilation, leakyRelu, weight, bias } = convolution;
  const { rows, columns } = tilesOf(convolution);
  return [
    batch,
    height,
    width,
    slots,
    rows,
    columns,
    dilation,
    rest.output ? 1 : 0,
    rest.output && leakyRelu ? 1 : 0,
    bias.offset / 4,
    weight.offset / 4,
    4 * convolution.inputSlots * convolution.outputSlots,
    rest.turned ?? 0,
    ...(rest.sums ?? [0, 0, 0]),
  ];
}

const tileGroups = (tiles: Tiles, slots: number): Workgroups => [
  Math.ceil(slots / 8),
  tiles.padded / 8,
  1,
];

// The weights of all planes; once per tape, since the levels of a pyramid share them.
function transformedWeight(tape: Tape, convolution: Convolution, turned: 0 | 1): Storage {
  const { weight, inputSlots, outputSlots } = convolution;
  return tape.once(`winograd ${weight.name} ${turned}`, () => {
    const cells = 4 * inputSlots * outputSlots;
    const transformed = tape.scratch(`planes of ${weight.name}`, 16 * PLANES * cells);
    tape.dispatch(weightKernel, {
      params: params(convolution, outputSlots, { turned }),
      reads: [weight.values],
      writes: [transformed],
      workgroups: workgroupsFor(cells, 64),
    });
    return transformed;
  });
}

function transformPicture(
  tape: Tape,
  convolution: Convolution,
  picture: Storage,
  slots: number,
  kernel = inputKernel,
): Storage {
  const tiles = tilesOf(convolution);
  const planes = tape.scratch(`planes of ${picture.label}`, planeBytes(tiles, slots));
  tape.dispatch(kernel, {
    params: params(convolution, slots),
    reads: [picture],
    writes: [planes],
    workgroups: tileGroups(tiles, slots),
  });
  return planes;
}

/** Writes the output; returns the planes of the input where they are worth keeping for the weight gradient. */
export function winogradForward(
  tape: Tape,
  convolution: Convolution,
  output: Storage,
): Storage | undefined {
  const { input, inputSlots, outputSlots, weight } = convolution;
  const tiles = tilesOf(convolution);
  const right = transformedWeight(tape, convolution, 0);
  const left = transformPicture(tape, convolution, input.storage, inputSlots);
  const result = tape.scratch(`sums of ${output.label}`, planeBytes(tiles, outputSlots));
  const sizes = { rows: tiles.padded, inner: inputSlots, columns: outputSlots };
  products(tape, "multiply", sizes, { left, right, result });
  tape.dispatch(outputKernel, {
    params: params(convolution, outputSlots, { output: true }),
    reads: [result, weight.values],
    writes: [output],
    workgroups: tileGroups(tiles, outputSlots),
  });
  return left.bytes <= KEPT_BYTES ? left : undefined;
}

/** Writes the gradient of the input from that before the activation. */
export function winogradInputGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: Storage,
  dInput: Storage,
): void {
  const { inputSlots, outputSlots } = convolution;
  const tiles = tilesOf(convolution);
  const right = transformedWeight(tape, convolution, 1);
  const left = transformPicture(tape, convolution, dOutput, outputSlots);
  const result = tape.scratch(`sums of ${dInput.label}`, planeBytes(tiles, inputSlots));
  const sizes = { rows: tiles.padded, inner: outputSlots, columns: inputSlots };
  products(tape, "multiply_transposed", sizes, { left, right, result });
  tape.dispatch(outputKernel, {
    params: params(convolution, inputSlots),
    reads: [result, convolution.weight.values],
    writes: [dInput],
    workgroups: tileGroups(tiles, inputSlots),
  });
}

/** Writes, or adds to, the gradients of weight and bias. */
export function winogradParameterGradients(
  tape: Tape,
  convolution: Convolution,
  { gradient, biasSums, biasChunks }: OutputGradient,
  keptPlanes: Storage | undefined,
): void {
  const { input, inputSlots, outputSlots, weight, bias } = convolution;
  const left = keptPlanes ?? transformPicture(tape, convolution, input.storage, inputSlots);
  const right = transformPicture(tape, convolution, gradient, outputSlots, gradientKernel);
  const cells = 4 * inputSlots * outputSlots;
  const result = tape.scratch(`planes of d ${weight.name}`, 16 * PLANES * cells);
  const rows = tilesOf(convolution).padded;
  const sizes = { rows, inner: inputSlots, columns: outputSlots };
  products(tape, "correlate", sizes, { left, right, result });
  const keep = [tape.keepParameterGradient(weight), tape.keepParameterGradient(bias)];
  tape.dispatch(dweightKernel, {
    params: params(convolution, outputSlots, { sums: [biasChunks, ...keep] }),
    reads: [result, biasSums],
    writes: [weight.gradients],
    workgroups: workgroupsFor(cells + outputSlots, 64),
  });
}
