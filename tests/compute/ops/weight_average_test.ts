import { assertAlmostEquals } from "@std/assert";
import { WeightAverage } from "../../../pipeline/compute/ops/weight_average.ts";
import { Parameters } from "../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";

Deno.test("WeightAverage follows the weights, faster in the first steps than its decay", async () => {
  const gpu = await testGpu();
  const describe = [{
    name: "w",
    kind: "weight",
    shape: [2, 1, 1, 1],
    inputSegments: [1],
  }] as const;
  const trained = new Parameters(gpu, describe), own = new Parameters(gpu, describe);
  own.write(new Map([["w", [1, -4]]]));
  const average = new WeightAverage(gpu, own, 0.5);
  const tape = new Tape(gpu);
  average.record(tape, trained);
  const program = await tape.finish();
  let wanted = [1, -4];
  for (const step of [1, 2, 50]) {
    const weights = [step, 2 * step];
    trained.write(new Map([["w", weights]]));
    average.setStep(step);
    program.run();
    // 2/11 and 3/12 of the average stay at first, a half in the end.
    const stays = step === 1 ? 2 / 11 : step === 2 ? 3 / 12 : 0.5;
    wanted = wanted.map((value, i) => stays * value + (1 - stays) * weights[i]);
    const got = (await own.read()).get("w")!;
    wanted.forEach((value, i) => assertAlmostEquals(got[i], value, 1e-5));
  }
});
