/** 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3): 4 times fewer products, rounding errors of 3e-5 of the largest output. */
import code from "../../../../../kernels/network/convolution_winograd.wgsl" with { type: "text" };
import type { Gpu } from "../../../gpu/device.ts";
import { defineKernel } from "../../../gpu/kernel.ts";
import { placeParams } from "../../../gpu/joins.ts";
import type { Param, Workgroups } from "../../../gpu/program.ts";
import type { Place, Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient, Summand } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import { NO_PASSAGE, passageOf, sumsWithWeight } from "./activation.ts";
import { planeBytes, PLANES, tilesAlong } from "./planes.ts";
import { addToGradients } from "./parameter_sums.ts";
import type { TiledPass } from "./planned.ts";
import { chunksOf, kernelFor, products } from "./products.ts";
import type { Convolution } from "./shape.ts";
import { storingKernel } from "./storing_kernel.ts";
import { transformedWeight } from "./winograd_weights.ts";

const label = "convolution_winograd";
const one = { reads: 1, writes: 1 };
const inputKernel = defineKernel(label, code, "input", one);
const gradientKernel = defineKernel(label, code, "gradient", one);
const bothGradientsKernel = defineKernel(label, code, "both_gradients", { reads: 1, writes: 2 });
const outputKernel = defineKernel(label, code, "output", { reads: 3, writes: 1 });
const activatedOutput = (entryPoint: string) =>
  defineKernel(label, code, entryPoint, { reads: 3, writes: 3 });
const activatedOutputKernels = {
  summed: activatedOutput("output_activated"),
  only: activatedOutput("output_activated_only"),
};

/**
 * Images are worked on a few at a time, so that the planes of one value stay below `slice` bytes, where it can be; those of
 * the input are kept for the weight gradient up to `kept` bytes, and computed again above. A CPU driver gains by planes
 * that stay in its cache, a GPU by few dispatches.
 */
function planeBudget({ family, largestStorage }: Gpu): { slice: number; kept: number } {
  if (family === "cpu") return { slice: 32 << 20, kept: 16 << 20 };
  const quarter = Math.floor(largestStorage / 4);
  return { slice: quarter, kept: quarter };
}

/** Planes that one pass leaves for others. */
export interface KeptPlanes {
  /** Of the input, see {@link winogradForward}. */
  readonly input?: Storage;
  /** Of the gradient of the output, see {@link winogradGradientPlanes}. */
  readonly gradient?: { readonly forInput: Storage; readonly forWeight: Storage };
}

/** A few images and their tiles. */
interface Slice {
  readonly firstImage: number;
  readonly endImage: number;
  readonly tileRows: number;
  readonly tileColumns: number;
  /** Tiles of all images of the slice, padded to a multiple of 32. */
  readonly tiles: number;
}

function slicesOf(gpu: Gpu, convolution: Convolution): Slice[] {
  const { batch, height, width, dilation, inputSlots, outputSlots } = convolution;
  const tileRows = tilesAlong(height, dilation), tileColumns = tilesAlong(width, dilation);
  const bytes = planeBytes(tileRows * tileColumns, Math.max(inputSlots, outputSlots));
  const slices = Math.ceil(batch / Math.max(1, Math.floor(planeBudget(gpu).slice / bytes)));
  const images = Math.ceil(batch / slices);
  return Array.from({ length: Math.ceil(batch / images) }, (_, index) => {
    const firstImage = index * images, endImage = Math.min(batch, firstImage + images);
    const tiles = Math.ceil((endImage - firstImage) * tileRows * tileColumns / 32) * 32;
    return { firstImage, endImage, tileRows, tileColumns, tiles };
  });
}

interface Rest {
  readonly output?: boolean;
  readonly passage?: readonly Param[];
  readonly places?: readonly Place[];
  /** Where one kernel does all: vec4 of a pixel of its picture, and where the weights begin. */
  readonly fused?: { readonly depth: number; readonly rightFirst: number };
}

/** Of all kernels of convolution_winograd.wgsl. @param slots vec4 of a pixel of the picture at hand */
export function winogradParams(
  convolution: Convolution,
  slots: number,
  slice?: Slice,
  rest: Rest = {},
): Param[] {
  const { height, width, dilation, leakyRelu, bias } = convolution;
  return [
    slice?.firstImage ?? 0,
    slice?.endImage ?? 0,
    height,
    width,
    slots,
    slice?.tileRows ?? 0,
    slice?.tileColumns ?? 0,
    dilation,
    rest.output ? 1 : 0,
    rest.output && leakyRelu ? 1 : 0,
    bias.offset / 4,
    ...rest.passage ?? NO_PASSAGE,
    ...placeParams(rest.places ?? []),
    rest.fused?.depth ?? 0,
    rest.fused?.rightFirst ?? 0,
  ];
}

const tileGroups = (tiles: number, slots: number): Workgroups => [
  Math.ceil(slots / 8),
  tiles / 8,
  1,
];

function transformPicture(
  tape: Tape,
  convolution: Convolution,
  picture: Storage,
  slots: number,
  slice: Slice,
  kernel = inputKernel,
): Storage {
  const planes = tape.scratch(`planes of ${picture.label}`, planeBytes(slice.tiles, slots));
  tape.dispatch(kernel, {
    params: winogradParams(convolution, slots, slice),
    reads: [picture],
    writes: [planes],
    workgroups: tileGroups(slice.tiles, slots),
  });
  return planes;
}

/**
 * Writes the output; returns the planes of the input where they are worth keeping for the weight gradient.
 * @param said the products between the transforms, here and below; absent: as their sizes say
 */
export function winogradForward(
  tape: Tape,
  convolution: Convolution,
  output: Storage,
  said?: TiledPass,
): Storage | undefined {
  const { input, inputSlots, outputSlots, weight, plus } = convolution;
  const right = transformedWeight(tape, convolution, 0);
  const slices = slicesOf(tape.gpu, convolution);
  let left: Storage | undefined;
  for (const slice of slices) {
    left = transformPicture(tape, convolution, input.storage, inputSlots, slice);
    const bytes = planeBytes(slice.tiles, outputSlots);
    const result = tape.scratch(`sums of ${output.label}`, bytes);
    const sizes = { rows: slice.tiles, inner: inputSlots, columns: outputSlots };
    const kernel = kernelFor(tape.gpu, "multiply", sizes, said);
    products(tape, "multiply", sizes, { left, ...right, result }, kernel);
    tape.dispatchMovable({ storage: output, stride: outputSlots, first: 0 }, (places) => ({
      kernel: storingKernel(outputKernel, convolution, places),
      params: winogradParams(convolution, outputSlots, slice, { output: true, places }),
      reads: [result, weight.values, plus?.storage ?? weight.values],
      writes: places.map(({ storage }) => storage),
      workgroups: tileGroups(slice.tiles, outputSlots),
    }));
  }
  return slices.length === 1 && left!.bytes <= planeBudget(tape.gpu).kept ? left : undefined;
}

/**
 * Both transforms of the gradient of the output in one dispatch, for both gradients by Winograd; undefined where each pass does
 * better with its own: where images are worked on a few at a time, and on a CPU driver, so that planes are read while they lie
 * in its cache.
 */
export function winogradGradientPlanes(
  tape: Tape,
  convolution: Convolution,
  dOutput: Storage,
): KeptPlanes["gradient"] {
  const { outputSlots } = convolution;
  const [slice, ...more] = slicesOf(tape.gpu, convolution);
  if (tape.gpu.family === "cpu" || more.length > 0) return undefined;
  const bytes = planeBytes(slice.tiles, outputSlots);
  const forInput = tape.scratch(`planes of ${dOutput.label}`, bytes);
  const forWeight = tape.scratch(`planes of ${dOutput.label} for the weight`, bytes);
  const [x, y] = tileGroups(slice.tiles, outputSlots);
  tape.dispatch(bothGradientsKernel, {
    params: winogradParams(convolution, outputSlots, slice),
    reads: [dOutput],
    writes: [forInput, forWeight],
    workgroups: [x, y, 2],
  });
  return { forInput, forWeight };
}

/**
 * Writes the gradient of the input from that before the activation of the output; returns what of it is that before an
 * activation of the input, see passageOf().
 */
export function winogradInputGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: Storage,
  dInput: Storage,
  { said, kept }: { said?: TiledPass; kept?: KeptPlanes } = {},
): Summand["beforeActivation"] {
  const { batch, input, inputSlots, outputSlots, weight } = convolution;
  const right = transformedWeight(tape, convolution, 1);
  const slices = slicesOf(tape.gpu, convolution);
  const biasChunks = batch * slices[0].tileRows * slices[0].tileColumns;
  const passage = passageOf(tape, input, dInput, biasChunks);
  for (const slice of slices) {
    const left = kept?.gradient?.forInput ??
      transformPicture(tape, convolution, dOutput, outputSlots, slice);
    const bytes = planeBytes(slice.tiles, inputSlots);
    const result = tape.scratch(`sums of ${dInput.label}`, bytes);
    const sizes = { rows: slice.tiles, inner: outputSlots, columns: inputSlots };
    const kernel = kernelFor(tape.gpu, "multiply_transposed", sizes, said);
    products(tape, "multiply_transposed", sizes, { left, ...right, result }, kernel);
    const places = [{ storage: dInput, stride: inputSlots, first: 0 }];
    const activated = activatedOutputKernels[sumsWithWeight(tape) ? "only" : "summed"];
    tape.dispatch(passage ? activated : outputKernel, {
      params: winogradParams(convolution, inputSlots, slice, { passage: passage?.params, places }),
      reads: [result, ...passage?.reads ?? [weight.values, weight.values]],
      writes: passage?.writes ?? [dInput],
      workgroups: tileGroups(slice.tiles, inputSlots),
    });
  }
  return passage?.beforeActivation;
}

/** Writes, or adds to, the gradients of weight and bias. */
export function winogradParameterGradients(
  tape: Tape,
  convolution: Convolution,
  { gradient, bias }: OutputGradient,
  { said, kept }: { said?: TiledPass; kept?: KeptPlanes } = {},
): void {
  const { input, inputSlots, outputSlots, weight } = convolution;
  const cells = 4 * inputSlots * outputSlots;
  slicesOf(tape.gpu, convolution).forEach((slice, index) => {
    const left = kept?.input ??
      transformPicture(tape, convolution, input.storage, inputSlots, slice);
    const right = kept?.gradient?.forWeight ??
      transformPicture(tape, convolution, gradient, outputSlots, slice, gradientKernel);
    const sizes = { rows: slice.tiles, inner: inputSlots, columns: outputSlots };
    const kernel = kernelFor(tape.gpu, "correlate", sizes, said);
    const chunks = chunksOf("correlate", sizes, kernel);
    const sums = tape.scratch(`planes of d ${weight.name}`, 16 * chunks * PLANES * cells);
    const ofSlice = products(tape, "correlate", sizes, { left, right, result: sums }, kernel);
    // Sums of before are of all images: they go with the first slice.
    const { sums: biasSums, chunks: biasChunks } = ofSlice ?? bias!;
    const addend = { convolution, planes: true, chunks };
    const addends = [{ ...addend, biasChunks: ofSlice || index === 0 ? biasChunks : 0 }];
    addToGradients(tape, { sums, biasSums, addends });
  });
}
