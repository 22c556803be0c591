import { assertEquals } from "@std/assert";
import { Factor, scaleBy } from "../../../pipeline/compute/ops/scale_by.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";

Deno.test("scaleBy() multiplies value and gradient by the factor of the run, 1 at first", async () => {
  const gpu = await testGpu();
  const tape = new Tape(gpu), factor = new Factor(gpu, "factor");
  const x = tape.variable("x", [1, 3, 1, 2]), seed = tape.persistent("seed", [1, 3, 1, 2]);
  tape.write(x, [1, 2, 3, 4, 5, 6]);
  tape.write(seed, [1, 0, -1, 2, 0, 4]);
  const scaled = scaleBy(tape, x, factor);
  const out = tape.keep(scaled);
  tape.backward(scaled, seed);
  const dx = tape.keep(tape.gradientOf(x));
  const program = await tape.finish();
  const results = async () => [[...await tape.read(out)], [...await tape.read(dx)]];
  program.run();
  assertEquals(await results(), [[1, 2, 3, 4, 5, 6], [1, 0, -1, 2, 0, 4]]);
  factor.set(-0.5);
  program.run();
  assertEquals(await results(), [[-0.5, -1, -1.5, -2, -2.5, -3], [-0.5, -0, 0.5, -1, -0, -2]]);
});
