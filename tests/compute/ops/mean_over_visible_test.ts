import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { meanOverVisible } from "../../../pipeline/compute/ops/mean_over_visible.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose, checkOperation } from "../../_operation.ts";
import { meanOverVisible64 } from "../../reference/mean_over_visible.ts";
import { random64 } from "../../reference/tensor64.ts";

const count = (kernels: readonly string[], name: string) =>
  kernels.filter((kernel) => kernel === name).length;

Deno.test("meanOverVisible() equals its float64 twin, forward and backward", async (t) => {
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
      return checkOperation("meanOverVisible", {
        inputs: [
          random64(rng.fork("map"), map, 0, 1),
          random64(rng.fork("visible"), visible, 0, 1),
        ],
        differentiable: [true, false],
        operation: (tape, [values, mask]) => meanOverVisible(tape, values, mask, { groups }),
        reference: ([values, mask]) => meanOverVisible64(values, mask, groups),
        tolerance: 3e-7,
        gradientTolerance: 1e-6,
        onGpu: ["sum_partials.add_tree"],
      });
    });
  }
});

Deno.test("meanOverVisible() keeps seven digits over a large image", async (t) => {
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
      const mean = tape.keep(meanOverVisible(tape, values, visible, { groups: 2 }));
      const program = await tape.finish();
      program.run();
      assertEquals(count(program.kernels, "sum_partials.add_tree"), fallback ? 0 : 2);
      assertClose("mean", await tape.read(mean), meanOverVisible64(map, mask, 2).data, 2e-7);
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
  assertThrows(() => meanOverVisible(tape, map, visible, { groups: 2 }), Error, "no 2 equal parts");
  assertThrows(() => meanOverVisible(tape, map, other), Error, "must be [3, 1, H, W]");
  assertThrows(() => meanOverVisible(tape, wide, visible), Error, "at most 4 channels");
});
