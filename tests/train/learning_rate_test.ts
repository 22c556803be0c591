/** The learning rate of each step, by its schedule. */
import { assertAlmostEquals, assertEquals } from "@std/assert";
import { learningRateAt, type LearningRateSettings } from "../../pipeline/train/learning_rate.ts";

const BASE: LearningRateSettings = {
  learningRate: 1,
  warmupSteps: 4,
  schedule: "linear",
  decayShare: 0.5,
  dropAt: [0.75, 0.5],
  dropFactor: 0.1,
  steps: 20,
};

const rates = (changes: Partial<LearningRateSettings>, steps: readonly number[]) =>
  steps.map((step) => learningRateAt(step, { ...BASE, ...changes }));

function assertRates(got: readonly number[], want: readonly number[]): void {
  assertEquals(got.length, want.length);
  got.forEach((rate, i) => assertAlmostEquals(rate, want[i], 1e-12));
}

Deno.test("learningRateAt() warms up and decays linearly", () => {
  assertEquals(rates({}, [0, 1, 3, 9]), [0.25, 0.5, 1, 1]);
  assertRates(rates({}, [10, 15, 19]), [1, 0.5, 0.1]);
  assertEquals(rates({ decayShare: 0 }, [0, 19]), [0.25, 1]);
});

Deno.test("learningRateAt() stays constant after the warm-up, whatever decay_share says", () => {
  assertEquals(rates({ schedule: "constant" }, [0, 3, 10, 19]), [0.25, 1, 1, 1]);
});

Deno.test("learningRateAt() drops at shares of the steps, in any order", () => {
  assertRates(rates({ schedule: "steps" }, [1, 9, 10, 14, 15, 19]), [0.5, 1, 0.1, 0.1, 0.01, 0.01]);
});

Deno.test("learningRateAt() goes through one cycle by half cosines", () => {
  // From 1/25 to 1 over 4 steps; at the half of both ways the mean of their ends; 1/250,000 in the last step.
  assertRates(rates({ schedule: "one_cycle" }, [0, 2, 4, 19]), [0.04, 0.52, 1, 4e-6]);
  const halfway = learningRateAt(12, { ...BASE, schedule: "one_cycle", steps: 21 });
  assertAlmostEquals(halfway, (1 + 4e-6) / 2, 1e-12);
  assertRates(rates({ schedule: "one_cycle", warmupSteps: 0, steps: 1 }, [0]), [1]);
});
