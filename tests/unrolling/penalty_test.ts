/** Penalties of single elements beside formulas in float64. */
import { assertEquals, assertRejects } from "@std/assert";
import {
  PENALTIES,
  Penalty,
  type PenaltyName,
  type PenaltySettings,
} from "../../pipeline/unrolling/penalty.ts";
import { testGpu } from "../_adapter.ts";
import { assertClose } from "../_operation.ts";
import { unrolledCost64 } from "../reference/unrolled_cost.ts";

const SETTINGS: PenaltySettings = {
  unrollIterations: 3,
  rho: 0.3,
  lambda: 0.2,
  eta: 0.8,
  stopGradient: false,
  bend: 0.1,
};

/** Off the kinks of the thresholds by more than the step of the differences. */
const C = Float32Array.from({ length: 97 }, (_, i) => (i - 48) / 16 + 0.003);
const STEP = 1e-5;

function value64(name: PenaltyName, c: number, settings: PenaltySettings, frozen = c): number {
  const { lambda, bend, unrollIterations } = settings;
  if (name === "l1") return lambda * Math.abs(c);
  if (name === "charbonnier") return lambda * Math.sqrt(c ** 2 + bend ** 2);
  const shape = [1, 1, 1, 1] as const;
  const tensor = (value: number) => ({ shape, data: Float64Array.of(value) });
  const iterations = name === "quadratic" ? 0 : unrollIterations;
  return unrolledCost64(
    tensor(c),
    { ...settings, unrollIterations: iterations },
    tensor(frozen),
  ).data[0];
}

const CASES: [string, PenaltyName, Partial<PenaltySettings>][] = [
  ...PENALTIES.map((name): [string, PenaltyName, Partial<PenaltySettings>] => [name, name, {}]),
  ["unrolled, T = 0", "unrolled", { unrollIterations: 0 }],
  ["unrolled, T = 1", "unrolled", { unrollIterations: 1, eta: 1 }],
  ["unrolled, T = 7", "unrolled", { unrollIterations: 7, lambda: 0.05 }],
  ["unrolled, gradient stopped", "unrolled", { stopGradient: true }],
  ["Charbonnier with another bend", "charbonnier", { bend: 0.7 }],
];

Deno.test("Penalty gives value and slope of each element by itself", async (t) => {
  for (const [title, name, changes] of CASES) {
    await t.step(title, async () => {
      const settings = { ...SETTINGS, ...changes };
      const penalty = await Penalty.of(await testGpu(), name, C.length, settings);
      const { values, slopes } = await penalty.at(C);
      const wanted = Float64Array.from(C, (c) => value64(name, c, settings));
      const slope = (c: number) => {
        const frozen = settings.stopGradient ? c : undefined;
        return (value64(name, c + STEP, settings, frozen ?? c + STEP) -
          value64(name, c - STEP, settings, frozen ?? c - STEP)) / (2 * STEP);
      };
      assertClose("values", values, wanted, 1e-6);
      assertClose("slopes", slopes, Float64Array.from(C, slope), 1e-5);
    });
  }
});

Deno.test("Penalty is flat at c = 0, for L1 by the kernel's choice", async () => {
  for (const name of PENALTIES) {
    const penalty = await Penalty.of(await testGpu(), name, 1, SETTINGS);
    assertEquals([...(await penalty.at([0])).slopes], [0], name);
  }
});

Deno.test("Penalty says which setting is wrong", async () => {
  const gpu = await testGpu();
  for (const wrong of [{ rho: 0 }, { unrollIterations: 1.5 }, { bend: 0 }, { lambda: -1 }]) {
    await assertRejects(
      () => Penalty.of(gpu, "unrolled", 4, { ...SETTINGS, ...wrong }),
      Error,
      "Cannot compute penalties: wanted are",
    );
  }
});
