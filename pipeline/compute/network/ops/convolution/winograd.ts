/** 3x3 convolutions of stride 1 by Winograd's F(4x4, 3x3): 4 times fewer products, rounding errors of 3e-5 of the largest output. */
import code from "../../../../../kernels/network/convolution_winograd.wgsl" with { type: "text" };
import type { Gpu } from "../../../gpu/device.ts";
import { defineKernel } from "../../../gpu/kernel.ts";
import { placeParams } from "../../../gpu/joins.ts";
import { type Param, type Workgroups, workgroupsFor } from "../../../gpu/program.ts";
import type { Place, Storage } from "../../../gpu/tensor.ts";
import type { OutputGradient, Summand } from "../../../record_gradient.ts";
import type { Tape } from "../../../tape.ts";
import { NO_PASSAGE, passageOf } from "./activation.ts";
import { planeBytes, PLANES, tilesAlong } from "./planes.ts";
import { addToGradients } from "./parameter_sums.ts";
import type { TiledPass } from "./planned.ts";
import { plannedKernel, products } from "./products.ts";
import type { Convolution } from "./shape.ts";
import { storingKernel } from "./storing_kernel.ts";

const label = "convolution_winograd";
const one = { reads: 1, writes: 1 };
const inputKernel = defineKernel(label, code, "input", one);
const gradientKernel = defineKernel(label, code, "gradient", one);
const outputKernel = defineKernel(label, code, "output", { reads: 3, writes: 1 });
const activatedOutputKernel = defineKernel(label, code, "output_activated", {
  reads: 3,
  writes: 3,
});
const weightKernel = defineKernel(label, code, "weight", { reads: 1, writes: 2 });

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
  readonly turned?: 0 | 1;
  readonly output?: boolean;
  readonly passage?: readonly Param[];
  readonly places?: readonly Place[];
}

function params(convolution: Convolution, slots: number, slice?: Slice, rest: Rest = {}): Param[] {
  const { height, width, dilation, leakyRelu, weight, bias } = convolution;
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
    weight.offset / 4,
    4 * convolution.inputSlots * convolution.outputSlots,
    rest.turned ?? 0,
    ...rest.passage ?? NO_PASSAGE,
    ...placeParams(rest.places ?? []),
  ];
}

const tileGroups = (tiles: number, slots: number): Workgroups => [
  Math.ceil(slots / 8),
  tiles / 8,
  1,
];

// The weights of all planes; once per tape, since the levels of a pyramid share them. Where the backward pass will want the turned
// ones, too, one dispatch makes both.
function transformedWeight(
  tape: Tape,
  convolution: Convolution,
  turned: 0 | 1,
  turnedLater = false,
): Storage {
  const { weight, inputSlots, outputSlots } = convolution;
  const made = tape.once(`winograd ${weight.name}`, () => new Map<0 | 1, Storage>());
  const known = made.get(turned);
  if (known) return known;
  const cells = 4 * inputSlots * outputSlots;
  const planes = () => tape.scratch(`planes of ${weight.name}`, 16 * PLANES * cells);
  const transformed = planes(), both = turnedLater && !made.has(1);
  const second = both ? planes() : tape.scratch("unused", 16);
  const [x, y] = workgroupsFor(cells, 64);
  tape.dispatch(weightKernel, {
    params: params(convolution, outputSlots, undefined, { turned }),
    reads: [weight.values],
    writes: [transformed, second],
    workgroups: [x, y, both ? 2 : 1],
  });
  made.set(turned, transformed);
  if (both) made.set(1, second);
  return transformed;
}

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
    params: params(convolution, slots, slice),
    reads: [picture],
    writes: [planes],
    workgroups: tileGroups(slice.tiles, slots),
  });
  return planes;
}

/**
 * Writes the output; returns the planes of the input where they are worth keeping for the weight gradient.
 * @param options said: the products between the transforms, here and below; absent: as their sizes say. turnedLater: the backward
 * pass will call winogradInputGradient()
 */
export function winogradForward(
  tape: Tape,
  convolution: Convolution,
  output: Storage,
  { said, turnedLater }: { said?: TiledPass; turnedLater?: boolean } = {},
): Storage | undefined {
  const { input, inputSlots, outputSlots, weight, plus } = convolution;
  const right = transformedWeight(tape, convolution, 0, turnedLater);
  const slices = slicesOf(tape.gpu, convolution);
  let left: Storage | undefined;
  for (const slice of slices) {
    left = transformPicture(tape, convolution, input.storage, inputSlots, slice);
    const bytes = planeBytes(slice.tiles, outputSlots);
    const result = tape.scratch(`sums of ${output.label}`, bytes);
    const sizes = { rows: slice.tiles, inner: inputSlots, columns: outputSlots };
    const kernel = plannedKernel(said, sizes);
    products(tape, "multiply", sizes, { left, right, result }, kernel);
    tape.dispatchMovable({ storage: output, stride: outputSlots, first: 0 }, (places) => ({
      kernel: storingKernel(outputKernel, convolution, places),
      params: params(convolution, outputSlots, slice, { output: true, places }),
      reads: [result, weight.values, plus?.storage ?? weight.values],
      writes: places.map(({ storage }) => storage),
      workgroups: tileGroups(slice.tiles, outputSlots),
    }));
  }
  return slices.length === 1 && left!.bytes <= planeBudget(tape.gpu).kept ? left : undefined;
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
  said?: TiledPass,
): Summand["beforeActivation"] {
  const { batch, input, inputSlots, outputSlots, weight } = convolution;
  const right = transformedWeight(tape, convolution, 1);
  const slices = slicesOf(tape.gpu, convolution);
  const biasChunks = batch * slices[0].tileRows * slices[0].tileColumns;
  const passage = passageOf(tape, input, dInput, biasChunks);
  for (const slice of slices) {
    const left = transformPicture(tape, convolution, dOutput, outputSlots, slice);
    const bytes = planeBytes(slice.tiles, inputSlots);
    const result = tape.scratch(`sums of ${dInput.label}`, bytes);
    const sizes = { rows: slice.tiles, inner: outputSlots, columns: inputSlots };
    const kernel = plannedKernel(said, sizes);
    products(tape, "multiply_transposed", sizes, { left, right, result }, kernel);
    const places = [{ storage: dInput, stride: inputSlots, first: 0 }];
    tape.dispatch(passage ? activatedOutputKernel : outputKernel, {
      params: params(convolution, inputSlots, slice, { passage: passage?.params, places }),
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
  { gradient, biasSums, biasChunks }: OutputGradient,
  keptPlanes: Storage | undefined,
  said?: TiledPass,
): void {
  const { input, inputSlots, outputSlots, weight, bias } = convolution;
  const cells = 4 * inputSlots * outputSlots;
  slicesOf(tape.gpu, convolution).forEach((slice, index) => {
    const left = keptPlanes ??
      transformPicture(tape, convolution, input.storage, inputSlots, slice);
    const right = transformPicture(tape, convolution, gradient, outputSlots, slice, gradientKernel);
    const result = tape.scratch(`planes of d ${weight.name}`, 16 * PLANES * cells);
    const sizes = { rows: slice.tiles, inner: inputSlots, columns: outputSlots };
    const kernel = plannedKernel(said, sizes);
    products(tape, "correlate", sizes, { left, right, result }, kernel);
    // The bias' sums are of all images: they go with the first slice.
    const chunks = index === 0 ? biasChunks : 0;
    const keep = [tape.keepParameterGradient(weight), tape.keepParameterGradient(bias)] as const;
    addToGradients(tape, { convolution, sums: result, biasSums, biasChunks: chunks, keep });
  });
}
