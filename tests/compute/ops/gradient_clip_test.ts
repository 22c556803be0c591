import { assertEquals, assertThrows } from "@std/assert";
import { readStorage } from "../../../pipeline/compute/gpu/tensor.ts";
import { GradientClip, recordGradientClip } from "../../../pipeline/compute/ops/gradient_clip.ts";
import { Parameters } from "../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose } from "../../_operation.ts";
import { SMALL_NETWORK, writeGradients } from "../../_parameters.ts";
import { clipFactor64, norm64 } from "../../reference/adam.ts";
import { random64 } from "../../reference/tensor64.ts";

async function clipped(scale: number, maximum: number) {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, SMALL_NETWORK);
  const gradients = new Map(
    SMALL_NETWORK.map(({ name, shape }) => [
      name,
      random64(new Rng(2).fork(name), shape, -scale, scale).data,
    ]),
  );
  writeGradients(gpu, parameters, gradients);
  const clip = new GradientClip(gpu), tape = new Tape(gpu);
  const norm = tape.keep(recordGradientClip(tape, parameters, clip, maximum));
  const program = await tape.finish();
  const runOnce = async () => {
    program.run();
    return [(await tape.read(norm))[0], (await readStorage(gpu, clip.factor))[0]];
  };
  const first = await runOnce();
  assertEquals(await runOnce(), first, "two runs differ");
  const wanted = norm64([...gradients.values()].flatMap((data) => [...data]));
  return { got: first, wanted: [wanted, clipFactor64(wanted, maximum)] };
}

Deno.test("recordGradientClip() finds norm and factor", async (t) => {
  const cases = [
    { name: "above the maximum", scale: 3, maximum: 1 },
    { name: "below the maximum", scale: 0.01, maximum: 1 },
    { name: "no clipping", scale: 3, maximum: 0 },
  ];
  for (const { name, scale, maximum } of cases) {
    await t.step(name, async () => {
      const { got, wanted } = await clipped(scale, maximum);
      assertClose("norm", [got[0]], [wanted[0]], 1e-6);
      assertClose("factor", [got[1]], [wanted[1]], 1e-6);
    });
  }
});

Deno.test("recordGradientClip() of no gradient is norm 0, factor 1", async () => {
  const { got } = await clipped(0, 1);
  assertEquals(got, [0, 1]);
});

Deno.test("recordGradientClip() refuses a negative maximum", async () => {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, SMALL_NETWORK);
  assertThrows(
    () => recordGradientClip(new Tape(gpu), parameters, new GradientClip(gpu), -1),
    Error,
    "norm of -1",
  );
});
