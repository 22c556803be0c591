import { assert, assertEquals, assertThrows } from "@std/assert";
import { areaDownsample, areaDownsamples } from "../../../pipeline/compute/ops/area_downsample.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { areaDownsample64 } from "../../reference/area_downsample.ts";
import { random64 } from "../../reference/tensor64.ts";

Deno.test("areaDownsample() equals its float64 twin", async (t) => {
  const cases: [Shape, number, number][] = [
    [[2, 3, 16, 24], 8, 12],
    [[1, 6, 13, 21], 6, 10],
    [[1, 2, 13, 21], 3, 5],
    [[1, 1, 1, 7], 1, 2],
    [[2, 5, 11, 1], 1, 1],
  ];
  for (const [shape, height, width] of cases) {
    await t.step(`[${shape}] to ${height}x${width}`, () =>
      checkOperation("areaDownsample", {
        inputs: [random64(new Rng(1), shape, -2, 2)],
        operation: (tape, [input]) => areaDownsample(tape, input, height, width),
        reference: ([input]) => areaDownsample64(input, height, width),
        gradientTolerance: 0,
      }));
  }
});

Deno.test("areaDownsamples() equals its float64 twin at each of several sizes", async (t) => {
  const sizes = [[8, 12], [16, 23], [5, 4], [1, 1], [3, 23]].map(([height, width]) => ({
    height,
    width,
  }));
  for (const [index, { height, width }] of sizes.entries()) {
    await t.step(`${height}x${width}`, () =>
      checkOperation("areaDownsamples", {
        inputs: [random64(new Rng(2), [2, 5, 16, 23], -2, 2)],
        operation: (tape, [input]) => areaDownsamples(tape, input, sizes)[index],
        reference: ([input]) => areaDownsample64(input, height, width),
        gradientTolerance: 0,
        onGpu: ["area_downsample.forward"],
      }));
  }
});

Deno.test("areaDownsamples() makes each size once, three of them by one dispatch", async () => {
  const tape = new Tape(await testGpu());
  const input = tape.persistent("picture", [1, 3, 8, 8]);
  const [quarter, own, half] = [2, 8, 4].map((side) => ({ height: side, width: side }));
  const [first, same, second] = areaDownsamples(tape, input, [quarter, own, half]);
  assert(same === input);
  assert(areaDownsample(tape, input, 2, 2) === first);
  assert(areaDownsamples(tape, input, [half])[0] === second);
  tape.keep(first);
  assertEquals((await tape.finish()).kernels, ["area_downsample.forward", "arithmetic.copy"]);
});

Deno.test("areaDownsample() returns a picture that has the size already", async () => {
  const tape = new Tape(await testGpu());
  const input = tape.value("picture", [1, 3, 8, 8]);
  assert(areaDownsample(tape, input, 8, 8) === input);
});

Deno.test("areaDownsample() refuses to enlarge and to lose a gradient", async () => {
  const tape = new Tape(await testGpu());
  const picture = tape.value("picture", [1, 3, 8, 8]), flow = tape.variable("flow", [1, 2, 8, 8]);
  assertThrows(() => areaDownsample(tape, picture, 4, 16), Error, "from 8x8 to 4x16");
  assertThrows(() => areaDownsample(tape, flow, 4, 4), Error, "flow: it needs a gradient");
});
