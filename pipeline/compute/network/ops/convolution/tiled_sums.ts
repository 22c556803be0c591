/**
 * The gradients of weight and bias of a direct convolution by kernels in tiles: partial sums, of up to three convolutions in one
 * dispatch where these are so small that a dispatch costs more than what it does.
 */
import type { Param, Workgroups } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import type { Tape } from "../../../tape.ts";
import { generatedKernel } from "./generate/family.ts";
import { jointParams, jointTiled } from "./generate/joint_tiled.ts";
import { tiledDirect } from "./generate/tiled_direct.ts";
import { type Tiling, tilingName } from "./generate/tiling.ts";
import { addToGradients } from "./parameter_sums.ts";
import type { Convolution } from "./shape.ts";
import { MOST_TOGETHER, recordTogether } from "./together.ts";

/**
 * What does not wait for others: bytes of pictures that a card reads in a few times what a dispatch takes, which would only take up
 * memory, and workgroups that keep it busy for as long.
 */
const LARGE = { bytes: 32 << 20, workgroups: 1 << 14 };

/** The sums of one convolution. */
export interface TiledSums {
  readonly convolution: Convolution;
  readonly chunks: number;
  readonly params: readonly Param[];
  /** The input, and the gradient of the output before its activation. */
  readonly reads: readonly [Storage, Storage];
  readonly workgroups: Workgroups;
}

/** Writes, or adds to, the gradients of weight and bias, at the latest at the end of the backward pass. */
export function recordTiledSums(tape: Tape, tiling: Tiling, item: TiledSums): void {
  const bytes = item.reads.reduce((sum, storage) => sum + storage.bytes, 0);
  const workgroups = item.workgroups.reduce((product, count) => product * count);
  const { kernel, inputSlots, outputSlots } = item.convolution;
  const sums = 16 * item.chunks * kernel ** 2 * 4 * inputSlots * outputSlots;
  const fits = MOST_TOGETHER * sums <= tape.gpu.largestStorage;
  const large = bytes > LARGE.bytes || workgroups > LARGE.workgroups;
  if (large || !fits) record(tape, tiling, [item]);
  else {
    recordTogether<TiledSums & { convolutions: readonly Convolution[] }>(tape, {
      key: `in tiles ${tilingName(tiling)}`,
      rule: "free",
      record: (items) => record(tape, tiling, items),
    }, { ...item, convolutions: [item.convolution] });
  }
}

function record(tape: Tape, tiling: Tiling, items: readonly TiledSums[]): void {
  let sumCells = 0, biasCells = 0, groups = 0;
  const placed = items.map((item) => {
    const { convolution: { kernel, inputSlots, outputSlots }, chunks, workgroups } = item;
    const [columns, rows, depth] = workgroups;
    const first = { sums: sumCells, biasSums: biasCells }, firstGroup = groups;
    sumCells += chunks * kernel ** 2 * 4 * inputSlots * outputSlots;
    biasCells += chunks * outputSlots;
    groups += columns * rows * depth;
    return { ...item, first, own: [firstGroup, columns, rows, first.sums, first.biasSums] };
  });
  const [{ convolution: { weight }, params, reads, workgroups }] = placed;
  const sums = tape.scratch(`partial d ${weight.name}`, 16 * sumCells);
  const biasSums = tape.scratch(`sums for the bias of ${weight.name}`, 16 * biasCells);
  const writes = [sums, biasSums];
  if (placed.length === 1) {
    const kernel = generatedKernel(tiledDirect, { name: "dweight", tiling });
    tape.dispatch(kernel, { params, reads, writes, workgroups });
  } else {
    // Begins behind the last workgroup.
    const absent = { own: [groups, 1, 1, 0, 0], params: params.map(() => 0), reads };
    const all = [...placed, ...new Array(MOST_TOGETHER - placed.length).fill(absent)];
    tape.dispatch(generatedKernel(jointTiled, tiling), {
      params: all.flatMap(({ own, params }) => jointParams(own, params)),
      reads: all.flatMap(({ reads }) => reads),
      writes,
      workgroups: [groups, 1, 1],
    });
  }
  const addends = placed.map(({ convolution, chunks, first }) => ({
    convolution,
    chunks,
    biasChunks: chunks,
    first,
  }));
  addToGradients(tape, { sums, biasSums, addends });
}
