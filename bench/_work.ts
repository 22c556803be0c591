/**
 * The one place where arithmetic and traffic of kernels are counted, from the sizes of a dispatch: multiplications and
 * additions, one each, as the kernel does them, channels of padding and taps beyond the border included; and the bytes that it
 * touches, once each, which is the least that it moves. Kernels whose arithmetic does not matter have none counted.
 */
import type { Kernel } from "../pipeline/compute/gpu/kernel.ts";
import type { Storage } from "../pipeline/compute/gpu/tensor.ts";
import type { RecordedDispatch } from "../pipeline/compute/gpu/program.ts";

export interface Work {
  /** Undefined where none is counted. */
  readonly flop?: number;
  readonly bytes: number;
}

type Sizes = Readonly<Record<string, number>>;

/** Winograd's planes of a tile, bytes of a vec4, costs of a pixel and vec4 of them. */
const PLANES = 36, VECTOR = 16, COSTS = 81, COST_SLOTS = 21;
/** Arithmetic of a tile's channel in the transforms: that of one vector times vectors of a tile (convolution_winograd.wgsl). */
const TRANSFORMS: Readonly<Record<string, number>> = {
  input: 19 * 12,
  gradient: 11 * 10,
  both_gradients: 19 * 12 + 11 * 10,
  output: 13 * 10,
};
/** Of a pair of channels of a weight (convolution_winograd_weight.wgsl). */
const WEIGHT_TRANSFORM = 12 * 9;
/** The same of a pair of channels, from the sums of a weight's gradient (dsum_planes of convolution_sum.wgsl). */
const WEIGHT_GRADIENT = 15 * 9;
/** Arithmetic of a pixel, roots and divisions as one each (photometric_census.wgsl): eight neighbours and the gray value. */
const CENSUS: Readonly<Record<string, number>> = { forward: 8 * 15 + 12, backward: 8 * 22 + 20 };

/**
 * The values of a dispatch's params block by their names in the kernel's WGSL; of an array of structs as addends.0.bias_chunks.
 * @throws {Error} when no struct of it has so many
 */
export function sizesOf({ kernel, params }: RecordedDispatch): Sizes {
  const { code, label, entryPoint } = kernel;
  const uniforms = [...code.matchAll(/var<uniform> \w+: (\w+)/g)].map(([, struct]) => struct);
  const fields = uniforms.map((struct) => fieldsOf(struct, code))
    .find((names) => names.length >= params.length);
  if (!fields) {
    throw new Error(
      `Cannot count ${label}.${entryPoint}: no params block of it has ${params.length} values.`,
    );
  }
  return Object.fromEntries(
    params.map((param, index) => [fields[index], typeof param === "number" ? param : param.f32]),
  );
}

function fieldsOf(struct: string, code: string): string[] {
  const [, body] = new RegExp(`struct ${struct} \\{([^}]*)\\}`).exec(code) ?? [, ""];
  const fields = [...body!.matchAll(/(\w+): (?:[uif]32|array<(\w+), (\d+)>)/g)];
  return fields.flatMap(([, name, inner, length]) => {
    if (inner === undefined) return [name];
    const names = fieldsOf(inner, code);
    return Array.from({ length: Number(length) }, (_, index) => index)
      .flatMap((index) => names.map((field) => `${name}.${index}.${field}`));
  });
}

/** Sum of one field over the structs of an array; those that are not used hold zero. */
function overArray(sizes: Sizes, field: string): number {
  return Object.entries(sizes).filter(([name]) => name.endsWith(`.${field}`))
    .reduce((sum, [, value]) => sum + value, 0);
}

/** Part of an entry point's name before its variant: forward of forward_8. */
const operationOf = ({ entryPoint }: Kernel) =>
  /^(multiply_transposed|[a-z]+)(_activated|_twice)?(_\d.*)?$/.exec(entryPoint)?.[1] ?? entryPoint;

/** The structs of an array, each with the names of its fields. */
function structsOf(sizes: Sizes): Sizes[] {
  const structs: Record<string, number>[] = [];
  for (const [name, value] of Object.entries(sizes)) {
    const [, index, field] = name.split(".");
    (structs[Number(index)] ??= {})[field] = value;
  }
  return structs;
}

function directFlop(sizes: Sizes): number {
  const pixels = sizes.batch * sizes.output_height * sizes.output_width;
  return 2 * pixels * sizes.kernel ** 2 * 16 * sizes.input_slots * sizes.output_slots;
}

// Of the tiles of the fused kernel of Winograd: a workgroup transforms them for its channels, which others do for theirs, too.
function fusedFlop(sizes: Sizes, columns: number): number {
  const tiles = (sizes.end_image - sizes.first_image) * sizes.tile_rows * sizes.tile_columns;
  const inner = 4 * sizes.depth, outer = 4 * sizes.slots;
  return tiles * (TRANSFORMS.input * inner * columns + 2 * PLANES * inner * outer +
    TRANSFORMS.output * outer);
}

function flopOf(dispatch: RecordedDispatch): number | undefined {
  const { kernel, workgroups } = dispatch;
  const operation = operationOf(kernel);
  const sizes = sizesOf(dispatch);
  switch (kernel.label) {
    case "convolution_direct":
    case "convolution_shuffle_direct":
    case "convolution_tiled_direct":
    case "convolution_tiled_halo":
      return directFlop(sizes);
    case "convolution_joint_direct":
    case "convolution_joint_tiled":
      return structsOf(sizes).reduce((sum, one) => sum + directFlop(one), 0);
    case "convolution_gemm":
    case "convolution_shuffle_gemm":
    case "convolution_tiled_gemm":
      return 2 * PLANES * sizes.rows * 16 * sizes.inner * sizes.columns;
    case "convolution_winograd": {
      const images = sizes.end_image - sizes.first_image;
      return TRANSFORMS[operation] * images * sizes.tile_rows * sizes.tile_columns * 4 *
        sizes.slots;
    }
    case "convolution_tiled_winograd":
      return fusedFlop(sizes, workgroups[0]);
    case "convolution_winograd_weight":
      return WEIGHT_TRANSFORM * 4 * overArray(sizes, "weight_cells");
    case "convolution_sum":
      return operation.startsWith("dsum_planes")
        ? WEIGHT_GRADIENT * 4 * overArray(sizes, "weight_cells")
        : undefined;
    case "correlation":
    case "correlation_tiled": {
      if (operation === "leaky_relu_gradient") return undefined;
      const pixels = featurePixels(dispatch, sizes), maps = operation === "gradients" ? 2 : 1;
      return 2 * COSTS * pixels * 4 * sizes.slots * maps;
    }
    case "photometric_census":
      return CENSUS[operation] * sizes.batch * sizes.height * sizes.width;
    default:
      return undefined;
  }
}

/** Pixels of the feature maps of a correlation. */
const featurePixels = ({ reads: [first] }: RecordedDispatch, { slots }: Sizes) =>
  first.bytes / VECTOR / slots;

/** Bytes of a correlation: costs and their gradients may be some slots of every pixel of a buffer. */
function correlationBytes(dispatch: RecordedDispatch, sizes: Sizes): number {
  const { kernel, reads, writes } = dispatch;
  const operation = operationOf(kernel);
  if (operation === "leaky_relu_gradient") return 3 * writes[0].bytes;
  const costs = VECTOR * featurePixels(dispatch, sizes) * COST_SLOTS;
  const maps = operation === "gradients" ? 4 : 2;
  return maps * reads[0].bytes + (reads.length + writes.length - maps) * costs;
}

/** Bytes of an enlargement: of two, the first output and its summands may be some slots of every pixel of a buffer. */
function enlargementBytes({ kernel, reads, writes }: RecordedDispatch, sizes: Sizes): number {
  const { SUMMANDS, OUTPUTS } = kernel.constants;
  const first = VECTOR * sizes.batch * sizes.output_height * sizes.output_width * sizes.slots;
  if (SUMMANDS !== undefined) {
    return writes[0].bytes + SUMMANDS * first + (OUTPUTS > 1 ? reads.at(-1)!.bytes : 0);
  }
  const [, second] = writes;
  return reads[0].bytes + (second ? second.bytes + (writes.length - 1) * first : first);
}

/** Bytes of the part of the flat parameters, or of their gradients, that a convolution's kernel touches. */
function parameterBytes({ kernel: { label, entryPoint } }: RecordedDispatch, sizes: Sizes): number {
  // The planes of weights are a buffer of their own; the output's transform binds the weights and uses the bias alone, if it has one.
  if (label === "convolution_winograd" || label === "convolution_tiled_winograd") {
    return VECTOR * sizes.biased * sizes.slots;
  }
  if (label === "convolution_winograd_weight") {
    // A weight that is transformed as it is and turned is read once.
    const used = structsOf(sizes).filter(({ weight_cells }) => weight_cells > 0);
    const cells = new Map(
      used.map(({ weight_offset, weight_cells }) => [weight_offset, weight_cells]),
    );
    return [...cells.values()].reduce((sum, ofTap) => sum + VECTOR * 9 * ofTap, 0);
  }
  if (label === "convolution_sum") {
    const taps = entryPoint.startsWith("dsum_planes") ? 9 : 1;
    return VECTOR * (taps * overArray(sizes, "weight_cells") + overArray(sizes, "output_slots"));
  }
  const layers = label === "convolution_joint_direct" ? structsOf(sizes) : [sizes];
  return layers.reduce(
    (sum, { taps, input_slots, output_slots }) =>
      sum + VECTOR * 4 * taps * input_slots * output_slots,
    0,
  );
}

/** The last bindings of a kernel that passes its gradient through the activation of its input (activation.ts). */
const PASSAGE_BINDINGS = 5;

/** Bytes of these: activated slots and what another use left of them are read, all slots and sums for the bias, if any, written. */
function passageBytes({ kernel, writes }: RecordedDispatch, sizes: Sizes): number {
  const own = sizes.end_activated - sizes.first_own;
  const read = (sizes.end_activated - sizes.first_activated) * (sizes.more_stride > 0 ? 2 : 1);
  if (!kernel.label.endsWith("_winograd")) {
    const pixels = sizes.batch * sizes.height * sizes.width;
    const sums = kernel.label.startsWith("convolution_tiled") ? 0 : writes[1].bytes;
    return VECTOR * pixels * (sizes.input_slots + read) + sums;
  }
  const images = sizes.end_image - sizes.first_image;
  const pixels = images * sizes.height * sizes.width;
  const sums = kernel.entryPoint === "output_activated"
    ? images * sizes.tile_rows * sizes.tile_columns * own
    : 0;
  return VECTOR * (pixels * (sizes.slots + read) + sums);
}

/** Bytes of a weight in Winograd's planes, which lies beside others in the second storage that a kernel reads; 0 where there is none. */
function weightPlaneBytes({ kernel }: RecordedDispatch, sizes: Sizes): number {
  if (kernel.label === "convolution_tiled_winograd") {
    return VECTOR * PLANES * 4 * sizes.depth * sizes.slots;
  }
  return sizes.right_first === undefined || operationOf(kernel) === "correlate"
    ? 0
    : VECTOR * PLANES * 4 * sizes.inner * sizes.columns;
}

function bytesOf(dispatch: RecordedDispatch, flat: ReadonlySet<Storage>): number {
  const { kernel, reads, writes } = dispatch;
  const { label } = kernel;
  const sizes = sizesOf(dispatch);
  const sum = (storages: readonly Storage[]) =>
    [...new Set(storages)].reduce((total, { bytes }) => total + bytes, 0);
  if (label === "upsample") return enlargementBytes(dispatch, sizes);
  if (label.startsWith("correlation")) return correlationBytes(dispatch, sizes);
  if (kernel.constants.SUMMANDS !== undefined) {
    // Each summand is some slots of a buffer that may be wider; bindings that are left over repeat the last.
    const { SUMMANDS } = kernel.constants;
    const count = sizes.count ?? sizes.pixels * sizes.slots;
    const others = label === "convolution_activation" ? 1 : 0;
    return VECTOR * count * (SUMMANDS + others) + sum(writes);
  }
  // One pixel of those that become one.
  if (label === "nearest_downsample") return 2 * sum(writes);
  // A sum may be written into two buffers, some slots of every pixel of each.
  if (label === "arithmetic" && sizes.scale_b !== undefined) {
    return VECTOR * sizes.count * (reads.length + writes.length);
  }
  if (!label.startsWith("convolution")) return sum([...reads, ...writes]);
  // A convolution may write its output into two buffers, some slots of every pixel of each.
  const outputs = kernel.entryPoint.startsWith("forward") ? writes : [];
  const planes = weightPlaneBytes(dispatch, sizes);
  const others = planes > 0 ? reads.filter((_, index) => index !== 1) : reads;
  const own = [...others, ...writes].filter((storage) =>
    !flat.has(storage) && !outputs.includes(storage)
  );
  const parameters = planes +
    (own.length < others.length + writes.length ? parameterBytes(dispatch, sizes) : 0);
  if (sizes.end_activated > 0) {
    return sum(own.slice(0, -PASSAGE_BINDINGS)) + parameters + passageBytes(dispatch, sizes);
  }
  if (label === "convolution_tiled_winograd") {
    const images = sizes.end_image - sizes.first_image;
    const pixels = images * sizes.height * sizes.width;
    return sum(others.filter((storage) => !flat.has(storage))) + parameters +
      VECTOR * pixels * sizes.slots * writes.length;
  }
  if (outputs.length > 0) {
    const pixels = sizes.batch * sizes.output_height * sizes.output_width;
    return sum(own) + parameters + VECTOR * pixels * sizes.output_slots * outputs.length;
  }
  if (label !== "convolution_winograd") return sum(own) + parameters;
  // A slice of the images of a picture, or of several, beside planes that are of the slice alone.
  const added = kernel.constants.PLUS === 1 ? [reads[2]] : [];
  const pictures = operationOf(kernel) === "output" ? [...added, ...writes] : reads;
  const images = sizes.end_image - sizes.first_image;
  return sum(own.filter((storage) => !pictures.includes(storage))) + parameters +
    VECTOR * images * sizes.height * sizes.width * sizes.slots * pictures.length;
}

/**
 * @param flat buffers of all parameters, of which a convolution uses a part
 * @throws {Error} for a kernel whose sizes are not those of its WGSL
 */
export function workOfDispatch(dispatch: RecordedDispatch, flat: ReadonlySet<Storage>): Work {
  return { flop: flopOf(dispatch), bytes: bytesOf(dispatch, flat) };
}
