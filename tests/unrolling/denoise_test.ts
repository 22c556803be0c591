/** The toy beside the same descent in float64, and what it is there to show. */
import { assertAlmostEquals } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { descend, drawSignal, rootMeanSquare } from "../../pipeline/unrolling/denoise.ts";
import { Penalty, type PenaltyName } from "../../pipeline/unrolling/penalty.ts";
import { testGpu } from "../_adapter.ts";
import { assertClose } from "../_operation.ts";

const SETTINGS = {
  unrollIterations: 3,
  rho: 0.3,
  lambda: 0.3,
  eta: 1,
  stopGradient: false,
  bend: 0.2,
};
const SAMPLES = 120, RATE = 0.1;

async function denoised(name: PenaltyName, steps: number) {
  const { clean, noisy } = drawSignal(new Rng(3), SAMPLES, 0.12);
  const penalty = await Penalty.of(await testGpu(), name, SAMPLES - 1, SETTINGS);
  let x = noisy;
  for (let step = 0; step < steps; step++) x = await descend(x, noisy, penalty, RATE);
  return { x, noisy, error: rootMeanSquare(x, clean) };
}

Deno.test("descend() goes down the gradient of the whole cost", async () => {
  const { x, noisy } = await denoised("quadratic", 5);
  const cost = (at: Float64Array) =>
    at.reduce((sum, value, i) =>
      sum + (value - noisy[i]) ** 2 / 2 +
      (i > 0 ? SETTINGS.rho / 2 * (value - at[i - 1]) ** 2 : 0), 0);
  let wanted = noisy;
  for (let step = 0; step < 5; step++) {
    wanted = wanted.map((value, i) => {
      const moved = (by: number) => cost(wanted.map((other, j) => i === j ? other + by : other));
      return value - RATE * (moved(1e-5) - moved(-1e-5)) / 2e-5;
    });
  }
  assertClose("signal", x, wanted, 1e-6);
});

Deno.test("the unrolled cost gives the steps back better than L1 and the quadratic, at weights of 0.3", async () => {
  const [unrolled, l1, quadratic] = await Promise.all(
    (["unrolled", "l1", "quadratic"] as const).map((name) => denoised(name, 50)),
  );
  // By the same descent in float64; L1, whose gradient jumps, also amplifies roundings.
  assertAlmostEquals(unrolled.error, 0.0518, 1e-4);
  assertAlmostEquals(l1.error, 0.0644, 2e-3);
  assertAlmostEquals(quadratic.error, 0.0811, 1e-4);
});
