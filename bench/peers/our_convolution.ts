/** Our side of the convolution of convolution_size.ts, and its operands in a file for the other side. */
import { type NamedTensor, writeSafetensors } from "../../pipeline/common/io/safetensors.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { conv2d } from "../../pipeline/compute/network/ops/conv2d.ts";
import { Parameters } from "../../pipeline/compute/parameters.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import {
  CHANNELS,
  type ConvolutionResults,
  norm,
  SHAPES,
  type TensorName,
} from "./convolution_size.ts";
import type { Side } from "./peer.ts";

/** Noise in [-1, 1) for each tensor. */
function inputs(): Map<TensorName, NamedTensor & { data: Float32Array }> {
  const rng = new Rng(1);
  const names = Object.keys(SHAPES) as TensorName[];
  return new Map(names.map((name) => {
    const shape = SHAPES[name];
    const length = shape.reduce((product: number, side) => product * side, 1);
    return [name, { shape, data: Float32Array.from({ length }, () => rng.uniform(-1, 1)) }];
  }));
}

export async function writeConvolutionInputs(path: string): Promise<void> {
  await Deno.writeFile(path, writeSafetensors(inputs()));
}

/** The recorded convolution, after its first run. */
export async function openOurConvolution(gpu: Gpu): Promise<Side> {
  const given = inputs();
  const parameters = new Parameters(gpu, [
    { name: "weight", kind: "weight", shape: SHAPES.weight, inputSegments: [CHANNELS] },
    { name: "bias", kind: "bias", shape: [CHANNELS, 1, 1, 1], inputSegments: [] },
  ]);
  parameters.write(
    new Map((["weight", "bias"] as const).map((name) => [name, given.get(name)!.data])),
  );
  const record = async (kept: boolean) => {
    const tape = new Tape(gpu);
    const input = tape.variable("input", SHAPES.input);
    const seed = tape.persistent("seed", SHAPES.seed);
    tape.write(input, given.get("input")!.data);
    tape.write(seed, given.get("seed")!.data);
    const output = conv2d(tape, input, parameters.get("weight"), parameters.get("bias"));
    tape.backward(output, seed);
    const gradient = tape.gradientOf(input);
    const read = kept ? [tape.keep(output), tape.keep(gradient)] : [];
    return { tape, program: await tape.finish(), read };
  };
  const checked = await record(true);
  checked.program.run();
  const [output, d_input] = await Promise.all(
    checked.read.map(async (value) => norm(await checked.tape.read(value))),
  );
  const gradients = await parameters.read("gradients");
  const results: ConvolutionResults = {
    output,
    d_input,
    d_weight: norm(gradients.get("weight")!),
    d_bias: norm(gradients.get("bias")!),
  };
  const { program } = await record(false);
  return {
    prepared: {
      results,
      versions: { deno: Deno.version.deno },
      device: gpu.adapter.description,
    },
    time: async (count) => {
      const start = performance.now();
      for (let i = 0; i < count; i++) program.run();
      await gpu.finished();
      return (performance.now() - start) / count;
    },
    [Symbol.asyncDispose]: async () => {},
  };
}
