/** Which weight a training cell keeps, of several. */
import { assertEquals } from "@std/assert";
import { chosenWeights, type Tuning, weightBy } from "../../stages/sweep_cells/tuning.ts";

const tuned = (weight: number, epe_px: number, epe_occ_px?: number, epe_boundary_px?: number) =>
  ({ weight, scores: { epe_px, epe_occ_px, epe_boundary_px } }) as unknown as Tuning;

Deno.test("chosenWeights() takes one weight by all pixels, and one by occluded ones and near boundaries", () => {
  const tuning = [tuned(1, 0.5, 4, 3), tuned(3, 0.6, 3, 2.5), tuned(10, 0.7, 2.9, 2.7)];
  assertEquals(chosenWeights(tuning), { all: 1, edges: 3 });
});

Deno.test("weightBy() takes the first of equals, and minds no region without pixels", () => {
  assertEquals(weightBy("all", [tuned(1, 0.5), tuned(2, 0.5)]), 1);
  assertEquals(weightBy("edges", [tuned(1, 0.5, undefined, 3), tuned(2, 0.6, undefined, 2)]), 2);
});
