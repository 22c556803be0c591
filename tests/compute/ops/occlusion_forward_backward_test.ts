import { assertEquals, assertThrows } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { occlusionForwardBackward } from "../../../pipeline/compute/ops/occlusion_forward_backward.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { occlusionForwardBackward64 } from "../../reference/occlusion_forward_backward.ts";
import { random64 } from "../../reference/tensor64.ts";

Deno.test("occlusionForwardBackward() equals its float64 twin", async (t) => {
  const shapes: Shape[] = [[2, 2, 5, 7], [1, 2, 13, 11], [3, 2, 1, 5], [1, 2, 17, 1], [1, 2, 1, 1]];
  for (const shape of shapes) {
    for (const reach of [0.6, 4]) {
      const inputs = ["flow", "other"].map((name) =>
        random64(new Rng(5).fork(name), shape, -reach, reach)
      );
      for (const key of ["sampled", "visible"] as const) {
        await t.step(
          `[${shape}], flows up to ${reach} px: ${key}`,
          () =>
            checkOperation("occlusion_forward_backward", {
              inputs,
              gradientTolerance: 0,
              tolerance: 1e-6,
              operation: (tape, [flow, other]) => occlusionForwardBackward(tape, flow, other)[key],
              reference: ([flow, other]) => occlusionForwardBackward64(flow, other, 0.01, 0.5)[key],
            }),
        );
      }
    }
  }
});

Deno.test("occlusionForwardBackward() keeps what returns and drops what leaves", async () => {
  // Everything moves by (+2, -1) and back: the two right columns and the top row leave the picture.
  const tape = new Tape(await testGpu());
  const shape: Shape = [1, 2, 4, 5], pixels = 20;
  const flow = tape.persistent("flow", shape), other = tape.persistent("other", shape);
  tape.write(flow, [...Array(pixels).fill(2), ...Array(pixels).fill(-1)]);
  tape.write(other, [...Array(pixels).fill(-2), ...Array(pixels).fill(1)]);
  const visible = tape.keep(occlusionForwardBackward(tape, flow, other).visible);
  (await tape.finish()).run();
  assertEquals(
    [...await tape.read(visible)],
    [
      [0, 0, 0, 0, 0],
      [1, 1, 1, 0, 0],
      [1, 1, 1, 0, 0],
      [1, 1, 1, 0, 0],
    ].flat(),
  );
});

Deno.test("occlusionForwardBackward() refuses flows of different sizes", async () => {
  const tape = new Tape(await testGpu());
  const flow = tape.value("flow", [1, 2, 8, 8]), other = tape.value("other", [1, 2, 8, 4]);
  assertThrows(() => occlusionForwardBackward(tape, flow, other), Error, "[1,2,8,8] and [1,2,8,4]");
});
