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

/** Winograd's planes of a tile, bytes of a vec4, costs of a pixel. */
const PLANES = 36, VECTOR = 16, COSTS = 81;
/** Arithmetic of a tile's channel in the transforms: that of one vector times vectors of a tile (convolution_winograd.wgsl). */
const TRANSFORMS: Readonly<Record<string, number>> = {
  input: 19 * 12,
  gradient: 11 * 10,
  output: 13 * 10,
  weight: 12 * 9,
};
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

function flopOf(dispatch: RecordedDispatch): number | undefined {
  const { kernel, writes, workgroups } = dispatch;
  const operation = operationOf(kernel);
  const sizes = sizesOf(dispatch);
  switch (kernel.label) {
    case "convolution_direct":
    case "convolution_shuffle_direct":
    case "convolution_tiled_direct":
    case "convolution_tiled_halo":
      return directFlop(sizes);
    case "convolution_joint_direct":
      return structsOf(sizes).reduce((sum, one) => sum + directFlop(one), 0);
    case "convolution_gemm":
    case "convolution_shuffle_gemm":
    case "convolution_tiled_gemm":
      return 2 * PLANES * sizes.rows * 16 * sizes.inner * sizes.columns;
    case "convolution_winograd": {
      // Of weights all pairs of channels are transformed, once or as they are and turned, of pictures all channels of all tiles.
      const channels = /weight/.test(operation)
        ? 4 * sizes.weight_cells * workgroups[2]
        : (sizes.end_image - sizes.first_image) * sizes.tile_rows * sizes.tile_columns * 4 *
          sizes.slots;
      return TRANSFORMS[operation] * channels;
    }
    case "convolution_sum":
      return operation === "dsum_planes"
        ? WEIGHT_GRADIENT * 4 * overArray(sizes, "weight_cells")
        : undefined;
    case "correlation":
    case "correlation_tiled": {
      if (operation === "leaky_relu_gradient") return undefined;
      // Features have a pixel in so many vec4; the costs, which forward writes, in 21. The gradients are of both maps.
      const slots = operation === "forward" ? Math.ceil(COSTS / 4) : sizes.slots;
      const pixels = writes[0].bytes / VECTOR / slots;
      return 2 * COSTS * pixels * 4 * sizes.slots * writes.length;
    }
    case "photometric_census":
      return CENSUS[operation] * sizes.batch * sizes.height * sizes.width;
    default:
      return undefined;
  }
}

/** Bytes of the part of the flat parameters, or of their gradients, that a convolution's kernel touches. */
function parameterBytes({ kernel: { label, entryPoint } }: RecordedDispatch, sizes: Sizes): number {
  if (label === "convolution_winograd") {
    // The output's transform binds the weights and uses the bias alone, if it has one.
    return sizes.weight_cells > 0 && sizes.end_image === 0
      ? VECTOR * 9 * sizes.weight_cells
      : VECTOR * sizes.biased * sizes.slots;
  }
  if (label === "convolution_sum") {
    const taps = entryPoint === "dsum_planes" ? 9 : 1;
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

/** Bytes of these: activated slots and what another use left of them are read, all slots and the sums for the bias written. */
function passageBytes({ kernel, writes }: RecordedDispatch, sizes: Sizes): number {
  const own = sizes.end_activated - sizes.first_own;
  const read = (sizes.end_activated - sizes.first_activated) * (sizes.more_stride > 0 ? 2 : 1);
  if (kernel.label !== "convolution_winograd") {
    const pixels = sizes.batch * sizes.height * sizes.width;
    return VECTOR * pixels * (sizes.input_slots + read) + writes[1].bytes;
  }
  const images = sizes.end_image - sizes.first_image;
  const pixels = images * sizes.height * sizes.width;
  const tiles = images * sizes.tile_rows * sizes.tile_columns;
  return VECTOR * (pixels * (sizes.slots + read) + tiles * own);
}

function bytesOf(dispatch: RecordedDispatch, flat: ReadonlySet<Storage>): number {
  const { kernel, reads, writes } = dispatch;
  const { label } = kernel;
  const sizes = sizesOf(dispatch);
  const sum = (storages: readonly Storage[]) =>
    [...new Set(storages)].reduce((total, { bytes }) => total + bytes, 0);
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
  const own = [...reads, ...writes].filter((storage) =>
    !flat.has(storage) && !outputs.includes(storage)
  );
  const parameters = own.length < reads.length + writes.length
    ? parameterBytes(dispatch, sizes)
    : 0;
  if (sizes.end_activated > 0) {
    return sum(own.slice(0, -PASSAGE_BINDINGS)) + parameters + passageBytes(dispatch, sizes);
  }
  if (outputs.length > 0) {
    const pixels = sizes.batch * sizes.output_height * sizes.output_width;
    return sum(own) + parameters + VECTOR * pixels * sizes.output_slots * outputs.length;
  }
  if (label !== "convolution_winograd" || sizes.end_image === 0) return sum(own) + parameters;
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
