/** A batch of which every pixel is occluded: nothing to compare, and no NaN (method, section 5). */
import { assertEquals } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { photometricLoss } from "../../pipeline/compute/photometric_loss.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { testGpu } from "../_adapter.ts";
import { random64 } from "../reference/tensor64.ts";

const TERMS = { wL1: 0.15, wSsim: 0.85, wCensus: 1 };

for (const occlusion of ["splat", "forward_backward"] as const) {
  Deno.test(`photometricLoss() of a batch that is all occluded by ${occlusion} is 0, and so is its gradient`, async () => {
    const tape = new Tape(await testGpu());
    const images = tape.persistent("images", [4, 3, 24, 24]);
    tape.write(images, random64(new Rng(1), [4, 3, 24, 24], 0, 1).data);
    const flows = [24, 12, 6, 3].map((side) => {
      const flow = tape.variable(`flow ${side}`, [4, 2, side, side]);
      // Everything leaves the picture, and both directions say the same: no pixel of either is seen again.
      tape.write(flow, new Float32Array(4 * 2 * side * side).fill(4 * side));
      return flow;
    });
    const { total, visible } = photometricLoss(tape, images, flows, { ...TERMS, occlusion });
    const kept = [tape.keep(total), tape.keep(visible)];
    tape.backward(total);
    const gradients = flows.map((flow) => tape.keep(tape.gradientOf(flow)));
    (await tape.finish()).run();
    assertEquals([...await tape.read(kept[0])], [0]);
    for (const value of [kept[1], ...gradients]) {
      const found = await tape.read(value);
      assertEquals(found.find((number) => number !== 0), undefined, value.label);
    }
  });
}
