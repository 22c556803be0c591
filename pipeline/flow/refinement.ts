/**
 * What goes on from the network's flow: the photometric terms and the unrolled smoothness that the experiment minimises without
 * a network (section direct of params.yaml, which a test compares), weighted for a start that is nearly right.
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

/**
 * A start that is nearly right wants less smoothness and smaller steps than one from nothing, and the change of the flow's slope to
 * be small instead of the slope, so that turning, approaching and slanted things stay what they are: so on generated scenes.
 */
const REFINING = { order: "2nd", wSmooth: 0.05, learningRate: 0.03 } as const;

/**
 * Minimises from flows that are nearly right, at the size of the pictures.
 * @param start both directions, [H, W, 2] in pixels
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
  const { learningRate, ...smoothness } = REFINING;
  const [flows] = await solveDirectly(gpu, [pair], {
    photometric: PHOTOMETRIC,
    smoothness: smoothnessLoss({ ...SMOOTHNESS, ...smoothness }),
    scales: refinement(steps),
    learningRate,
  }, { start: [start], onStep });
  return flows;
}
