import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import {
  meanOverVisible,
  weightedMeansOverVisible,
} from "../../../pipeline/compute/ops/mean_over_visible.ts";
import { Tape, type Value } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose, checkOperation } from "../../_operation.ts";
import { meanOverVisible64 } from "../../reference/mean_over_visible.ts";
import { random64, type Tensor64 } from "../../reference/tensor64.ts";

const count = (kernels: readonly string[], name: string) =>
  kernels.filter((kernel) => kernel === name).length;

/** The sum over groups. */
function sumOfMeans64(map: Tensor64, visible: Tensor64, groups: number): Tensor64 {
  const means = meanOverVisible64(map, visible, groups).data;
  return { shape: [1, 1, 1, 1], data: Float64Array.of(means.reduce((sum, mean) => sum + mean)) };
}

const half = (map: Value, visible: Value) => ({ map, visible, weight: 0.5 });

Deno.test("weightedMeansOverVisible() equals its float64 twin, forward and backward", async (t) => {
  const cases: { map: Shape; visible: Shape; groups: number }[] = [
    { map: [2, 3, 5, 7], visible: [2, 1, 7, 9], groups: 2 },
    { map: [4, 3, 3, 11], visible: [4, 1, 3, 11], groups: 2 },
    { map: [3, 1, 13, 2], visible: [3, 1, 13, 2], groups: 3 },
    { map: [1, 1, 1, 1], visible: [1, 1, 1, 1], groups: 1 },
    { map: [2, 4, 1, 5], visible: [2, 1, 3, 7], groups: 1 },
  ];
  for (const { map, visible, groups } of cases) {
    await t.step(`[${map}] over [${visible}] in ${groups}`, () => {
      const rng = new Rng(1);
      return checkOperation("weightedMeansOverVisible", {
        inputs: [
          random64(rng.fork("map"), map, 0, 1),
          random64(rng.fork("visible"), visible, 0, 1),
        ],
        differentiable: [true, false],
        operation: (tape, [values, mask]) =>
          weightedMeansOverVisible(tape, [{ map: values, visible: mask, weight: 1 }], { groups })
            .total,
        reference: ([values, mask]) => sumOfMeans64(values, mask, groups),
        tolerance: 3e-7,
        gradientTolerance: 1e-6,
        onGpu: ["sum_partials.add_tree"],
      });
    });
  }
});

Deno.test("weightedMeansOverVisible() adds up terms of several sizes", async () => {
  const shapes: Shape[] = [[2, 3, 5, 7], [2, 1, 5, 7], [2, 1, 1, 3], [2, 1, 2, 2]];
  const weights = [2, -0.7], rng = new Rng(2);
  const terms = (values: readonly Tensor64[]) => [
    sumOfMeans64(values[0], values[1], 2),
    sumOfMeans64(values[2], values[3], 2),
  ];
  await checkOperation("weightedMeansOverVisible", {
    inputs: shapes.map((shape, i) => random64(rng.fork(`${i}`), shape, 0, 1)),
    differentiable: [true, false, true, false],
    operation: (tape, [first, seen, second, seenToo]) =>
      weightedMeansOverVisible(tape, [
        { map: first, visible: seen, weight: weights[0] },
        { map: second, visible: seenToo, weight: weights[1] },
      ], { groups: 2 }).total,
    reference: (values) => {
      const sums = terms(values).map(({ data }, i) => weights[i] * data[0]);
      return { shape: [1, 1, 1, 1], data: Float64Array.of(sums[0] + sums[1]) };
    },
    tolerance: 3e-7,
    gradientTolerance: 1e-6,
    onGpu: ["sum_partials.add_tree"],
  });
});

Deno.test("weightedMeansOverVisible() keeps seven digits over a large image", async (t) => {
  const rng = new Rng(3);
  const map = random64(rng.fork("map"), [2, 3, 251, 409], 0, 1);
  const mask = random64(rng.fork("mask"), [2, 1, 251, 409], 0, 1);
  const { device, adapter } = await testGpu();
  // On a GPU more partial sums than a tree adds.
  for (const fallback of [true, false]) {
    await t.step(fallback ? "cpu" : "gpu", async () => {
      const tape = new Tape(new Gpu(device, { ...adapter, fallback }));
      const values = tape.persistent("map", map.shape);
      const visible = tape.persistent("mask", mask.shape);
      tape.write(values, map.data);
      tape.write(visible, mask.data);
      const both = [half(values, visible), half(values, visible)];
      const { total, means } = weightedMeansOverVisible(tape, both, { groups: 2 });
      const kept = [tape.keep(total), tape.keep(means)];
      const program = await tape.finish();
      program.run();
      assertEquals(count(program.kernels, "sum_partials.add_tree"), fallback ? 0 : 2);
      const wanted = meanOverVisible64(map, mask, 2).data, halves = wanted.map((mean) => mean / 2);
      assertClose("total", await tape.read(kept[0]), [wanted[0] + wanted[1]], 2e-7);
      assertClose("means", await tape.read(kept[1]), [...halves, ...halves], 2e-7);
    });
  }
});

Deno.test("meanOverVisible() of nothing visible is 0, not NaN", async () => {
  const tape = new Tape(await testGpu());
  const map = tape.persistent("map", [2, 3, 4, 4]), visible = tape.persistent("mask", [2, 1, 4, 4]);
  // What a division on the device may leave of 1 - 1.
  tape.write(map, new Float32Array(96).fill(4e-6));
  const mean = tape.keep(meanOverVisible(tape, map, visible));
  (await tape.finish()).run();
  assertEquals([...await tape.read(mean)], [0]);
});

Deno.test("meanOverVisible() refuses batches that do not fit", async () => {
  const tape = new Tape(await testGpu());
  const map = tape.value("map", [3, 3, 4, 4]), visible = tape.value("mask", [3, 1, 4, 4]);
  const other = tape.value("mask", [2, 1, 4, 4]), wide = tape.value("wide", [3, 5, 4, 4]);
  const parts = () => weightedMeansOverVisible(tape, [half(map, visible)], { groups: 2 });
  assertThrows(parts, Error, "no 2 equal parts");
  assertThrows(() => meanOverVisible(tape, map, other), Error, "must be [3, 1, H, W]");
  assertThrows(() => meanOverVisible(tape, wide, visible), Error, "at most 4 channels");
  assertThrows(() => weightedMeansOverVisible(tape, []), Error, "Cannot average 0 maps");
});
