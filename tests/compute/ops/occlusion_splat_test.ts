import { assertEquals, assertThrows } from "@std/assert";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { occlusionSplat } from "../../../pipeline/compute/ops/occlusion_splat.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { checkOperation } from "../../_operation.ts";
import { occlusionSplat64 } from "../../reference/occlusion_splat.ts";
import { swapHalves64 } from "../../reference/swap_halves.ts";
import { random64 } from "../../reference/tensor64.ts";

async function splat(shape: Shape, flow: ArrayLike<number>) {
  const tape = new Tape(await testGpu());
  const input = tape.persistent("flow", shape);
  tape.write(input, flow);
  const { coverage, visible } = occlusionSplat(tape, input);
  const kept = [tape.keep(coverage), tape.keep(visible)];
  (await tape.finish()).run();
  return { coverage: await tape.read(kept[0]), visible: await tape.read(kept[1]) };
}

Deno.test("occlusionSplat() equals its float64 twin", async (t) => {
  const shapes: Shape[] = [[2, 2, 5, 7], [1, 2, 13, 11], [3, 2, 1, 5], [1, 2, 17, 1], [1, 2, 1, 1]];
  for (const shape of shapes) {
    for (const reach of [0.4, 3, 40]) {
      const flow = random64(new Rng(3), shape, -reach, reach);
      for (const key of ["coverage", "visible"] as const) {
        await t.step(
          `[${shape}], flow up to ${reach} px: ${key}`,
          () =>
            checkOperation("occlusion_splat", {
              inputs: [flow],
              gradientTolerance: 0,
              tolerance: 1e-6,
              operation: (tape, [input]) => occlusionSplat(tape, input)[key],
              reference: ([input]) => occlusionSplat64(input, 0.2)[key],
            }),
        );
      }
    }
  }
});

Deno.test("occlusionSplat() on the other half equals its twin of a batch turned by half", async (t) => {
  for (const shape of [[2, 2, 5, 7], [6, 2, 3, 4]] as const) {
    await t.step(`[${shape}]`, () =>
      checkOperation("occlusion_splat", {
        inputs: [random64(new Rng(4), shape, -3, 3)],
        gradientTolerance: 0,
        tolerance: 1e-6,
        operation: (tape, [input]) => occlusionSplat(tape, input, { otherHalf: true }).coverage,
        reference: ([input]) => occlusionSplat64(swapHalves64(input), 0.2).coverage,
      }));
  }
});

Deno.test("occlusionSplat() uncovers the strip that a translation leaves behind", async () => {
  // Everything moves by (+2, -1): the left two columns and the bottom row of the target receive nothing.
  const h = 4, w = 5;
  const flow = [...Array(h * w).fill(2), ...Array(h * w).fill(-1)];
  const { visible } = await splat([1, 2, h, w], flow);
  assertEquals(
    [...visible],
    [
      [0, 0, 1, 1, 1],
      [0, 0, 1, 1, 1],
      [0, 0, 1, 1, 1],
      [0, 0, 0, 0, 0],
    ].flat(),
  );
});

Deno.test("occlusionSplat() counts a million pixels on one cell without overflow or drift", async () => {
  const side = 1000, cell = 321, pixels = side * side;
  const flow = new Float32Array(2 * pixels);
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      flow[y * side + x] = cell + 0.25 - x;
      flow[pixels + y * side + x] = cell + 0.375 - y;
    }
  }
  const { coverage } = await splat([1, 2, side, side], flow);
  const at = (y: number, x: number) => coverage[y * side + x];
  assertEquals(at(cell, cell), 0.75 * 0.625 * pixels);
  assertEquals(at(cell, cell + 1), 0.25 * 0.625 * pixels);
  assertEquals(at(cell + 1, cell), 0.75 * 0.375 * pixels);
  assertEquals(at(cell + 1, cell + 1), 0.25 * 0.375 * pixels);
});

Deno.test("occlusionSplat() lets displacements without a landing point go", async () => {
  const { coverage } = await splat([1, 2, 1, 4], [NaN, Infinity, -1e30, 0, 0, 0, 0, 0]);
  assertEquals([...coverage], [0, 0, 0, 1]);
});

Deno.test("occlusionSplat() refuses what is no flow", async () => {
  const tape = new Tape(await testGpu());
  const input = tape.value("picture", [1, 3, 8, 8]);
  assertThrows(() => occlusionSplat(tape, input), Error, "[N, 2, H, W], got [1,3,8,8]");
  const odd = tape.value("flow", [3, 2, 8, 8]), options = { otherHalf: true };
  assertThrows(() => occlusionSplat(tape, odd, options), Error, "must be even, got [3,2,8,8]");
});
