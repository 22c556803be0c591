import { assertEquals } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { totalVariation } from "../../../pipeline/smoothness/ops/total_variation.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { random64 } from "../../reference/tensor64.ts";
import { totalVariation64 } from "../../reference/total_variation.ts";

Deno.test("totalVariation() equals its float64 twin, forward and backward", async (t) => {
  const shapes: Shape[] = [[2, 4, 5, 7], [1, 4, 1, 3], [1, 1, 1, 1], [1, 6, 11, 13]];
  for (const shape of shapes) {
    await t.step(`[${shape}]`, () => {
      const c = random64(new Rng(1), shape, -2, 2);
      // Central differences must not step over the kink at 0.
      c.data.forEach((value, i) => c.data[i] = Math.abs(value) < 1e-3 ? 1 : value);
      return checkOperation("total_variation", {
        inputs: [c],
        onGpu: ["sum_partials.add_tree"],
        operation: (tape, [c]) => totalVariation(tape, c),
        reference: ([c]) => totalVariation64(c),
      });
    });
  }
});

Deno.test("totalVariation() passes nothing on where c is 0", async () => {
  const tape = new Tape(await testGpu());
  const c = tape.variable("c", [1, 4, 1, 1]);
  tape.write(c, [0, -3, 0.5, 0]);
  const loss = totalVariation(tape, c);
  tape.backward(loss);
  const value = tape.keep(loss), gradient = tape.keep(tape.gradientOf(c));
  (await tape.finish()).run();
  assertEquals([...await tape.read(value)], [0.875]);
  assertEquals([...await tape.read(gradient)], [0, -0.25, 0.25, 0]);
});
