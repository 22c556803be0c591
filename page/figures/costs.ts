/** Figure: the flow of one scene minimised under two costs side by side, with the errors where smoothness decides. */
/// <reference lib="dom" />
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import {
  COARSE_TO_FINE,
  type DirectSettings,
  type OnStep,
  solveDirectly,
} from "../../pipeline/direct/direct.ts";
import { LEARNING_RATE, PHOTOMETRIC, SMOOTHNESS } from "../../pipeline/flow/refinement.ts";
import { PairScorer, truthOf } from "../../pipeline/score/metrics.ts";
import { smoothnessLoss, type SmoothnessSettings } from "../../pipeline/smoothness/loss.ts";
import { nextFrame, part } from "../dom.ts";
import { drawTo, flowPicture } from "../live/views.ts";
import { plot, rangeOf } from "../plot.ts";
import { sampleScene } from "../scene.ts";
import type { State } from "../settings.ts";

const NAMES = ["l1", "unrolled"] as const;
const SHOWN_EVERY = 10;
const STEPS = COARSE_TO_FINE.reduce((sum, { steps }) => sum + steps, 0);
/** The baseline as the sweep tuned it on validation pairs. */
const L1 = { smoothness: "l1", wSmooth: 30, edgeAlpha: 30 } as const;
/** Ends a minimisation that was stopped. */
const STOPPED = new Error("stopped");

function settingsOf(name: typeof NAMES[number], state: State): DirectSettings {
  const { T, rho, lambda, eta, stop } = state;
  const smoothness: SmoothnessSettings = name === "l1"
    ? { ...SMOOTHNESS, ...L1 }
    : { ...SMOOTHNESS, unrollIterations: T, rho, lambda, eta, stopGradient: stop };
  return {
    photometric: PHOTOMETRIC,
    smoothness: smoothnessLoss(smoothness),
    scales: COARSE_TO_FINE,
    learningRate: LEARNING_RATE,
  };
}

/** @param goesOn asked after every step @returns once both are done, or it was stopped */
export async function runCosts(
  gpu: Gpu,
  root: HTMLElement,
  state: State,
  goesOn: () => boolean,
): Promise<void> {
  const scene = sampleScene();
  const { width, height } = scene;
  const truth = truthOf(scene), scorer = new PairScorer(truth);
  const maximum = truth.flow.reduce((largest, value) => Math.max(largest, Math.abs(value)), 1);
  const paint = (name: string, flow: Float32Array) =>
    drawTo(part(root, name), flowPicture(flow, width, height, maximum), width, height);
  paint("truth", truth.flow);
  part(root, "pictures").hidden = false;
  const curves = NAMES.map((name) => ({
    name,
    steps: [] as number[],
    occ: [] as number[],
    boundary: [] as number[],
  }));
  const label = { l1: "L1", unrolled: `unrolled, T = ${state.T}` };
  const show = () => {
    for (
      const [place, region, title] of [
        ["occluded", "occ", "End-point error of hidden pixels, px"],
        ["boundary", "boundary", "End-point error near motion boundaries, px"],
      ] as const
    ) {
      const lines = curves.map((curve) => ({
        name: curve.name,
        label: `${label[curve.name]}: ${curve[region].at(-1)?.toFixed(2) ?? "–"}`,
        x: curve.steps,
        y: curve[region],
      }));
      const yRange = rangeOf(...curves.map((curve) => curve[region]));
      plot(part(root, place), lines, { title, xLabel: "step", xRange: [0, STEPS], yRange });
    }
  };
  let ended: unknown;
  const run = async (curve: typeof curves[number]) => {
    const onStep: OnStep = async (done, flows) => {
      if (ended !== undefined || !goesOn()) throw STOPPED;
      if (done % SHOWN_EVERY !== 0 && done !== 1) return;
      const [{ forward }] = await flows();
      const { regions } = scorer.tally(forward);
      curve.steps.push(done);
      for (const region of ["occ", "boundary"] as const) {
        curve[region].push(regions[region].error / regions[region].pixels);
      }
      paint(curve.name, forward);
      show();
      part(root, "status").textContent = `Step ${done} of ${STEPS}`;
      await nextFrame();
    };
    try {
      await solveDirectly(gpu, [scene], settingsOf(curve.name, state), { onStep });
    } catch (error) {
      // The other one ends at its next step. Both are waited for: it still shows the step at hand.
      ended ??= error;
    }
  };
  await Promise.all(curves.map(run));
  if (ended !== undefined && ended !== STOPPED) throw ended;
}
