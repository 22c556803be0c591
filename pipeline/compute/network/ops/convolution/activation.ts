/**
 * The gradient of a convolution's output on its way through the activation, and the sums for the bias: by a pass of its own, or
 * with the gradient of the input of the convolution that uses the output last. Kernels in tiles sum for the bias as they make the
 * gradient of the weight: with them nothing is summed here.
 */
import code from "../../../../../kernels/network/convolution_activation.wgsl" with { type: "text" };
import { defineKernel } from "../../../gpu/kernel.ts";
import { slotCount } from "../../../gpu/layout.ts";
import { f32, type Param, workgroupsFor } from "../../../gpu/program.ts";
import type { Storage } from "../../../gpu/tensor.ts";
import {
  bindSummands,
  fewSummands,
  isWhole,
  MOST_SUMMANDS,
  type OutputGradient,
  recordSummands,
  type Summand,
  wholeOf,
} from "../../../record_gradient.ts";
import type { Tape, Value } from "../../../tape.ts";
import { partsOf } from "../concatenate.ts";
import type { Convolution } from "./shape.ts";

const label = "convolution_activation";

// By the number of summands, from one.
const dactivations = (entryPoint: string, writes: 1 | 2) =>
  Array.from(
    { length: MOST_SUMMANDS },
    (_, index) =>
      defineKernel(label, code, entryPoint, {
        reads: MOST_SUMMANDS + 1,
        writes,
        constants: { SUMMANDS: index + 1 },
      }),
  );
const dactivation = dactivations("dactivation", 2);
const dactivationOnly = dactivations("dactivation_only", 1);
const dbias = defineKernel(label, code, "dbias", { reads: 1, writes: 1 });

/** Fewest pixels and most chunks of a partial sum. */
const FEWEST_PIXELS = 16, MOST_CHUNKS = 256;
const SLOPE = 0.1;
const MOST_PASSED_CHUNKS = 4096;

interface Activated {
  /** Whether there was a bias before, whose gradient needs sums. */
  readonly bias: boolean;
}

const activatedValues = (tape: Tape) =>
  tape.once("results of LeakyReLU", () => new Map<Value, Activated>());

/** Remembers that a value is the result of a LeakyReLU. */
export function rememberActivated(tape: Tape, value: Value, activated: Activated): void {
  activatedValues(tape).set(value, activated);
}

/** How a kernel takes the gradient of some slots of its input through the activation that made them, and sums it for the bias. */
export interface Passage {
  /** What the kernel reads for that: the input, and what another use left of the gradient. */
  readonly reads: readonly Storage[];
  /** What it writes: the gradient of the last part, sums of that, if any, and the gradient of all other slots. */
  readonly writes: readonly Storage[];
  /** Those of the kernel from first_activated on. */
  readonly params: readonly Param[];
  /** For the summand that the kernel makes. */
  readonly beforeActivation: Summand["beforeActivation"];
}

/** Whether the kernels of the weight's gradient sum for the bias: those in tiles, of all convolutions on a GPU that are not exact. */
export function sumsWithWeight({ gpu, exact }: Pick<Tape, "gpu" | "exact">): boolean {
  return gpu.family === "gpu" && !exact;
}

/** Params of a kernel that shares its params with one that has a passage. */
export const NO_PASSAGE: Passage["params"] = [0, 0, 0, 0, 0];

/**
 * The passage of a convolution's input, or of those of its parts that nothing else will add to: a pass over all pixels is saved.
 * One part made by a convolution, which one other use may have left a summand of, and parts without a bias right before it.
 * @param dInput where the gradient of the input goes
 * @param chunks partial sums for the bias, where the kernel makes them; one thread adds them all, so too many cost more than the
 * pass, and round more
 */
export function passageOf(
  tape: Tape,
  input: Value,
  dInput: Storage,
  chunks: number,
): Passage | undefined {
  const sums = !sumsWithWeight(tape);
  if (tape.exact || sums && chunks > MOST_PASSED_CHUNKS) return undefined;
  const parts = partsOf(tape, input);
  const joined = parts.length > 1;
  if (tape.usesLeft(input) !== 1 || joined && tape.summandsOf(input).length > 0) return undefined;
  const activated = activatedValues(tape);
  let end = 0;
  const places = parts.map((value) => {
    const first = end;
    end += slotCount(value.segments) / 4;
    const passes = tape.usesLeft(value) === 1;
    return { value, first, end, passes, summands: tape.summandsOf(value) };
  });
  const last = places.findLastIndex(({ value, passes, summands }) =>
    passes && summands.length <= 1 && activated.get(value)?.bias
  );
  if (last < 0) return undefined;
  const { [last]: own } = places, [more] = own.summands;
  let from = last;
  const joins = ({ value, passes, summands }: typeof own) =>
    passes && summands.length === 0 && activated.get(value)?.bias === false;
  while (!more && from > 0 && joins(places[from - 1])) from--;
  const gradient = joined ? tape.scratch(`d ${own.value.label}`, own.value.storage.bytes) : dInput;
  const unused = () => tape.scratch("unused", 16);
  const biasSums = sums
    ? tape.scratch(`sums of d ${own.value.label}`, 16 * chunks * (own.end - own.first))
    : undefined;
  const bias = biasSums && { sums: biasSums, chunks };
  return {
    reads: [input.storage, more?.storage ?? input.storage],
    writes: [gradient, biasSums ?? unused(), joined ? dInput : unused()],
    params: [places[from].first, own.first, own.end, more?.stride ?? 0, more?.first ?? 0],
    beforeActivation: new Map<Value, OutputGradient | undefined>([
      [input, undefined],
      ...places.slice(from, last).map(({ value }) => [value, undefined] as const),
      [own.value, { gradient, bias }],
    ]),
  };
}

/**
 * Records both; without activation the gradient is that of the output itself, added up.
 * @param dOutput summands of the gradient of `output`
 */
export function outputGradient(
  tape: Tape,
  convolution: Convolution,
  dOutput: readonly Summand[],
  output: Value,
): OutputGradient {
  const { batch, outputHeight, outputWidth, outputSlots, leakyRelu } = convolution;
  const [{ beforeActivation }] = dOutput;
  const passed = beforeActivation?.get(output);
  if (passed) return passed;
  const pixels = batch * outputHeight * outputWidth;
  const sums = !sumsWithWeight(tape);
  const chunk = Math.max(FEWEST_PIXELS, Math.ceil(pixels / MOST_CHUNKS));
  const chunks = Math.ceil(pixels / chunk);
  const params = [pixels, outputSlots, chunk, chunks, f32(leakyRelu ? SLOPE : 1)];
  const biasSums = () => tape.scratch(`sums of d ${output.label}`, 16 * chunks * outputSlots);
  if (!leakyRelu && (!sums || isWhole(output, dOutput))) {
    const { storage: gradient } = recordSummands(tape, output, dOutput);
    if (!sums) return { gradient };
    const bias = { sums: biasSums(), chunks };
    tape.dispatch(dbias, {
      params: [...params, ...bindSummands(dOutput).params, 0, 0],
      reads: [gradient],
      writes: [bias.sums],
      workgroups: workgroupsFor(chunks * outputSlots, 64),
    });
    return { gradient, bias };
  }
  const summands = fewSummands(tape, output, dOutput);
  const bound = bindSummands(summands);
  const gradient = tape.scratch(`d ${output.label} before activation`, output.storage.bytes);
  const bias = sums ? { sums: biasSums(), chunks } : undefined;
  tape.dispatchMovable(wholeOf(output), ([{ storage, stride, first }]) => ({
    kernel: (bias ? dactivation : dactivationOnly)[summands.length - 1],
    params: [...params, ...bound.params, stride, first],
    reads: [...bound.reads, storage],
    writes: bias ? [gradient, bias.sums] : [gradient],
    workgroups: workgroupsFor((bias ? chunks : pixels) * outputSlots, 64),
  }));
  return { gradient, bias };
}
