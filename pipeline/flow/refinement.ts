/**
 * What goes on from the network's flow: the photometric terms and the unrolled smoothness that the experiment minimises without
 * a network (section direct of params.yaml, which a test compares), in two halves. The first takes the slope of the flow as its
 * roughness, which smooths what the network left ragged; the second the change of slope, which lets turning, approaching and
 * slanted things be what they are.
 */
import type { FramePair } from "../common/io/pair.ts";
import type { Gpu } from "../compute/gpu/device.ts";
import { type FlowPair, type OnStep, refinement, solveDirectly } from "../direct/direct.ts";
import { smoothnessLoss, type SmoothnessSettings } from "../smoothness/loss.ts";

export const SMOOTHNESS: SmoothnessSettings = {
  smoothness: "unrolled",
  unrollIterations: 1,
  rho: 0.3,
  lambda: 0.3,
  eta: 1,
  edgeAlpha: 10,
  order: "1st",
  border: "replicate",
  stopGradient: false,
  wSmooth: 1,
};
export const PHOTOMETRIC = { wL1: 0.15, wSsim: 0.85, wCensus: 0 };
export const LEARNING_RATE = 0.05;

/** A start that is nearly right wants less of both than one from nothing: so on generated scenes. */
const REFINING = { wSmooth: 0.5, learningRate: 0.02 };

/**
 * Minimises from flows that are nearly right, at the size of the pictures.
 * @param start both directions, [H, W, 2] in pixels
 * @param steps of both halves together; an odd one is of the first
 * @param onStep as of solveDirectly()
 * @throws {TooLargeError} when the pictures do not fit into the device
 */
export async function refineFlow(
  gpu: Gpu,
  pair: Pick<FramePair, "name" | "width" | "height" | "frame1" | "frame2">,
  start: FlowPair,
  steps: number,
  onStep?: OnStep,
): Promise<FlowPair> {
  const first = Math.ceil(steps / 2);
  const halves = [
    { order: "1st", before: 0, half: first },
    { order: "2nd", before: first, half: steps - first },
  ] as const;
  let flows = start;
  for (const { order, before, half } of halves) {
    if (half === 0) continue;
    [flows] = await solveDirectly(gpu, [pair], {
      photometric: PHOTOMETRIC,
      smoothness: smoothnessLoss({ ...SMOOTHNESS, order, wSmooth: REFINING.wSmooth }),
      scales: refinement(half),
      learningRate: REFINING.learningRate,
    }, { start: [flows], onStep: (now, present) => onStep?.(before + now, present) });
  }
  return flows;
}
