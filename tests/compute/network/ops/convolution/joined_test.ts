/** Outputs of convolutions that are written, and read again, as parts of other values (gpu/joins.ts). */
import { assert, assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../../../pipeline/compute/gpu/device.ts";
import { packActivation } from "../../../../../pipeline/compute/gpu/layout.ts";
import { defineKernel } from "../../../../../pipeline/compute/gpu/kernel.ts";
import type { RecordedDispatch } from "../../../../../pipeline/compute/gpu/program.ts";
import { type Place, readStorage, type Shape } from "../../../../../pipeline/compute/gpu/tensor.ts";
import { outputGradient } from "../../../../../pipeline/compute/network/ops/convolution/activation.ts";
import type { DirectKernel } from "../../../../../pipeline/compute/network/ops/convolution/choice.ts";
import { directForward } from "../../../../../pipeline/compute/network/ops/convolution/direct.ts";
import {
  CANDIDATES,
  type FusedTiling,
  HALO_TILINGS,
  isFused,
  TILINGS,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import { fusedForward } from "../../../../../pipeline/compute/network/ops/convolution/fused.ts";
import { ALL_FUSED } from "../../../../../pipeline/compute/network/ops/convolution/planned.ts";
import { twice } from "../../../../../pipeline/compute/gpu/twice.ts";
import {
  type ConvolutionOptions,
  describeConvolution,
} from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { winogradForward } from "../../../../../pipeline/compute/network/ops/convolution/winograd.ts";
import { Parameters } from "../../../../../pipeline/compute/parameters.ts";
import { wholeOf } from "../../../../../pipeline/compute/record_gradient.ts";
import { Rng } from "../../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../../_adapter.ts";
import { assertSameBits, GuardedTape } from "../_guarded_tape.ts";

const INPUT: Shape = [2, 7, 9, 11], CHANNELS = 13;
const PIXELS = 2 * 9 * 11, SLOTS = 4;
/** Other parts before and behind, in vec4, in either of two wholes. */
const AROUND = [[2, 1], [0, 3]] as const;

/** A tape on which what can lie elsewhere does, in so many places. */
class MovingTape extends GuardedTape {
  readonly places: Place[] = [];
  readonly #count: number;

  constructor(gpu: Gpu, { reversed, count }: { reversed: boolean; count: number }) {
    super(gpu, { reversed });
    this.#count = count;
  }

  override dispatchMovable(
    own: Place,
    at: (places: readonly Place[]) => RecordedDispatch,
  ): void {
    for (const [before, behind] of AROUND.slice(this.places.length, this.#count)) {
      const stride = before + SLOTS + behind;
      const storage = this.scratch(`${this.places.length}`, 16 * PIXELS * stride);
      this.places.push({ storage, stride, first: before });
    }
    if (this.#count === 0) this.places.splice(0, 1, own);
    const { kernel, ...dispatch } = at(this.places);
    this.dispatch(kernel, dispatch);
  }
}

const noise = (name: string, count: number) => {
  const rng = new Rng(11).fork(name);
  return Float32Array.from({ length: count }, () => rng.uniform(-1, 1));
};

// The slots of a place; fails where one beside them was written.
async function readPlace(gpu: Gpu, { storage, stride, first }: Place) {
  const data = (await readStorage(gpu, storage)).subarray(0, 4 * PIXELS * stride);
  const isOwn = (_: number, i: number) => Math.floor(i / 4) % stride - first >>> 0 < SLOTS;
  assert(data.every((value, i) => isOwn(value, i) || Number.isNaN(value)), "written beside it");
  return data.filter(isOwn);
}

const LEAKY = () => ({ leakyRelu: true });

// The output in every place, then the gradient before its activation and the sums for the bias.
async function compute(
  family: "cpu" | "gpu",
  kernel: DirectKernel | FusedTiling | "winograd",
  options: { reversed: boolean; count: number },
  optionsOn: (tape: MovingTape) => ConvolutionOptions = LEAKY,
) {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: family === "cpu" });
  const [, ci] = INPUT;
  const parameters = new Parameters(gpu, [
    { name: "w", kind: "weight", shape: [CHANNELS, ci, 3, 3], inputSegments: [ci] },
    { name: "b", kind: "bias", shape: [CHANNELS, 1, 1, 1], inputSegments: [] },
  ]);
  parameters.write(
    new Map([["w", noise("w", CHANNELS * ci * 9)], ["b", noise("b", CHANNELS)]]),
  );
  const tape = new MovingTape(gpu, options);
  const x = tape.persistent("x", INPUT);
  tape.write(x, noise("x", ci * PIXELS));
  const values = [parameters.get("w"), parameters.get("b")] as const;
  const convolution = describeConvolution(x, ...values, optionsOn(tape));
  const output = tape.value("out", [2, CHANNELS, 9, 11]);
  const dOutput = tape.persistent("d out", output.shape);
  tape.write(dOutput, noise("d out", CHANNELS * PIXELS));
  if (kernel === "winograd") winogradForward(tape, convolution, output.storage);
  else if (isFused(kernel)) fusedForward(tape, convolution, kernel, output.storage);
  else directForward(tape, convolution, kernel, output.storage);
  const down = outputGradient(tape, convolution, [wholeOf(dOutput)], output);
  (await tape.finish()).run();
  const results = [];
  for (const place of tape.places) results.push(await readPlace(gpu, place));
  for (const storage of [down.gradient, ...down.bias ? [down.bias.sums] : []]) {
    results.push(await readStorage(gpu, storage));
  }
  assertEquals(await tape.overwritten(), [], "written beyond the end");
  return results;
}

/** Every kernel that writes an output, with the family that it is for. */
async function allKernels() {
  const { subgroupsOfEight } = (await testGpu()).adapter;
  const cpu = ["readable", "winograd", ...subgroupsOfEight ? [8, 4, 2] as const : []] as const;
  const gpu = ["winograd", ...TILINGS, ...CANDIDATES, ...HALO_TILINGS, ...ALL_FUSED] as const;
  return [
    ...cpu.map((kernel) => ["cpu", kernel] as const),
    ...gpu.map((kernel) => ["gpu", kernel] as const),
  ];
}

Deno.test("every kernel of a convolution writes its output as a part of one value or two, the same bits", async (t) => {
  for (const [family, kernel] of await allKernels()) {
    await t.step(`${family} ${JSON.stringify(kernel)}`, async () => {
      const [output, ...gradients] = await compute(family, kernel, { reversed: false, count: 0 });
      for (const reversed of family === "gpu" ? [false, true] : [false]) {
        for (const count of [1, 2]) {
          const got = await compute(family, kernel, { reversed, count });
          const wanted = [...Array(count).fill(output), ...gradients];
          wanted.forEach((data, i) => assertSameBits(`${count} places, ${i}`, got[i], data));
        }
      }
    });
  }
});

Deno.test("every kernel of a convolution adds another value to what it writes, as a part of two values, too", async (t) => {
  const other = noise("other", CHANNELS * PIXELS);
  const plus = (tape: MovingTape) => {
    const value = tape.persistent("other", [2, CHANNELS, 9, 11]);
    tape.write(value, other);
    return { plus: value };
  };
  const packed = packActivation(other, [2, CHANNELS, 9, 11], [CHANNELS]);
  for (const [family, kernel] of await allKernels()) {
    await t.step(`${family} ${JSON.stringify(kernel)}`, async () => {
      const inOrder = { reversed: false, count: 2 };
      const [plain] = await compute(family, kernel, inOrder, () => ({}));
      const wanted = plain.map((value, i) => value + packed[i]);
      const got = await compute(family, kernel, inOrder, plus);
      for (const place of [0, 1]) assertSameBits(`place ${place}`, got[place], wanted);
    });
  }
});

Deno.test("twice() refuses a kernel that stores its output some other way", () => {
  const kernel = defineKernel("sum", "fn add() {}", "add", { reads: 1, writes: 1 });
  assertThrows(() => twice(kernel), Error, "sum.add write twice: it has no");
});
