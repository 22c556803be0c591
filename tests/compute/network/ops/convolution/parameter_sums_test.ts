import { assertEquals } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import type { Kernel } from "../../../../../pipeline/compute/gpu/kernel.ts";
import type { Dispatch } from "../../../../../pipeline/compute/gpu/program.ts";
import { conv2d } from "../../../../../pipeline/compute/network/ops/conv2d.ts";
import type { ConvolutionOptions } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertClose } from "../../../../_operation.ts";
import { conv2d64, conv2dGradients64 } from "../../../../reference/conv2d.ts";
import { random64, type Tensor64 } from "../../../../reference/tensor64.ts";
import { assertSameBits, GuardedTape } from "../_guarded_tape.ts";

/** Channels of all values. */
const CHANNELS = 24;
/** From the input on: which weight, and how. The gradients arise in the opposite order. */
const LAYERS: readonly (ConvolutionOptions & { use: string })[] = [
  { use: "shared" },
  { use: "second" },
  { use: "third" },
  { use: "dilated", dilation: 2 },
  { use: "wide reach", dilation: 41 },
  { use: "shared" },
  { use: "halving", stride: 2 },
  { use: "pixelwise" },
  { use: "shared" },
  { use: "halving", stride: 2 },
];
const SIDES = { pixelwise: 1 } as Record<string, number>;
const USES = [...new Set(LAYERS.map(({ use }) => use))];

type Size = readonly [height: number, width: number];

function operands([height, width]: Size) {
  const rng = new Rng(7);
  const weights = new Map<string, Tensor64>(), biases = new Map<string, Tensor64>();
  for (const use of USES) {
    const side = SIDES[use] ?? 3;
    const shape = [CHANNELS, CHANNELS, side, side] as const;
    weights.set(use, random64(rng.fork(use), shape, -0.15, 0.15));
    biases.set(use, random64(rng.fork(`bias of ${use}`), [CHANNELS, 1, 1, 1], -0.5, 0.5));
  }
  return {
    input: random64(rng.fork("input"), [2, CHANNELS, height, width], -1, 1),
    weights,
    biases,
  };
}

/** Sums over all uses, by name, weights and biases. */
function expected(
  size: Size,
): { gradients: Map<string, number[]>; output: Tensor64; seed: Tensor64 } {
  const { input, weights, biases } = operands(size);
  const inputs = [input];
  for (const { use, ...options } of LAYERS) {
    inputs.push(conv2d64(inputs.at(-1)!, weights.get(use)!, biases.get(use)!, options));
  }
  const output = inputs.at(-1)!;
  const seed = random64(new Rng(8), output.shape, -1, 1);
  const gradients = new Map<string, number[]>();
  const add = (name: string, values: ArrayLike<number>) =>
    gradients.set(
      name,
      Array.from(values, (value, i) => value + (gradients.get(name)?.[i] ?? 0)),
    );
  let down = seed;
  LAYERS.map((layer, index) => ({ ...layer, at: inputs[index] })).reverse().forEach(
    ({ use, at, ...options }) => {
      const found = conv2dGradients64(at, weights.get(use)!, biases.get(use)!, down, options);
      add(use, found.weight.data);
      add(`bias of ${use}`, found.bias.data);
      down = found.input;
    },
  );
  return { gradients, output, seed };
}

/** Also lists the kernels that write into the buffer of all gradients. */
class ListingTape extends GuardedTape {
  readonly adding: string[] = [];

  override dispatch(kernel: Kernel, dispatch: Dispatch): void {
    if (dispatch.writes.some(({ label }) => label === "gradients")) {
      const { label, entryPoint, constants } = kernel;
      const many = constants.BUFFERS ?? (label === "convolution_joint_direct" ? "joint" : "alone");
      this.adding.push(`${entryPoint} ${many}`);
    }
    super.dispatch(kernel, dispatch);
  }
}

async function compute(seed: Tensor64, size: Size, family: "cpu" | "gpu") {
  const { input, weights, biases } = operands(size);
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: family === "cpu" });
  const parameters = new Parameters(
    gpu,
    USES.flatMap((use) => [
      { name: use, kind: "weight", shape: weights.get(use)!.shape, inputSegments: [CHANNELS] },
      { name: `bias of ${use}`, kind: "bias", shape: [CHANNELS, 1, 1, 1], inputSegments: [] },
    ]),
  );
  parameters.write(
    new Map(USES.flatMap((use) => [
      [use, weights.get(use)!.data],
      [`bias of ${use}`, biases.get(use)!.data],
    ])),
  );
  const tape = new ListingTape(gpu, { reversed: false });
  const x = tape.persistent("x", input.shape);
  tape.write(x, input.data);
  let value = x;
  for (const { use, ...options } of LAYERS) {
    value = conv2d(tape, value, parameters.get(use), parameters.get(`bias of ${use}`), options);
  }
  const dOutput = tape.persistent("seed", seed.shape);
  tape.write(dOutput, seed.data);
  tape.backward(value, dOutput);
  const program = await tape.finish();
  const runOnce = async () => {
    program.run();
    return await parameters.read("gradients");
  };
  const first = await runOnce(), second = await runOnce();
  for (const [name, values] of first) assertSameBits(name, second.get(name)!, values);
  assertEquals(await tape.overwritten(), []);
  await gpu.finished();
  return { gradients: first, adding: tape.adding };
}

const ON_GPU: [Size, string[]][] = [
  // Direct ones and those by Winograd have kernels of their own.
  [[21, 18], ["dsum 1", "dsum_planes_shared 3", "dsum_planes_shared 2", "dsum 1"]],
  // Ten partial sums and more of one gradient; a chain of those of a weight.
  [[41, 33], ["dsum_planes_shared 1", "dsum 3"]],
];
for (const [size, adding] of ON_GPU) {
  Deno.test(`gradients of several convolutions are added in one dispatch on a GPU, each weight's in order, ${size}`, async () => {
    const { gradients, seed } = expected(size);
    const got = await compute(seed, size, "gpu");
    assertEquals(got.adding, adding);
    for (const [name, values] of gradients) {
      assertClose(name, got.gradients.get(name)!, values, 1e-4);
    }
  });
}

Deno.test("gradients of layers that share a bias alone are added by one thread after another", async () => {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: false });
  const parameters = new Parameters(gpu, [
    ...["first", "second"].map((name) => ({
      name,
      kind: "weight" as const,
      shape: [8, 8, 3, 3] as const,
      inputSegments: [8],
    })),
    { name: "shared bias", kind: "bias", shape: [8, 1, 1, 1], inputSegments: [] },
  ]);
  const tape = new GuardedTape(gpu, { reversed: false });
  const x = tape.variable("x", [1, 8, 9, 7]);
  const bias = parameters.get("shared bias");
  const between = conv2d(tape, x, parameters.get("first"), bias);
  const output = conv2d(tape, between, parameters.get("second"), bias);
  tape.backward(output, tape.persistent("seed", output.shape));
  const sums = tape.recorded().filter(({ kernel }) => kernel.entryPoint === "dsum");
  // The last param counts the addends: workgroups of a dispatch run in any order.
  assertEquals(sums.map(({ params }) => params.at(-1)), [1, 1]);
});

const ON_CPU: [Size, string[]][] = [
  [[21, 18], ["dweight_8 joint", "dsum 3", "dsum 3", "dweight_8 alone"]],
  // One chunk of pixels each: no partial sums.
  [[5, 4], [
    "dweight joint",
    "dweight_8 joint",
    "dweight_8 joint",
    "dweight alone",
    "dweight_8 alone",
  ]],
];
for (const [size, adding] of ON_CPU) {
  Deno.test(`gradients of several convolutions are written in one dispatch on a CPU driver, each weight's in order, ${size}`, async () => {
    const { gradients, seed } = expected(size);
    const got = await compute(seed, size, "cpu");
    assertEquals(got.adding, adding);
    for (const [name, values] of gradients) {
      assertClose(name, got.gradients.get(name)!, values, 1e-4);
    }
  });
}
