import { assertEquals, assertThrows } from "@std/assert";
import { concatenate } from "../../../pipeline/compute/network/ops/concatenate.ts";
import { addValues } from "../../../pipeline/compute/ops/arithmetic.ts";
import {
  type Enlargement,
  upsample,
  upsampleTwice,
} from "../../../pipeline/compute/ops/upsample.ts";
import { Tape, type Value } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { concatenate64 } from "../../reference/concatenate.ts";
import { random64 } from "../../reference/tensor64.ts";
import { upsample64 } from "../../reference/upsample.ts";
import { checkInPlace } from "../_joined.ts";
import { assertSameBits } from "../network/ops/_guarded_tape.ts";

Deno.test("upsample() equals its float64 twin, forward and backward", async (t) => {
  const sizes: [Shape, number, number][] = [
    [[2, 2, 5, 7], 10, 14],
    [[1, 6, 7, 3], 28, 12],
    [[2, 1, 1, 3], 2, 6],
    [[1, 2, 1, 1], 4, 4],
    [[1, 3, 2, 13], 5, 17],
  ];
  for (const [shape, height, width] of sizes) {
    await t.step(`[${shape}] to ${height}x${width}`, () =>
      checkOperation("upsample", {
        inputs: [random64(new Rng(1), shape, -2, 2)],
        operation: (tape, [input]) => upsample(tape, input, height, width, { factor: 1.5 }),
        reference: ([input]) => upsample64(input, height, width, 1.5),
      }));
  }
});

Deno.test("upsampleTwice() equals two enlargements, each with its gradient", async (t) => {
  const sizes: [Shape, Enlargement, Enlargement][] = [
    [[2, 2, 5, 7], { height: 10, width: 14, factor: 2 }, { height: 20, width: 28, factor: 4 }],
    [[1, 6, 3, 1], { height: 11, width: 5, factor: 1.5 }, { height: 3, width: 2, factor: -1 }],
  ];
  for (const [shape, ...both] of sizes) {
    for (const index of [0, 1]) {
      await t.step(`[${shape}], enlargement ${index}`, () =>
        checkOperation("upsampleTwice", {
          inputs: [random64(new Rng(1), shape, -2, 2)],
          operation: (tape, [input]) => upsampleTwice(tape, input, ...both)[index],
          reference: ([input]) => {
            const { height, width, factor } = both[index];
            return upsample64(input, height, width, factor);
          },
          onGpu: ["upsample.forward_two"],
        }));
    }
  }
});

const backward = (summands: number, outputs: 1 | 2) =>
  `upsample.backward(SUMMANDS=${summands}, OUTPUTS=${outputs})`;

Deno.test("upsampleTwice() writes its first output to its place in a concatenation, and alone where it is read", async (t) => {
  const inputs = [
    random64(new Rng(1), [2, 6, 3, 5], -2, 2),
    random64(new Rng(2), [2, 3, 7, 5], -2, 2),
  ];
  const first = { height: 7, width: 5, factor: 2 }, second = { height: 11, width: 13, factor: -3 };
  const factors = [0.5, 0.25];
  // The enlargement between two other parts; the result takes in both outputs, and the first one alone on request.
  const joined = (tape: Tape, [input, other]: Value[], alone: boolean) => {
    const sum = addValues(tape, other, other), more = addValues(tape, other, other, { scaleB: 2 });
    const [a, b] = upsampleTwice(tape, input, first, second);
    const all = concatenate(tape, [sum, a, more]);
    const again = (value: Value, factor: number) => upsample(tape, value, 11, 13, { factor });
    return concatenate(tape, [
      again(all, factors[0]),
      b,
      ...alone ? [again(a, factors[1])] : [],
    ]);
  };
  for (const alone of [false, true]) {
    await t.step(alone ? "read alone, too" : "not read alone", async () => {
      await checkOperation("upsampleTwice in a concatenation", {
        inputs,
        operation: (tape, inputs) => joined(tape, inputs, alone),
        reference: ([input, other]) => {
          const a = upsample64(input, 7, 5, 2);
          return concatenate64([
            upsample64(other, 11, 13, 2 * factors[0]),
            upsample64(a, 11, 13, factors[0]),
            upsample64(other, 11, 13, 3 * factors[0]),
            upsample64(input, 11, 13, -3),
            ...alone ? [upsample64(a, 11, 13, factors[1])] : [],
          ]);
        },
        onGpu: ["upsample.forward_two_twice", backward(alone ? 2 : 1, 2)],
      });
      for (const family of ["cpu", "gpu"] as const) {
        const names = await checkInPlace(
          family,
          inputs,
          (tape, values) => joined(tape, values, alone),
        );
        const two = names.filter((name) => name.includes(".forward_two"));
        assertEquals(two, [`upsample.forward_two${alone ? "_twice" : ""}`]);
        const joins = names.filter((name) => name.startsWith("concatenate"));
        assertEquals(joins, [`concatenate.join_${alone ? 3 : 2}`]);
      }
    });
  }
});

Deno.test("upsampleTwice() adds up both gradients and their summands, wherever these lie", async (t) => {
  const shape: Shape = [2, 6, 3, 5], height = 7, width = 13;
  const first = { height, width, factor: 1.5 }, second = { height, width, factor: -0.7 };
  const factors = [first.factor, second.factor];
  for (
    const { order, onGpu } of [
      { order: [0, 1], onGpu: [backward(1, 2)] },
      { order: [1, 0, 0], onGpu: [backward(2, 2)] },
      { order: [0, 0, 0, 0, 0, 1, 1], onGpu: [backward(5, 2)] },
      { order: [0, 0, 0, 0, 0, 1, 0, 0], onGpu: [backward(3, 2)] }, // the sum of five, and two more
      { order: [0, 0, 0, 0], onGpu: [backward(4, 1)] },
      { order: [1, 1, 1], onGpu: [backward(3, 1)] },
    ]
  ) {
    await t.step(`outputs ${order} side by side`, () =>
      checkOperation("upsampleTwice", {
        inputs: [random64(new Rng(1), shape, -2, 2)],
        operation: (tape, [input]) => {
          const both = upsampleTwice(tape, input, first, second);
          return concatenate(tape, order.map((index) => both[index]));
        },
        reference: ([input]) =>
          concatenate64(order.map((index) => upsample64(input, height, width, factors[index]))),
        onGpu,
      }));
  }
  await t.step(
    "outputs of two sizes, the smaller one enlarged twice",
    () =>
      checkOperation("upsampleTwice", {
        inputs: [random64(new Rng(1), [1, 2, 4, 3], -2, 2)],
        operation: (tape, [input]) => {
          const larger = { height: 17, width: 12, factor: 4 };
          const [a, b] = upsampleTwice(tape, input, { height: 8, width: 5, factor: 2 }, larger);
          const again = (factor: number) => upsample(tape, a, 17, 12, { factor });
          return concatenate(tape, [again(1), b, again(-0.5)]);
        },
        reference: ([input]) => {
          const a = upsample64(input, 8, 5, 2);
          return concatenate64([
            upsample64(a, 17, 12, 1),
            upsample64(input, 17, 12, 4),
            upsample64(a, 17, 12, -0.5),
          ]);
        },
        onGpu: [backward(2, 2)],
      }),
  );
});

Deno.test("upsampleTwice() has the bits of two enlargements, the second of which passes its gradient on first", async () => {
  const shape: Shape = [2, 3, 7, 5], height = 15, width = 11;
  const first = { height, width, factor: 1.7 }, second = { height, width, factor: 3.1 };
  const compute = async (enlarge: (tape: Tape, input: Value) => [Value, Value]) => {
    const tape = new Tape(await testGpu());
    const input = tape.variable("input", shape);
    tape.write(input, random64(new Rng(3), shape, -2, 2).data);
    const [a, b] = enlarge(tape, input);
    const joined = concatenate(tape, [a, b, a, a]);
    const seed = tape.persistent("seed", joined.shape, joined.segments);
    tape.write(seed, random64(new Rng(4), joined.shape, -1, 1).data);
    tape.backward(joined, seed);
    const kept = [joined, tape.gradientOf(input)].map((value) => tape.keep(value));
    const program = await tape.finish();
    program.run();
    const passes = program.kernels.filter((name) => name.startsWith("upsample.backward"));
    return { passes, results: await Promise.all(kept.map((value) => tape.read(value))) };
  };
  const once = await compute((tape, input) => upsampleTwice(tape, input, first, second));
  const apart = await compute((tape, input) => [
    upsample(tape, input, height, width, first),
    upsample(tape, input, height, width, second),
  ]);
  assertEquals(once.passes, [backward(3, 2)]);
  assertEquals(apart.passes, [backward(1, 1), backward(3, 1)]);
  once.results.forEach((data, i) => assertSameBits(`result ${i}`, data, apart.results[i]));
});

Deno.test("upsample() refuses to make a picture smaller", async () => {
  const tape = new Tape(await testGpu());
  const input = tape.value("picture", [1, 3, 8, 8]);
  assertThrows(() => upsample(tape, input, 4, 8), Error, "from 8x8 to 4x8");
});
