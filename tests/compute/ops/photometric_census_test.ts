import { assertEquals } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { photometricCensus } from "../../../pipeline/compute/ops/photometric_census.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose, checkOperation } from "../../_operation.ts";
import { photometricCensus64 } from "../../reference/photometric_census.ts";
import { random64 } from "../../reference/tensor64.ts";

Deno.test("photometricCensus() equals its float64 twin, forward and backward", async (t) => {
  // The sides cross the eight rows that one invocation walks down; a side of 1 or 2 has no inner pixel.
  const sizes: Shape[] = [
    [2, 3, 5, 7],
    [1, 3, 3, 3],
    [1, 3, 17, 3],
    [2, 3, 3, 13],
    [1, 3, 2, 5],
    [2, 3, 1, 1],
  ];
  for (const [n, c, h, w] of sizes) {
    await t.step(`[${[n, c, h, w]}]`, () => {
      const rng = new Rng(1);
      // Differences of a few gray levels, where the penalty is neither 0 nor saturated.
      return checkOperation("photometricCensus", {
        inputs: [
          random64(rng.fork("first"), [n, c, h, w], 0.5, 0.51),
          random64(rng.fork("second"), [n, c, h, w], 0.5, 0.51),
          random64(rng.fork("visible"), [n, 1, h, w], 0.995, 1),
        ],
        differentiable: [false, true, false],
        operation: (tape, [image1, image2, visible]) =>
          photometricCensus(tape, image1, image2, visible),
        reference: ([image1, image2, visible]) => photometricCensus64(image1, image2, visible),
        step: 1e-7,
        // Gray values are up to 255 and their differences near 1, so two digits are lost in float32.
        tolerance: 5e-5,
        gradientTolerance: 1e-4,
      });
    });
  }
});

Deno.test("photometricCensus() sees order, not brightness, and skips the outer pixel", async () => {
  const tape = new Tape(await testGpu());
  const shape: Shape = [1, 3, 3, 4];
  const gray = (levels: readonly number[]) => [0, 1, 2].flatMap(() => levels.map((g) => g / 255));
  const image1 = tape.persistent("image1", shape), image2 = tape.persistent("image2", shape);
  const visible = tape.persistent("visible", [1, 1, 3, 4]);
  const levels = [50, 90, 30, 70, 20, 60, 80, 10, 40, 15, 75, 35];
  // Brighter everywhere, and one neighbour of the left inner pixel alone changes sides.
  const brighter = levels.map((level, i) => i === 4 ? level + 120 : level + 20);
  tape.write(image1, gray(levels));
  tape.write(image2, gray(brighter));
  tape.write(visible, new Float32Array(12).fill(1));
  const map = tape.keep(photometricCensus(tape, image1, image2, visible));
  (await tape.finish()).run();
  const got = await tape.read(map);
  assertEquals([...got].map((value) => value > 0.01), [
    ...[false, false, false, false],
    ...[false, true, false, false],
    ...[false, false, false, false],
  ]);
  // One of nine differs by almost 2: 4 / (4 + 0.1) / 9.
  assertClose("changed neighbour", [got[5]], [4 / 4.1 / 9], 1e-3);
});
