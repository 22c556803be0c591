/** Convolutions with parameters of their own, for the tests of how several of them go together. */
import type { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import { conv2d } from "../../../../../pipeline/compute/network/ops/conv2d.ts";
import type { ConvolutionOptions } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import type { Tape, Value } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { random64, type Tensor64, zeros64 } from "../../../../reference/tensor64.ts";

interface Layer {
  readonly weight: Tensor64;
  readonly bias: Tensor64;
  /** Of its input. */
  readonly segments: readonly number[];
}

/** A layer of random parameters, the same for the same sizes. */
export function layer(
  name: string,
  segments: readonly number[],
  output: number,
  side: number,
): Layer {
  const rng = new Rng(3).fork(`${name} ${segments} ${output}`);
  const channels = segments.reduce((sum, count) => sum + count, 0);
  return {
    weight: random64(rng.fork("weight"), [output, channels, side, side], -0.3, 0.3),
    bias: random64(rng.fork("bias"), [output, 1, 1, 1], -0.5, 0.5),
    segments,
  };
}

/** Their parameters on the device, and how to record one of them. */
export function parametersOf(gpu: Gpu, layers: Record<string, Layer>) {
  const parameters = new Parameters(
    gpu,
    Object.entries(layers).flatMap(([name, { weight, bias, segments }]) => [
      { name, kind: "weight", shape: weight.shape, inputSegments: segments } as const,
      { name: `${name} bias`, kind: "bias", shape: bias.shape, inputSegments: [1] } as const,
    ]),
  );
  parameters.write(
    new Map(
      Object.entries(layers).flatMap(([name, { weight, bias }]) => [
        [name, weight.data],
        [`${name} bias`, bias.data],
      ]),
    ),
  );
  const apply = (tape: Tape, input: Value, name: string, options: ConvolutionOptions) =>
    conv2d(tape, input, parameters.get(name), parameters.get(`${name} bias`), options);
  return { parameters, apply };
}

/** Channels `from` up to `to`. */
export function channels64(
  { shape: [n, c, h, w], data }: Tensor64,
  from: number,
  to: number,
): Tensor64 {
  const part = zeros64([n, to - from, h, w]);
  for (let image = 0; image < n; image++) {
    const start = (image * c + from) * h * w;
    part.data.set(data.subarray(start, start + (to - from) * h * w), image * (to - from) * h * w);
  }
  return part;
}
