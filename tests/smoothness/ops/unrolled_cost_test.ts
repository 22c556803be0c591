import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { maskedSobel } from "../../../pipeline/smoothness/ops/masked_sobel.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import {
  unrolledCost,
  type UnrolledCostOptions,
  unrolledIterates,
} from "../../../pipeline/smoothness/ops/unrolled_cost.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { random64, type Tensor64 } from "../../reference/tensor64.ts";
import { iterates64, unrolledCost64 } from "../../reference/unrolled_cost.ts";

// Random values that keep away from the kinks of the soft threshold, so that central differences hold.
function awayFromKinks(shape: Shape, options: UnrolledCostOptions): Tensor64 {
  const threshold = options.lambda / options.rho, rng = new Rng(1);
  const out = random64(rng.fork("first"), shape, -3 * threshold, 3 * threshold);
  out.data.forEach((_, i) => {
    const near = () =>
      iterates64(out.data[i], options).thresholded.some((size) =>
        Math.abs(size - threshold) < 0.01 * threshold
      );
    while (near()) out.data[i] = Math.fround(rng.uniform(-3 * threshold, 3 * threshold));
  });
  return out;
}

Deno.test("unrolledCost() equals its float64 twin, forward and backward", async (t) => {
  const shapes: Shape[] = [[2, 4, 5, 7], [1, 4, 1, 3], [1, 4, 1, 1], [1, 3, 11, 13]];
  const settings: UnrolledCostOptions[] = [
    { unrollIterations: 0, rho: 0.1, lambda: 0.1, eta: 1 },
    { unrollIterations: 1, rho: 0.1, lambda: 0.1, eta: 1 },
    { unrollIterations: 2, rho: 0.1, lambda: 0.1, eta: 1, stopGradient: true },
    { unrollIterations: 3, rho: 0.02, lambda: 0.05, eta: 0.5, weight: 1.75 },
    { unrollIterations: 3, rho: 0.1, lambda: 0.05, eta: 0.5, stopGradient: true },
    { unrollIterations: 7, rho: 0.5, lambda: 0.1, eta: 1 },
    { unrollIterations: 20, rho: 0.1, lambda: 0.2, eta: 0.7 },
  ];
  for (const shape of shapes) {
    for (const options of settings) {
      await t.step(`[${shape}] ${JSON.stringify(options)}`, () => {
        const c = awayFromKinks(shape, options);
        return checkOperation("unrolled_cost", {
          inputs: [c],
          onGpu: ["sum_partials.add_tree"],
          operation: (tape, [c]) => unrolledCost(tape, c, options),
          reference: ([moved]) =>
            unrolledCost64(moved, options, options.stopGradient ? c : undefined),
        });
      });
    }
  }
});

/** Iterates, cost and gradient of one element. */
async function element(c: number, options: UnrolledCostOptions) {
  const tape = new Tape(await testGpu());
  const input = tape.variable("c", [1, 1, 1, 1]);
  tape.write(input, [c]);
  const { q, beta } = unrolledIterates(tape, input, {
    ...options,
    iteration: options.unrollIterations,
  });
  const loss = unrolledCost(tape, input, options);
  const kept = [tape.keep(q), tape.keep(beta), tape.keep(loss)];
  tape.backward(loss);
  kept.push(tape.keep(tape.gradientOf(input)));
  (await tape.finish()).run();
  return (await Promise.all(kept.map((value) => tape.read(value)))).map(([value]) => value);
}

// Per element, rho = lambda = eta = 1: c, then for T = 1 and T = 2 each q, beta, L, dL/dc, dL/dc with stopGradient.
const TABLE = [
  [-3, -2, 1, 3.25, -1.5, -2.5, -3, 1, 7 / 3, -1, -2],
  [-0.5, 0, 0.5, 0.3125, -1.25, -0.75, 0, 1, 7 / 12, -1 / 3, -1],
  [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0],
  [0.25, 0, -0.25, 0.078125, 0.625, 0.375, 0, -0.5, 7 / 48, 7 / 6, 0.5],
  [0.9, 0, -0.9, 1.0125, 2.25, 1.35, 0.8, -1, 0.8766667, 1.1333333, 1.2666667],
  [1.5, 0.5, -1, 1.5625, 0.75, 1.75, 1.5, -1, 1.2083333, 0.5, 1.5],
  [10, 9, -1, 26, 5, 6, 10, -1, 17.5, 10 / 3, 13 / 3],
];

Deno.test("unrolledCost() gives every row of the method's table", async (t) => {
  for (const [rho, lambda] of [[1, 1], [0.4, 0.2], [0.005, 0.02]]) {
    // Another threshold scales c, q and beta by it, the cost per rho by its square.
    const threshold = lambda / rho;
    for (const [c, ...columns] of TABLE) {
      for (const unrollIterations of [1, 2]) {
        const start = 5 * (unrollIterations - 1);
        const [q, beta, loss, gradient, detached] = columns.slice(start, start + 5);
        await t.step(`c = ${c} thresholds of ${threshold}, T = ${unrollIterations}`, async () => {
          const options = { unrollIterations, rho, lambda, eta: 1 };
          const followed = await element(c * threshold, options);
          const stopped = await element(c * threshold, { ...options, stopGradient: true });
          const close = (got: number, want: number) =>
            assertAlmostEquals(got, want, 1e-6 * Math.max(1, Math.abs(want)));
          close(followed[0] / threshold, q);
          close(followed[1] / threshold, beta);
          close(followed[2] / rho / threshold ** 2, loss);
          close(followed[3] / rho / threshold, gradient);
          close(stopped[2], followed[2]);
          close(stopped[3] / rho / threshold, detached);
        });
      }
    }
  }
});

Deno.test("unrolledCost() follows its closed forms beyond the threshold", async () => {
  for (const unrollIterations of [0, 1, 4, 9]) {
    const [, , , gradient] = await element(1.5, { unrollIterations, rho: 1, lambda: 1, eta: 1 });
    assertAlmostEquals(gradient, 1.5 / (unrollIterations + 1), 1e-6);
  }
});

Deno.test("unrolledCost() with stopGradient tends to total variation", async () => {
  const options = { unrollIterations: 5000, rho: 0.2, lambda: 0.1, eta: 1, stopGradient: true };
  for (const c of [-2, -0.3, 0.1, 4]) {
    const [, , , gradient] = await element(c, options);
    assertAlmostEquals(gradient, 0.1 * Math.sign(c), 1e-3);
  }
});

Deno.test("unrolledCost() of the step worked out in the method", async (t) => {
  const step = [...Array(4).fill([0, 0, 1, 1]).flat(), ...Array(16).fill(0)];
  const losses = new Map([[0, 0.146875], [1, 0.1015625], [2, 0.0723958], [7, 0.0359375]]);
  for (const [unrollIterations, loss] of losses) {
    await t.step(`T = ${unrollIterations}`, async () => {
      const tape = new Tape(await testGpu());
      const flow = tape.persistent("flow", [1, 2, 4, 4]);
      const image = tape.persistent("image", [1, 3, 4, 4]);
      tape.write(flow, step);
      const { c } = maskedSobel(tape, flow, image, {
        edgeAlpha: 10,
        order: "1st",
        border: "zero",
      });
      const got = tape.keep(
        unrolledCost(tape, c, { unrollIterations, rho: 0.1, lambda: 0.1, eta: 1 }),
      );
      (await tape.finish()).run();
      assertAlmostEquals((await tape.read(got))[0], loss, 1e-7);
    });
  }
});

Deno.test("unrolledCost() of a large field sums every element once", async () => {
  // Past the number of partial sums: each invocation adds several elements.
  const shape: Shape = [1, 4, 389, 521], elements = 4 * 389 * 521;
  const tape = new Tape(await testGpu());
  const c = tape.persistent("c", shape);
  tape.write(c, Float32Array.from({ length: elements }, (_, i) => i % 3));
  const loss = tape.keep(
    unrolledCost(tape, c, { unrollIterations: 0, rho: 2, lambda: 1, eta: 1 }),
  );
  (await tape.finish()).run();
  const whole = Math.floor(elements / 3), rest = elements % 3;
  const wanted = (5 * whole + (rest === 2 ? 1 : 0)) / elements;
  assertAlmostEquals((await tape.read(loss))[0] / wanted, 1, 5e-7);
});

Deno.test("unrolledCost() refuses settings without a meaning", async () => {
  const tape = new Tape(await testGpu());
  const c = tape.value("c", [1, 4, 2, 2]);
  const good = { unrollIterations: 1, rho: 0.1, lambda: 0.1, eta: 1 };
  for (const unrollIterations of [-1, 1.5, NaN]) {
    const options = { ...good, unrollIterations };
    assertThrows(() => unrolledCost(tape, c, options), Error, `got ${unrollIterations}`);
  }
  assertThrows(() => unrolledCost(tape, c, { ...good, rho: 0 }), Error, "got rho 0");
  assertThrows(
    () => unrolledIterates(tape, c, { ...good, iteration: 1, lambda: -1 }),
    Error,
    "lambda -1",
  );
  assertEquals(unrolledCost(tape, c, good).shape, [1, 1, 1, 1]);
});
