/** Figure: a noisy signal of steps denoised under three penalties at once, with the error of each. */
/// <reference lib="dom" />
import { Rng } from "../../pipeline/common/rng.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { descend, drawSignal, rootMeanSquare } from "../../pipeline/unrolling/denoise.ts";
import { Penalty, type PenaltyName } from "../../pipeline/unrolling/penalty.ts";
import { nextFrame, part } from "../dom.ts";
import { type Curve, plot, rangeOf } from "../plot.ts";
import { penaltySettings, type State } from "../settings.ts";

const SAMPLES = 120, NOISE = 0.12, SEED = 3;
const STEPS = 100, RATE = 0.1, SHOWN_EVERY = 2;
const NAMES = ["unrolled", "l1", "quadratic"] as const satisfies readonly PenaltyName[];

/** @param given what goes on while it returns true @returns once all steps are done, or it was stopped */
export async function runToy(
  gpu: Gpu,
  root: HTMLElement,
  state: State,
  goesOn: () => boolean,
): Promise<void> {
  const { clean, noisy } = drawSignal(new Rng(SEED), SAMPLES, NOISE);
  const runs = await Promise.all(NAMES.map(async (name) => ({
    name,
    penalty: await Penalty.of(gpu, name, SAMPLES - 1, penaltySettings(state)),
    x: noisy,
    errors: [rootMeanSquare(noisy, clean)],
  })));
  const places = Float64Array.from(clean, (_, i) => i);
  const labels = { unrolled: `unrolled, T = ${state.T}`, l1: "L1", quadratic: "quadratic" };
  const show = (done: number) => {
    const fixed: Curve[] = [
      { name: "noisy", label: "noisy", x: places, y: noisy },
      { name: "clean", label: "clean", x: places, y: clean },
    ];
    const signals = runs.map(({ name, x }) => ({ name, label: labels[name], x: places, y: x }));
    plot(part(root, "signal"), [...fixed, ...signals], {
      title: "The signal",
      xLabel: "sample",
      xRange: [0, SAMPLES - 1],
      yRange: rangeOf(noisy),
    });
    const steps = Float64Array.from({ length: done + 1 }, (_, i) => i);
    plot(
      part(root, "errors"),
      runs.map(({ name, errors }) => ({
        name,
        label: `${labels[name]}: ${errors[done].toFixed(4)}`,
        x: steps,
        y: errors,
      })),
      {
        title: "Error, root of the mean square against the clean signal",
        xLabel: "step",
        xRange: [0, STEPS],
        yRange: rangeOf(...runs.map(({ errors }) => errors)),
      },
    );
    part(root, "status").textContent = `Step ${done} of ${STEPS}`;
  };
  show(0);
  for (let step = 1; step <= STEPS && goesOn(); step++) {
    await Promise.all(runs.map(async (run) => {
      run.x = await descend(run.x, noisy, run.penalty, RATE);
      run.errors.push(rootMeanSquare(run.x, clean));
    }));
    if (step % SHOWN_EVERY !== 0 && step !== STEPS) continue;
    show(step);
    await nextFrame();
  }
}
