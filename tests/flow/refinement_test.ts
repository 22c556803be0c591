import { assertEquals } from "@std/assert";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { similarityOf } from "../../pipeline/compute/photometric_params.ts";
import { directSchema } from "../../pipeline/direct/params.ts";
import { LEARNING_RATE, PHOTOMETRIC, SMOOTHNESS } from "../../pipeline/flow/refinement.ts";

Deno.test("refinement minimises the cost of section direct", async () => {
  const direct = parseSection(await Deno.readFile("params.yaml"), "direct", directSchema);
  assertEquals(PHOTOMETRIC, similarityOf(direct));
  assertEquals(LEARNING_RATE, direct.learning_rate);
  assertEquals(SMOOTHNESS, {
    smoothness: direct.smoothness,
    unrollIterations: direct.unroll_iterations,
    rho: direct.rho,
    lambda: direct.lambda,
    eta: direct.eta,
    edgeAlpha: direct.edge_alpha,
    order: direct.order,
    border: direct.border,
    stopGradient: direct.stop_gradient,
    wSmooth: direct.w_smooth,
  });
});
