/**
 * The weights of all convolutions in Winograd's planes. Which ones a program reads is known when all of it is recorded: one
 * dispatch at its beginning makes them, one after another in one storage.
 */
import code from "../../../../../kernels/network/convolution_winograd_weight.wgsl" with {
  type: "text",
};
import { defineKernel } from "../../../gpu/kernel.ts";
import { type RecordedDispatch, workgroupsFor } from "../../../gpu/program.ts";
import type { Arena, Storage } from "../../../gpu/tensor.ts";
import type { Parameter } from "../../../parameters.ts";
import type { Tape } from "../../../tape.ts";
import { PLANES } from "./planes.ts";
import type { Convolution } from "./shape.ts";

const THREADS = 64;
/** Transforms of a dispatch: the kernel has params for so many. */
export const MOST_TRANSFORMS = 64;

const kernel = defineKernel("convolution_winograd_weight", code, "transform", {
  reads: 1,
  writes: 1,
});

/** Where the right operand of the products lies: [36][4 input slots][output slots] as vec4, the first of them. */
export interface TransformedWeight {
  readonly right: Storage;
  readonly rightFirst: number;
}

/** The transforms of one dispatch. */
interface Table {
  /** The flat parameters. */
  readonly values: Storage;
  readonly planes: Arena;
  /** Structs of the kernel's table, flat. */
  readonly params: (readonly [firstThread: number, cells: number, offset: number, turned: 0 | 1])[];
}

const threadsFor = (cells: number) => Math.ceil(cells / THREADS) * THREADS;
const bytesOf = (threads: number) => 16 * PLANES * threads;

function dispatchOf({ values, planes, params }: Table): RecordedDispatch {
  const [lastThread, lastCells] = params.at(-1)!, threads = lastThread + threadsFor(lastCells);
  const absent = new Array(MOST_TRANSFORMS - params.length).fill([threads, 0, 0, 0]);
  return {
    kernel,
    params: [...params, ...absent].flat(),
    reads: [values],
    writes: [planes],
    workgroups: workgroupsFor(threads, THREADS),
  };
}

/** One that has room; another one where the largest storage or the kernel's table is full. */
function tableFor(tape: Tape, values: Storage, bytes: number): Table {
  const tables = tape.once<Table[]>("tables of Winograd's weights", () => []);
  const found = tables.find(({ planes, params, ...table }) =>
    table.values === values && params.length < MOST_TRANSFORMS &&
    planes.bytes + bytes <= tape.gpu.largestStorage
  );
  if (found) return found;
  const table: Table = { values, planes: tape.arena("weights in planes"), params: [] };
  tables.push(table);
  tape.dispatchFirst(() => dispatchOf(table));
  return table;
}

/**
 * The planes of a weight, once per tape, since the levels of a pyramid share it.
 * @param turned 1: by 180 degrees, for the gradient of the input
 */
export function transformedWeight(
  tape: Tape,
  { weight, inputSlots, outputSlots }: Convolution,
  turned: 0 | 1,
): TransformedWeight {
  const made = tape.once(
    `Winograd's weights ${turned}`,
    () => new Map<Parameter, TransformedWeight>(),
  );
  const known = made.get(weight);
  if (known) return known;
  const cells = 4 * inputSlots * outputSlots;
  const bytes = bytesOf(threadsFor(cells));
  const { planes, params } = tableFor(tape, weight.values, bytes);
  const first = planes.reserve(bytes);
  params.push([first / bytesOf(1), cells, weight.offset / 4, turned]);
  const transformed = { right: planes, rightFirst: first / 16 };
  made.set(weight, transformed);
  return transformed;
}
