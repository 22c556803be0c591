/**
 * The tape: operations append their forward dispatches and leave behind how to append their backward ones.
 * backward() walks the record in reverse; a value used twice gets the sum of its gradients, in the order in which
 * they arise. Nothing is computed while recording.
 */
import type { Gpu } from "./gpu/device.ts";
import type { Kernel } from "./gpu/kernel.ts";
import { activationBytes, packActivation, unpackActivation } from "./gpu/layout.ts";
import { type Dispatch, type Program, type RecordedDispatch, Recorder } from "./gpu/program.ts";
import {
  Arena,
  persistentStorage,
  type Place,
  readStorage,
  scratchStorage,
  type Shape,
  type Storage,
  zeroedStorage,
} from "./gpu/tensor.ts";
import type { Parameter } from "./parameters.ts";
import { recordCopy } from "./record_arithmetic.ts";
import { recordSummands, type Summand, wholeOf } from "./record_gradient.ts";
import type { Operand } from "./recording.ts";

/** A tensor [N, C, H, W] of the record. */
export type Value = Operand;

interface Node {
  readonly outputs: readonly Value[];
  readonly inputs: readonly Value[];
  /** Given the summands of each output's gradient; those of an output that has none are undefined. */
  readonly backward: (summands: readonly (readonly Summand[] | undefined)[]) => void;
}

export class Tape {
  readonly gpu: Gpu;
  /** True: convolutions use the direct kernels only, which round least. */
  readonly exact: boolean;
  /** False: nothing that is recorded has a gradient, and so every operation can be used, also those that have none. */
  readonly #gradients: boolean;
  readonly #recorder = new Recorder();
  readonly #nodes: Node[] = [];
  readonly #differentiable = new Set<Value>();
  readonly #usesLeft = new Map<Value, number>();
  readonly #gradientOf = new Map<Value, readonly Summand[]>();
  readonly #touchedParameters = new Set<string>();
  readonly #memo = new Map<string, unknown>();
  readonly #endings: (() => void)[] = [];

  constructor(gpu: Gpu, options: { exact?: boolean; gradients?: boolean } = {}) {
    this.gpu = gpu;
    this.exact = options.exact ?? false;
    this.#gradients = options.gradients ?? true;
  }

  /** A new intermediate value; the operation that asks for it writes every slot of it, padding with zero. */
  value(label: string, shape: Shape, segments: readonly number[] = [shape[1]]): Value {
    return {
      label,
      shape,
      segments,
      storage: scratchStorage(label, activationBytes(shape, segments)),
    };
  }

  /** A value with a buffer of its own, for inputs, results that the host reads, and state between runs. */
  persistent(label: string, shape: Shape, segments: readonly number[] = [shape[1]]): Value {
    const storage = persistentStorage(this.gpu, label, activationBytes(shape, segments));
    return { label, shape, segments, storage };
  }

  /** A persistent value of zeros, but for what dispatches of this tape write. */
  zeros(label: string, shape: Shape, segments: readonly number[] = [shape[1]]): Value {
    const storage = zeroedStorage(this.gpu, label, activationBytes(shape, segments));
    return { label, shape, segments, storage };
  }

  /** A persistent value that receives a gradient. */
  variable(label: string, shape: Shape, segments: readonly number[] = [shape[1]]): Value {
    const value = this.persistent(label, shape, segments);
    if (this.#gradients) this.#differentiable.add(value);
    return value;
  }

  /** Memory that is no tensor: partial sums, lists, transformed weights. */
  scratch(label: string, bytes: number): Storage {
    return scratchStorage(label, bytes);
  }

  /** The same, of parts that are reserved while the program is recorded. */
  arena(label: string): Arena {
    return new Arena(label);
  }

  dispatch(kernel: Kernel, dispatch: Dispatch): void {
    this.#recorder.dispatch(kernel, dispatch);
  }

  /** Appends a dispatch that reads or writes a value, and can do so where that lies as a part of another (gpu/joins.ts). */
  dispatchMovable(own: Place, at: (places: readonly Place[]) => RecordedDispatch): void {
    const { kernel, ...dispatch } = at([own]);
    this.dispatch(kernel, { ...dispatch, movable: { own, at } });
  }

  /** Has programs begin with what `make` gives when all is recorded, of values that they do not compute themselves. */
  dispatchFirst(make: () => RecordedDispatch): void {
    this.#recorder.dispatchFirst(make);
  }

  /** All dispatches so far as a program would have them. */
  recorded(): readonly RecordedDispatch[] {
    return this.#recorder.recorded();
  }

  /** Makes something once per tape, for example the transform of a weight that several layers share. */
  once<T>(key: string, make: () => T): T {
    if (!this.#memo.has(key)) this.#memo.set(key, make());
    return this.#memo.get(key) as T;
  }

  isDifferentiable(value: Value): boolean {
    return this.#differentiable.has(value);
  }

  /**
   * Leaves behind how `output` passes its gradient on. Called by backward() with d(loss)/d(output), if there is one,
   * when `always` is set or any of `inputs` is differentiable. The callback calls accumulate() for each input.
   */
  node(
    output: Value,
    inputs: readonly Value[],
    backward: (gradient: Value) => void,
    options: { always?: boolean } = {},
  ): void {
    this.nodeOfSummands(
      output,
      inputs,
      (summands) => backward(this.#addUp(output, summands)),
      options,
    );
  }

  /** As node(), for an operation whose kernels add up the summands of its gradient themselves. */
  nodeOfSummands(
    output: Value,
    inputs: readonly Value[],
    backward: (summands: readonly Summand[]) => void,
    options: { always?: boolean } = {},
  ): void {
    this.#addNode({ outputs: [output], inputs, backward: ([all]) => backward(all!) }, options);
  }

  /** As node(), for an operation of several outputs; the callback gets undefined for the gradient of an output that has none. */
  nodeOfOutputs(
    outputs: readonly Value[],
    inputs: readonly Value[],
    backward: (gradients: readonly (Value | undefined)[]) => void,
  ): void {
    this.nodeOfOutputSummands(
      outputs,
      inputs,
      (summands) =>
        backward(outputs.map((output, i) => summands[i] && this.#addUp(output, summands[i]))),
    );
  }

  /** As nodeOfOutputs(), for an operation whose kernels add up the summands of its gradients themselves. */
  nodeOfOutputSummands(
    outputs: readonly Value[],
    inputs: readonly Value[],
    backward: Node["backward"],
  ): void {
    this.#addNode({ outputs, inputs, backward });
  }

  #addNode(node: Node, { always }: { always?: boolean } = {}): void {
    if (!this.#gradients) return;
    if (!always && !node.inputs.some((input) => this.#differentiable.has(input))) return;
    this.#countUses(node.inputs, 1);
    for (const output of node.outputs) this.#differentiable.add(output);
    this.#nodes.push(node);
  }

  #countUses(inputs: readonly Value[], change: 1 | -1): void {
    for (const input of inputs) this.#usesLeft.set(input, this.usesLeft(input) + change);
  }

  /** How many nodes have a value as input and are not through with their backward dispatches: so many can add to its gradient. */
  usesLeft(value: Value): number {
    return this.#usesLeft.get(value) ?? 0;
  }

  /** The summands of a value's gradient that have come so far. */
  summandsOf(value: Value): readonly Summand[] {
    return this.#gradientOf.get(value) ?? [];
  }

  /**
   * Adds to the gradient of a value; ignored for a value that needs none. A gradient before the value's activation is all of it.
   * @throws {Error} when the gradient that is there is one before the value's activation
   */
  accumulate(value: Value, gradient: Value | Summand): void {
    if (!this.#differentiable.has(value)) return;
    const summand = "shape" in gradient ? wholeOf(gradient) : gradient;
    const before = this.summandsOf(value);
    if (before.some(({ beforeActivation }) => beforeActivation?.has(value))) {
      throw new Error(
        `Cannot add to the gradient of ${value.label}: one use has taken it through its activation, since no node named another. ` +
          `Record all uses before backward(), with the value among the inputs of their nodes.`,
      );
    }
    const complete = summand.beforeActivation?.has(value);
    this.#gradientOf.set(value, complete ? [summand] : [...before, summand]);
  }

  /** The gradient of a value after backward(). @throws {Error} when it has none */
  gradientOf(value: Value): Value {
    const summands = this.#gradientOf.get(value);
    if (!summands) {
      throw new Error(
        `${value.label} has no gradient: nothing that was differentiated depends on it.`,
      );
    }
    return this.#addUp(value, summands);
  }

  // Once for each value: whoever asks again gets the same sum.
  #addUp(value: Value, summands: readonly Summand[]): Value {
    const sum = recordSummands(this, value, summands);
    this.#gradientOf.set(value, [wholeOf(sum)]);
    return sum;
  }

  /**
   * How a kernel writes the gradient of a parameter: the first contribution of a program replaces what is there,
   * the following ones add. Returns 0 or 1, the factor of the old content.
   */
  keepParameterGradient(parameter: Parameter): 0 | 1 {
    if (this.#touchedParameters.has(parameter.name)) return 1;
    this.#touchedParameters.add(parameter.name);
    return 0;
  }

  /** Has backward(), the present or the next one, call `append` when it is through: for what several nodes do together. */
  atEndOfBackward(append: () => void): void {
    this.#endings.push(append);
  }

  /**
   * Appends the backward pass.
   * @param loss the value to differentiate; a scalar [1, 1, 1, 1] unless `seed` is given
   * @param seed d(objective)/d(loss), of the same shape; default 1
   */
  backward(loss: Value, seed?: Value): void {
    let gradient = seed;
    if (!gradient) {
      gradient = this.persistent("one", [1, 1, 1, 1]);
      this.write(gradient, [1]);
    }
    this.#gradientOf.set(loss, [wholeOf(gradient)]);
    for (const { outputs, inputs, backward } of this.#nodes.reverse()) {
      const summands = outputs.map((output) => this.#gradientOf.get(output));
      if (summands.some(Boolean)) backward(summands);
      this.#countUses(inputs, -1);
    }
    this.#nodes.length = 0;
    for (const append of this.#endings.splice(0)) append();
  }

  /** Compiles and places what was recorded. */
  finish(): Promise<Program> {
    return this.#recorder.finish(this.gpu);
  }

  /** Sets a persistent value from [N, C, H, W] data. */
  write(value: Value, data: ArrayLike<number>): void {
    const wanted = value.shape.reduce((product, side) => product * side, 1);
    if (data.length !== wanted) {
      throw new Error(
        `Cannot write ${value.label}: [${value.shape}] takes ${wanted} values, got ${data.length}.`,
      );
    }
    this.writePacked(value, packActivation(data, value.shape, value.segments));
  }

  /** Sets a persistent value from data that is in the device's order already. */
  writePacked(value: Value, data: Float32Array<ArrayBuffer>): void {
    if (!value.storage.buffer) {
      throw new Error(`Cannot write ${value.label}: it is an intermediate value.`);
    }
    if (value.storage.zeroed) {
      throw new Error(`Cannot write ${value.label}: kernels rely on its zeros.`);
    }
    this.gpu.device.queue.writeBuffer(value.storage.buffer, 0, data);
  }

  /** Reads a persistent value as [N, C, H, W]. @throws {Error} for an intermediate value */
  async read(value: Value): Promise<Float32Array> {
    return unpackActivation(
      await readStorage(this.gpu, value.storage),
      value.shape,
      value.segments,
    );
  }

  /** Copies a value into a persistent one, so that the host can read it. */
  keep(value: Value): Value {
    const kept = this.persistent(value.label, value.shape, value.segments);
    recordCopy(this, value, kept);
    return kept;
  }
}
