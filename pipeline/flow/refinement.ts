/**
 * The cost that goes on from the network's flow: photometric terms and the unrolled smoothness, with the weights that the
 * experiment uses for minimisation without a network (section direct of params.yaml, which a test compares).
 */
import { type DirectSettings, refinement } from "../direct/direct.ts";
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

/** @param steps of minimisation, at the size of the pictures */
export function refiningSettings(steps: number): DirectSettings {
  return {
    photometric: PHOTOMETRIC,
    smoothness: smoothnessLoss(SMOOTHNESS),
    scales: refinement(steps),
    learningRate: LEARNING_RATE,
  };
}
