import { assertEquals, assertLess } from "@std/assert";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { similarityOf } from "../../pipeline/compute/photometric_params.ts";
import { directSchema } from "../../pipeline/direct/params.ts";
import {
  LEARNING_RATE,
  PHOTOMETRIC,
  refineFlow,
  SMOOTHNESS,
} from "../../pipeline/flow/refinement.ts";
import { testGpu } from "../_adapter.ts";
import { meanError, waves } from "./_waves.ts";

Deno.test("refinement begins with the cost of section direct", async () => {
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

Deno.test("refineFlow() goes on from a start and tells each step", async () => {
  const gpu = await testGpu();
  const [width, height] = [64, 48];
  const [frame1, frame2] = [waves(0, 0, width, height), waves(1.5, -0.75, width, height)];
  const pair = { name: "waves", width, height, frame1: frame1.data, frame2: frame2.data };
  const start = {
    forward: new Float32Array(2 * width * height),
    backward: new Float32Array(2 * width * height),
  };
  for (const steps of [1, 2, 5]) {
    const counted: number[] = [];
    const { forward } = await refineFlow(gpu, pair, start, steps, async (done, flows) => {
      counted.push(done);
      const [{ forward, backward }] = await flows();
      assertLess(meanError(forward, 1.5, -0.75), Math.hypot(1.5, 0.75));
      assertLess(meanError(backward, -1.5, 0.75), Math.hypot(1.5, 0.75));
    });
    assertEquals(counted, Array.from({ length: steps }, (_, i) => i + 1));
    assertLess(meanError(forward, 1.5, -0.75), Math.hypot(1.5, 0.75));
  }
});
