import { assertEquals, assertThrows } from "@std/assert";
import { concatenate } from "../../../../pipeline/compute/network/ops/concatenate.ts";
import { correlation } from "../../../../pipeline/compute/network/ops/correlation.ts";
import { addValues, scale } from "../../../../pipeline/compute/ops/arithmetic.ts";
import { Tape, type Value } from "../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../pipeline/common/rng.ts";
import type { Shape } from "../../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../../_adapter.ts";
import { checkOperation } from "../../../_operation.ts";
import { checkInPlace } from "../../_joined.ts";
import { concatenate64 } from "../../../reference/concatenate.ts";
import { correlation64 } from "../../../reference/correlation.ts";
import { random64, type Tensor64 } from "../../../reference/tensor64.ts";

const TILED = ["forward", "gradients"].map((name) => `correlation_tiled.${name}`);

Deno.test("correlation() equals its float64 twin, forward and backward", async (t) => {
  const cases: [Shape, number][] = [
    [[2, 6, 5, 7], 4],
    [[1, 3, 1, 13], 4],
    [[2, 9, 2, 1], 4],
    [[1, 1, 2, 131], 4], // wider than the pixels of a workgroup of two lanes
    [[1, 66, 1, 3], 4], // more slots than lanes
    [[1, 2, 5, 17], 4], // one row and one column more than a tile
    [[1, 2, 1, 1], 4],
    [[1, 5, 4, 6], 1],
    [[1, 2, 3, 5], 5],
  ];
  for (const [shape, displacement] of cases) {
    await t.step(
      `[${shape}], displacements up to ${displacement}`,
      () =>
        checkOperation("correlation", {
          inputs: [1, 2].map((seed) => random64(new Rng(seed), shape, -2, 2)),
          operation: (tape, [first, second]) =>
            correlation(tape, first, second, { maximumDisplacement: displacement }),
          reference: ([first, second]) => correlation64(first, second, displacement, false),
          onGpu: displacement === 4 ? TILED : ["correlation.forward"],
        }),
    );
  }
});

// Products of odd multiples of 1/8: no mean of two of them comes near the kink but at exactly 0, so one channel.
function oddEighths(seed: number, shape: Shape): Tensor64 {
  const { data } = random64(new Rng(seed), shape, -8, 8);
  return { shape, data: data.map((value) => (2 * Math.round(value) + 1) / 8) };
}

Deno.test("correlation() applies LeakyReLU on request", async (t) => {
  for (const shape of [[2, 1, 3, 5], [1, 1, 1, 7]] as Shape[]) {
    await t.step(`[${shape}]`, () =>
      checkOperation("correlation", {
        inputs: [oddEighths(1, shape), oddEighths(2, shape)],
        operation: (tape, [first, second]) =>
          correlation(tape, first, second, { maximumDisplacement: 4, leakyRelu: true }),
        reference: ([first, second]) => correlation64(first, second, 4, true),
        onGpu: TILED,
      }));
  }
});

Deno.test("correlation() with LeakyReLU takes its gradient from a part of a concatenation, or from two", async (t) => {
  const shape: Shape = [1, 1, 3, 5];
  for (const copies of [1, 2]) {
    await t.step(`${copies}`, () =>
      checkOperation("correlation in a concatenation", {
        inputs: [
          oddEighths(1, shape),
          oddEighths(2, shape),
          random64(new Rng(3), [1, 6, 3, 5], -2, 2),
        ],
        operation: (tape, [first, second, other]) => {
          const costs = correlation(tape, first, second, { leakyRelu: true });
          return concatenate(tape, [other, ...new Array(copies).fill(costs)]);
        },
        reference: ([first, second, other]) => {
          const costs = correlation64(first, second, 4, true);
          return concatenate64([other, ...new Array(copies).fill(costs)]);
        },
        onGpu: TILED,
      }));
  }
});

const SCALED = 3;

// Costs between two other parts, all of which are written to their places; read alone as well on request.
function joined(tape: Tape, [first, second, other]: Value[], { alone, displacement }: {
  alone: boolean;
  displacement: number;
}): Value {
  const sum = addValues(tape, other, other, { scaleB: 4 });
  const double = addValues(tape, sum, sum);
  const costs = correlation(tape, first, second, {
    maximumDisplacement: displacement,
    leakyRelu: true,
  });
  const all = concatenate(tape, [sum, costs, double]);
  return alone ? concatenate(tape, [scale(tape, costs, SCALED), all]) : all;
}

Deno.test("correlation() writes its costs to their place in a concatenation, and reads them there", async (t) => {
  const shape: Shape = [2, 1, 3, 5];
  const inputs = [
    oddEighths(1, shape),
    oddEighths(2, shape),
    random64(new Rng(3), [2, 6, 3, 5], -2, 2),
  ];
  for (const [displacement, alone] of [[4, false], [4, true], [1, false], [1, true]] as const) {
    const name = `displacements up to ${displacement}${alone ? ", read alone, too" : ""}`;
    const operation = (tape: Tape, inputs: Value[]) =>
      joined(tape, inputs, { alone, displacement });
    const tiled = displacement === 4;
    await t.step(name, async () => {
      await checkOperation("correlation in a concatenation without a pass", {
        inputs,
        operation,
        reference: ([first, second, other]) => {
          const costs = correlation64(first, second, displacement, true);
          const times = (factor: number, { shape, data }: Tensor64) => ({
            shape,
            data: data.map((value) => factor * value),
          });
          const all = [times(5, other), costs, times(10, other)];
          return concatenate64(alone ? [times(SCALED, costs), ...all] : all);
        },
        // The tape of this check keeps every value.
        onGpu: tiled
          ? ["correlation_tiled.forward_twice", "correlation_tiled.gradients"]
          : ["correlation.forward_twice", "correlation.leaky_relu_gradient"],
      });
      for (const family of ["cpu", "gpu"] as const) {
        const names = await checkInPlace(family, inputs, operation);
        const label = tiled && family === "gpu" ? "correlation_tiled" : "correlation";
        assertEquals(
          names.filter((name) => /\.forward|\.join/.test(name)),
          alone ? [`${label}.forward_twice`, "concatenate.join_2"] : [`${label}.forward`],
        );
      }
    });
  }
});

Deno.test("correlation() finds a feature that moved by (+2, -1) in channel 9 (-1 + 4) + 2 + 4", async () => {
  const draw = (rows: string[]) => rows.join("").split("").map((c) => c === "#" ? 1 : 0);
  const tape = new Tape(await testGpu());
  const first = tape.persistent("first", [1, 1, 3, 6]);
  const second = tape.persistent("second", [1, 1, 3, 6]);
  tape.write(first, draw(["......", ".#....", "......"]));
  tape.write(second, draw(["...#..", "......", "......"]));
  const out = tape.keep(correlation(tape, first, second));
  (await tape.finish()).run();
  const costs = await tape.read(out);
  assertEquals([...costs].flatMap((cost, i) => cost === 0 ? [] : [i]), [
    (9 * (-1 + 4) + 2 + 4) * 18 + 6 + 1,
  ]);
});

Deno.test("correlation() refuses feature maps of different sizes", async () => {
  const tape = new Tape(await testGpu());
  const first = tape.value("first", [1, 8, 4, 4]), second = tape.value("second", [1, 8, 2, 2]);
  assertThrows(() => correlation(tape, first, second), Error, "the second is [1,8,2,2]");
});
