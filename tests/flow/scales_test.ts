/** Which scale of the pictures the network is shown where none is asked for. */
import { assertAlmostEquals, assertEquals, assertGreater } from "@std/assert";
import { FlowEstimator, type FlowOptions } from "../../pipeline/flow/estimate.ts";
import { photometricError } from "../../pipeline/flow/photometric_error.ts";
import { testGpu } from "../_adapter.ts";
import { smallModel, waves } from "./_waves.ts";

Deno.test("FlowEstimator takes the scale whose flow fits the pictures best", async () => {
  const estimator = new FlowEstimator(await testGpu(), smallModel());
  const seen = new Set<number>();
  for (const [u, v] of [[0.5, 0.25], [9, -4], [-17, 12], [30, 2]]) {
    const frame1 = waves(0, 0, 256, 256), frame2 = waves(u, v, 256, 256);
    const pair = { width: 256, height: 256, frame1: frame1.data, frame2: frame2.data };
    const estimate = (options: FlowOptions) =>
      estimator.estimate(frame1, frame2, { looks: 0, ...options });
    const errors: number[] = [];
    for (const scale of [1, 1 / 2, 1 / 4]) {
      errors.push(photometricError(pair, (await estimate({ scale })).forward));
    }
    const best = [1, 1 / 2, 1 / 4][errors.indexOf(Math.min(...errors))];
    const flow = await estimate({});
    assertEquals(flow.scale, best, `${u}, ${v}: ${errors}`);
    assertEquals(flow.forward, (await estimate({ scale: best })).forward);
    assertEquals(flow.backward, (await estimate({ scale: best })).backward);
    seen.add(flow.scale);
  }
  assertGreater(seen.size, 1, "motions that want different scales");
});

Deno.test("FlowEstimator leaves out scales that leave the network less than its least side", async () => {
  const estimator = new FlowEstimator(await testGpu(), smallModel());
  const shares: number[] = [];
  const onProgress = (share: number) => shares.push(share);
  await estimator.estimate(waves(0, 0, 130, 255), waves(3, 0, 130, 255), {
    onProgress,
    looks: 0,
    refine: 2,
  });
  // At 1 and 1/2, then two steps.
  const work = 1 + 1 / 4 + 2;
  const wanted = [1, 1 + 1 / 4, 1 + 1 / 4 + 1, work].map((part) => part / work);
  assertEquals(shares.length, wanted.length);
  shares.forEach((share, i) => assertAlmostEquals(share, wanted[i], 1e-12));
});
