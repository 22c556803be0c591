import { assert, assertEquals, assertGreater } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import { conv2d } from "../../../../../pipeline/compute/network/ops/conv2d.ts";
import { describeConvolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { recordWaiting } from "../../../../../pipeline/compute/network/ops/convolution/together.ts";
import {
  TILINGS,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import {
  winogradForward,
  winogradGradientPlanes,
  winogradInputGradient,
  winogradParameterGradients,
} from "../../../../../pipeline/compute/network/ops/convolution/winograd.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { type ConvolutionCase, convolutionOperands, seedAwayFromKink } from "../_convolution.ts";
import { assertSameBits, GuardedTape } from "../_guarded_tape.ts";

// Enough tiles and channels that the planes of four images exceed what is worked on at once.
const INPUT: Shape = [4, 64, 120, 128], OUTPUT = 32;

async function compute(exact: boolean) {
  const gpu = await testGpu();
  const rng = new Rng(8);
  const noise = (count: number) => Float32Array.from({ length: count }, () => rng.uniform(-1, 1));
  const [n, ci, h, w] = INPUT;
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [OUTPUT, ci, 3, 3], inputSegments: [ci] },
    { name: "b", kind: "bias", shape: [OUTPUT, 1, 1, 1], inputSegments: [] },
  ]);
  parameters.write(new Map([["w", noise(OUTPUT * ci * 9)], ["b", noise(OUTPUT)]]));
  const tape = new Tape(gpu, { exact });
  const x = tape.variable("x", INPUT), seed = tape.persistent("seed", [n, OUTPUT, h, w]);
  tape.writePacked(x, noise(n * ci * h * w));
  tape.writePacked(seed, noise(n * OUTPUT * h * w));
  const out = conv2d(tape, x, parameters.get("w"), parameters.get("b"));
  const kept = tape.keep(out);
  tape.backward(out, seed);
  const dInput = tape.keep(tape.gradientOf(x));
  const program = await tape.finish();
  program.run();
  const gradients = await parameters.read("gradients");
  return {
    kernels: program.kernels,
    output: await tape.read(kept),
    dInput: await tape.read(dInput),
    dWeight: gradients.get("w")!,
    dBias: gradients.get("b")!,
  };
}

interface TiledCase extends ConvolutionCase {
  /** Partial sums of the gradient of the weight; default: as the rules say. */
  readonly chunks?: number;
}

// Forward and all gradients with the kernels of a GPU, whatever its choice would be.
async function inTiles(test: TiledCase, reversed: boolean) {
  const opened = await testGpu();
  const gpu = new Gpu(opened.device, { ...opened.adapter, fallback: false });
  const { input, weight, bias } = convolutionOperands(test);
  const output = conv2d64(input, weight, bias, test);
  const seed = seedAwayFromKink(output);
  const inputSegments = [input.shape[1]];
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: weight.shape, inputSegments },
    { name: "b", kind: "bias", shape: bias.shape, inputSegments: [] },
  ]);
  parameters.write(new Map([["w", weight.data], ["b", bias.data]]));
  const tape = new GuardedTape(gpu, { reversed });
  const x = tape.persistent("x", input.shape), out = tape.persistent("out", output.shape);
  const dOut = tape.persistent("d out", output.shape), dx = tape.persistent("d x", input.shape);
  tape.write(x, input.data);
  tape.write(dOut, seed.data);
  const convolution = describeConvolution(x, parameters.get("w"), parameters.get("b"), test);
  const planes = winogradForward(tape, convolution, out.storage);
  assert(planes, "a GPU keeps the planes of the input");
  // The gradient of the output transformed for both passes by one dispatch or by two: the same bits.
  const gradient = reversed ? winogradGradientPlanes(tape, convolution, dOut.storage) : undefined;
  assertEquals(gradient !== undefined, reversed);
  const kept = { input: planes, gradient };
  winogradInputGradient(tape, convolution, dOut.storage, dx.storage, { kept });
  const said = test.chunks
    ? { use: "winograd", tiling: TILINGS[0], chunks: test.chunks } as const
    : undefined;
  winogradParameterGradients(tape, convolution, { gradient: dOut.storage }, { said, kept });
  recordWaiting(tape);
  const sums = tape.recorded().find(({ kernel }) => kernel.entryPoint.startsWith("correlate"))!;
  if (said) assertEquals(sums.workgroups[2], 36 * said.chunks);
  (await tape.finish()).run();
  const gradients = await parameters.read("gradients");
  const [dWeight, dBias] = ["w", "b"].map((name) => gradients.get(name)!);
  const got = { output: await tape.read(out), dInput: await tape.read(dx), dWeight, dBias };
  assertEquals(await tape.overwritten(), [], "written beyond the end");
  await gpu.finished();
  // The gradient before the activation, which is what these kernels take.
  const wanted = conv2dGradients64(input, weight, bias, seed, { ...test, leakyRelu: false });
  return { got, output, wanted, kernels: [...tape.reversedKernels] };
}

Deno.test("Winograd's convolution equals its float64 twin with the kernels of a GPU", async (t) => {
  const cases: Record<string, TiledCase> = {
    "one pixel": { input: [2, 3, 1, 1], output: 2 },
    "primes, LeakyReLU": { input: [2, 5, 7, 11], output: 13, leakyRelu: true },
    "wide": { input: [1, 37, 17, 19], output: 35 },
    "dilation 2, many images": { input: [5, 12, 15, 16], output: 20, dilation: 2, leakyRelu: true },
    "few chunks of tiles": { input: [3, 7, 29, 31], output: 6, chunks: 3 },
    "many chunks, more than are read at once": { input: [5, 5, 61, 59], output: 11, chunks: 10 },
  };
  for (const [name, test] of Object.entries(cases)) {
    await t.step(name, async () => {
      const { got, output, wanted } = await inTiles(test, false);
      assertClose("output", got.output, output.data, 5e-5);
      assertClose("gradient of the input", got.dInput, wanted.input.data, 1.5e-4);
      assertClose("gradient of the weight", got.dWeight, wanted.weight.data, 1.5e-4);
      assertClose("gradient of the bias", got.dBias, wanted.bias.data, 2e-6);
      const again = await inTiles(test, true);
      assertEquals(
        again.kernels.length,
        4,
        "one kernel in tiles for each product, one for the sums",
      );
      for (const key of ["output", "dInput", "dWeight", "dBias"] as const) {
        assertSameBits(`${key}, the threads in reversed order`, again.got[key], got[key]);
      }
    });
  }
});

Deno.test("Winograd's convolution works on a few images at a time", async () => {
  const direct = await compute(true), fast = await compute(false);
  const transforms = fast.kernels.filter((name) => name.startsWith("convolution_winograd.output"));
  assertGreater(transforms.length, 2, "forward and backward in one slice each");
  assertClose("output", fast.output, direct.output, 5e-5);
  assertClose("gradient of the input", fast.dInput, direct.dInput, 5e-5);
  assertClose("gradient of the weight", fast.dWeight, direct.dWeight, 1.5e-4);
  assertClose("gradient of the bias", fast.dBias, direct.dBias, 1.5e-4);
});
