import { assertEquals, assertThrows } from "@std/assert";
import { secondPassLoss } from "../../../pipeline/compute/ops/second_pass_loss.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { secondPassLoss64 } from "../../reference/second_pass_loss.ts";
import { random64, type Tensor64 } from "../../reference/tensor64.ts";

// Differs from the target by 0.05 at least: away from the kink of |d|.
function besides(target: Tensor64): Tensor64 {
  const rng = new Rng(9);
  const data = target.data.map((value) =>
    Math.fround(value + (rng.integer(2) === 0 ? -1 : 1) * rng.uniform(0.05, 3))
  );
  return { shape: target.shape, data };
}

Deno.test("secondPassLoss() equals its float64 twin, forward and backward", async (t) => {
  const sizes: [number, number, number][] = [[2, 5, 7], [1, 1, 13], [1, 1, 1], [2, 19, 1]];
  for (const [n, h, w] of sizes) {
    for (const [epsilon, exponent] of [[0, 1], [0.01, 0.4], [0.1, 2]]) {
      await t.step(`${n}x${h}x${w}, epsilon ${epsilon}, exponent ${exponent}`, () => {
        const target = random64(new Rng(1), [n, 2, h, w], -3, 3);
        return checkOperation("secondPassLoss", {
          inputs: [besides(target), target, random64(new Rng(2), [n, 1, h, w], 0, 1)],
          differentiable: [true, false, false],
          operation: (tape, [prediction, wanted, mask]) =>
            secondPassLoss(tape, prediction, wanted, mask, { epsilon, exponent }),
          reference: ([prediction, wanted, mask]) =>
            secondPassLoss64(prediction, wanted, mask, epsilon, exponent),
        });
      });
    }
  }
});

Deno.test("secondPassLoss() sums many pixels", async () => {
  const target = random64(new Rng(1), [2, 2, 97, 131], -3, 3);
  await checkOperation("secondPassLoss", {
    inputs: [besides(target), target, random64(new Rng(2), [2, 1, 97, 131], 0, 1)],
    operation: (tape, [prediction, wanted, mask]) =>
      secondPassLoss(tape, prediction, wanted, mask, { epsilon: 0, exponent: 1 }),
    reference: ([prediction, wanted, mask]) => secondPassLoss64(prediction, wanted, mask, 0, 1),
    gradientTolerance: 0,
  });
});

Deno.test("secondPassLoss() stays finite where nothing differs or nothing is visible", async () => {
  const tape = new Tape(await testGpu());
  const prediction = tape.variable("prediction", [1, 2, 2, 3]);
  const target = tape.persistent("target", [1, 2, 2, 3]);
  const mask = tape.persistent("mask", [1, 1, 2, 3]);
  tape.write(prediction, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  tape.write(target, [1, 2, 3, 4, 5, 6, 1, 2, 3, 4, 5, 6]);
  const loss = secondPassLoss(tape, prediction, target, mask, { epsilon: 0, exponent: 0.4 });
  const kept = tape.keep(loss);
  tape.backward(loss);
  const gradient = tape.keep(tape.gradientOf(prediction));
  const program = await tape.finish();
  for (const visible of [0, 1]) {
    tape.write(mask, Array(6).fill(visible));
    program.run();
    assertEquals([...await tape.read(kept)], [0]);
    assertEquals([...await tape.read(gradient)].map(Math.abs), Array(12).fill(0));
  }
});

Deno.test("secondPassLoss() says which shape it wants", async () => {
  const tape = new Tape(await testGpu());
  const prediction = tape.value("prediction", [1, 2, 8, 8]);
  const target = tape.value("target", [1, 2, 8, 8]), mask = tape.value("mask", [1, 1, 4, 4]);
  assertThrows(
    () => secondPassLoss(tape, prediction, target, mask, { epsilon: 0, exponent: 1 }),
    Error,
    "mask must be [1, 1, 8, 8], got [1, 1, 4, 4]",
  );
});
