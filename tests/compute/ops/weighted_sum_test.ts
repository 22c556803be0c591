import { assertEquals, assertThrows } from "@std/assert";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { weightedSum } from "../../../pipeline/compute/ops/weighted_sum.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { random64 } from "../../reference/tensor64.ts";
import { weightedSum64 } from "../../reference/weighted_sum.ts";

Deno.test("weightedSum() equals its float64 twin, forward and backward", async (t) => {
  // Seven terms fill one dispatch, sixteen are chained over three.
  for (const count of [1, 2, 7, 8, 16]) {
    await t.step(`${count} terms`, () => {
      const weights = Array.from({ length: count }, (_, index) => 0.15 + 0.4 * index);
      return checkOperation("weightedSum", {
        inputs: weights.map((_, index) =>
          random64(new Rng(1).fork(`term ${index}`), [1 + index % 3, 1, 1, 1], 0, 1)
        ),
        differentiable: weights.map((_, index) => index % 4 !== 1),
        operation: (tape, values) =>
          weightedSum(tape, values.map((value, index) => ({ value, weight: weights[index] }))),
        reference: (values) => weightedSum64(values, weights),
      });
    });
  }
});

Deno.test("weightedSum() adds the gradients of a term that is given twice", async () => {
  const tape = new Tape(await testGpu());
  const value = tape.variable("term", [2, 1, 1, 1]);
  tape.write(value, [3, 4]);
  const sum = weightedSum(tape, [{ value, weight: 0.5 }, { value, weight: 2 }]);
  const total = tape.keep(sum);
  tape.backward(sum);
  const gradient = tape.keep(tape.gradientOf(value));
  (await tape.finish()).run();
  assertEquals([...await tape.read(total)], [17.5]);
  assertEquals([...await tape.read(gradient)], [2.5, 2.5]);
});

Deno.test("weightedSum() refuses an empty list and a term that is no scalar", async () => {
  const tape = new Tape(await testGpu());
  assertThrows(() => weightedSum(tape, []), Error, "without terms");
  const map = tape.value("map", [1, 3, 4, 4]);
  assertThrows(() => weightedSum(tape, [{ value: map, weight: 1 }]), Error, "got [1,3,4,4]");
});
