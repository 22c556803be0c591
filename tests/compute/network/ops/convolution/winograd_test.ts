import { assertGreater } from "@std/assert";
import { conv2d } from "../../../../../pipeline/compute/network/ops/conv2d.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import type { Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";

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

Deno.test("Winograd's convolution works on a few images at a time", async () => {
  const direct = await compute(true), fast = await compute(false);
  const transforms = fast.kernels.filter((name) => name.startsWith("convolution_winograd.output"));
  assertGreater(transforms.length, 2, "forward and backward in one slice each");
  assertClose("output", fast.output, direct.output, 5e-5);
  assertClose("gradient of the input", fast.dInput, direct.dInput, 5e-5);
  assertClose("gradient of the weight", fast.dWeight, direct.dWeight, 1.5e-4);
  assertClose("gradient of the bias", fast.dBias, direct.dBias, 1.5e-4);
});
