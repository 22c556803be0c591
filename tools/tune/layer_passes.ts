/** One layer on the device, and its passes as programs that can be timed. */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { slotCount } from "../../pipeline/compute/gpu/layout.ts";
import type { Program } from "../../pipeline/compute/gpu/program.ts";
import { scratchStorage } from "../../pipeline/compute/gpu/tensor.ts";
import type { Plan } from "../../pipeline/compute/network/ops/convolution/choice.ts";
import { recordWaiting } from "../../pipeline/compute/network/ops/convolution/together.ts";
import {
  recordForward,
  recordInputGradient,
  recordParameterGradients,
} from "../../pipeline/compute/network/ops/convolution/passes.ts";
import type { ConvolutionPass } from "../../pipeline/compute/network/ops/convolution/planned.ts";
import {
  type Convolution,
  describeConvolution,
} from "../../pipeline/compute/network/ops/convolution/shape.ts";
import { Parameters } from "../../pipeline/compute/parameters.ts";
import { Tape, type Value } from "../../pipeline/compute/tape.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import type { Layer } from "./layers.ts";

/** Floats of noise that buffers are filled with, again and again: never zeros, which some hardware multiplies faster. */
const NOISE = 1 << 20;

const channelsOf = ({ segments }: Layer) => segments.reduce((sum, count) => sum + count, 0);

const inputShape = (layer: Layer) =>
  [layer.batch, channelsOf(layer), layer.height, layer.width] as const;

function describedParameters({ output, kernel, segments }: Layer) {
  const inputs = segments.reduce((sum, count) => sum + count, 0);
  return [
    {
      name: "w",
      kind: "weight",
      shape: [output, inputs, kernel, kernel],
      inputSegments: segments,
    },
    { name: "b", kind: "bias", shape: [output, 1, 1, 1], inputSegments: [] },
  ] as const;
}

/** The sizes of a layer, without a device. */
export function sizesOf(layer: Layer): Convolution {
  const [weight, bias] = describedParameters(layer).map((description) => ({
    ...description,
    offset: 0,
    floats: 0,
    values: scratchStorage("values", 0),
    gradients: scratchStorage("gradients", 0),
  }));
  const { segments } = layer;
  const input = { label: "input", shape: inputShape(layer), segments };
  const storage = scratchStorage("input", 0);
  return describeConvolution({ ...input, storage }, weight, bias, layer);
}

/** A pass, recorded. */
export interface RecordedPass {
  readonly program: Program;
  /** The dispatches from here on are timed; those before make what many layers share, or the forward pass keeps. */
  readonly from: number;
}

export class LayerOnDevice {
  readonly convolution: Convolution;
  readonly #gpu: Gpu;
  readonly #output: Value;
  readonly #dOutput: Value;
  readonly #dInput: Value;
  readonly #biasSums: Value;
  readonly #parameters: Parameters;

  /** @throws {TooLargeError} when its values do not fit into the device */
  constructor(gpu: Gpu, layer: Layer) {
    this.#gpu = gpu;
    const tape = new Tape(gpu);
    const rng = new Rng(1);
    const noise = Float32Array.from({ length: NOISE }, () => rng.uniform(-1, 1));
    const filled = (value: Value): Value => {
      for (let start = 0; start < value.storage.bytes; start += noise.byteLength) {
        const part = noise.subarray(0, (value.storage.bytes - start) / 4);
        gpu.device.queue.writeBuffer(value.storage.buffer!, start, part);
      }
      return value;
    };
    this.#parameters = new Parameters(gpu, describedParameters(layer));
    const [weight, bias] = ["w", "b"].map((name) => this.#parameters.get(name));
    filled({ label: "w", shape: weight.shape, segments: [], storage: weight.values });
    const input = filled(tape.persistent("input", inputShape(layer), layer.segments));
    this.convolution = describeConvolution(input, weight, bias, layer);
    const { batch, outputHeight, outputWidth } = this.convolution;
    const shape = [batch, layer.output, outputHeight, outputWidth] as const;
    this.#output = tape.persistent("output", shape);
    this.#dOutput = filled(tape.persistent("d output", shape));
    this.#dInput = tape.persistent("d input", input.shape, input.segments);
    this.#biasSums = filled(tape.persistent("bias sums", [1, slotCount([layer.output]), 1, 1]));
  }

  /**
   * Records a pass by a plan and runs it once.
   * @throws {Error} when a kernel does not compile
   * @throws {TooLargeError} when it does not fit into the device
   */
  async record(plan: Plan, pass: ConvolutionPass): Promise<RecordedPass> {
    const tape = new Tape(this.#gpu);
    const record = this.#recorder(tape, plan, pass);
    record();
    // The transform of the weight, once a tape, comes with the first round.
    const from = tape.recorded().length;
    record();
    const program = await tape.finish();
    program.run();
    await this.#gpu.finished();
    return { program, from };
  }

  #recorder(tape: Tape, plan: Plan, pass: ConvolutionPass): () => void {
    const { convolution } = this;
    const output = this.#output.storage, gradient = this.#dOutput.storage;
    if (pass === "forward") return () => recordForward(tape, convolution, plan, output);
    if (pass === "dInput") {
      return () => recordInputGradient(tape, convolution, plan, gradient, this.#dInput.storage);
    }
    const kept = { input: recordForward(tape, convolution, plan, output) };
    const down = { gradient, bias: { sums: this.#biasSums.storage, chunks: 1 } };
    return () => {
      recordParameterGradients(tape, convolution, plan, down, kept);
      recordWaiting(tape);
    };
  }

  destroy(): void {
    const values = [this.convolution.input, this.#output, this.#dOutput, this.#dInput];
    const storages = [...values, this.#biasSums].map(({ storage }) => storage);
    const { values: weights, gradients } = this.#parameters;
    for (const { buffer } of [...storages, weights, gradients]) buffer!.destroy();
  }
}
