import { assert, assertEquals, assertThrows } from "@std/assert";
import {
  nearestDownsample,
  nearestDownsamples,
} from "../../../pipeline/compute/ops/nearest_downsample.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { nearestDownsample64 } from "../../reference/nearest_downsample.ts";
import { random64 } from "../../reference/tensor64.ts";

Deno.test("nearestDownsample() equals its float64 twin", async (t) => {
  const cases: [Shape, number, number][] = [
    [[2, 1, 16, 24], 8, 12],
    [[1, 5, 13, 21], 6, 10],
    [[1, 1, 1, 7], 1, 2],
    [[2, 1, 11, 1], 1, 1],
  ];
  for (const [shape, height, width] of cases) {
    await t.step(`[${shape}] to ${height}x${width}`, () =>
      checkOperation("nearestDownsample", {
        inputs: [random64(new Rng(1), shape, 0, 1)],
        operation: (tape, [mask]) => nearestDownsample(tape, mask, height, width),
        reference: ([mask]) => nearestDownsample64(mask, height, width),
        tolerance: 0,
        gradientTolerance: 0,
      }));
  }
});

Deno.test("nearestDownsamples() equals its float64 twin at each of several sizes", async (t) => {
  const sizes = [[8, 12], [16, 23], [5, 4], [1, 1], [3, 23]].map(([height, width]) => ({
    height,
    width,
  }));
  for (const [index, { height, width }] of sizes.entries()) {
    await t.step(`${height}x${width}`, () =>
      checkOperation("nearestDownsamples", {
        inputs: [random64(new Rng(2), [2, 5, 16, 23], 0, 2)],
        operation: (tape, [input]) => nearestDownsamples(tape, input, sizes)[index],
        reference: ([input]) => nearestDownsample64(input, height, width),
        gradientTolerance: 0,
        onGpu: ["nearest_downsample.forward"],
      }));
  }
});

Deno.test("nearestDownsamples() makes each size once, three of them by one dispatch", async () => {
  const tape = new Tape(await testGpu());
  const input = tape.persistent("picture", [1, 3, 8, 8]);
  const [quarter, own, half] = [2, 8, 4].map((side) => ({ height: side, width: side }));
  const [first, same, second] = nearestDownsamples(tape, input, [quarter, own, half]);
  assert(same === input);
  assert(nearestDownsample(tape, input, 2, 2) === first);
  assert(nearestDownsamples(tape, input, [half])[0] === second);
  tape.keep(first);
  assertEquals((await tape.finish()).kernels, ["nearest_downsample.forward", "arithmetic.copy"]);
});

Deno.test("nearestDownsample() returns a mask that has the size already", async () => {
  const tape = new Tape(await testGpu());
  const mask = tape.value("mask", [1, 1, 8, 8]);
  assert(nearestDownsample(tape, mask, 8, 8) === mask);
});

Deno.test("nearestDownsample() refuses to enlarge and to lose a gradient", async () => {
  const tape = new Tape(await testGpu());
  const mask = tape.value("mask", [1, 1, 8, 8]), flow = tape.variable("flow", [1, 2, 8, 8]);
  assertThrows(() => nearestDownsample(tape, mask, 4, 16), Error, "from 8x8 to 4x16");
  assertThrows(() => nearestDownsample(tape, flow, 4, 4), Error, "flow: it needs a gradient");
});
