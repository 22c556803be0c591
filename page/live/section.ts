/** The section "flow, live": pictures come in, the network answers, refinement goes on while one looks. */
/// <reference lib="dom" />
import { WHEEL } from "../../pipeline/common/io/colour_wheel.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { Model } from "../../pipeline/compute/network/model_file.ts";
import type { OnStep } from "../../pipeline/direct/direct.ts";
import { compareDirections } from "../../pipeline/flow/agreement.ts";
import { type Flow, FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { colourMaximum } from "../../pipeline/flow/pictures.ts";
import { refineFlow } from "../../pipeline/flow/refinement.ts";
import { paintWheel } from "../../pipeline/report/client/colours.js";
import { nextFrame, part } from "../dom.ts";
import { keepInAddress, setInLinks } from "../link.ts";
import { messageOf } from "../loss.ts";
import type { State } from "../settings.ts";
import { Comparison } from "./comparison.ts";
import { takeDrops, takeFiles } from "./files.ts";
import { type Moving, openCamera, openClip } from "./moving.ts";
import { type Pair, pairOfFiles, type Sample, samplePair } from "./pictures.ts";
import { Readout } from "./readout.ts";
import { Turns, unlessEnded } from "./turns.ts";
import { type LiveState, parametersOfLive, STEPS } from "./view_link.ts";
import { drawTo, type Shown } from "./views.ts";
import { warpedFrame } from "./warped.ts";

const SHOWN_EVERY = 3;
/** Waiting longer for a second timing is no pleasure. */
const LONGEST_AGAIN_MS = 4000;
const STOPPED = new Error("stopped");
const WHEEL_SIDE = 96;
const SAME = "The pictures are the same: what is shown is the network's error.";

type Flows = Pick<Flow, "forward" | "backward">;
/** What a link says of where pictures come from: nothing of own ones. */
type Origin = Pick<LiveState, "sample" | "pair">;

export class LiveSection {
  readonly #root: HTMLElement;
  readonly #gpu: Gpu;
  readonly #estimator: FlowEstimator;
  readonly #comparison: Comparison;
  readonly #readout: Readout;
  readonly #refine: HTMLButtonElement;
  readonly #stop: HTMLButtonElement;
  #state: LiveState;
  #pair: Pair | undefined;
  #flow: Flows | undefined;
  #network: Float32Array | undefined;
  #shown: Shown | undefined;
  readonly #turns = new Turns();
  #refining = false;

  /**
   * @param state what is shown at the start, but for the pictures
   * @param settings gives those of the unrolled cost that is read out
   */
  constructor(
    root: HTMLElement,
    { gpu, model, state, settings }: {
      gpu: Gpu;
      model: Model;
      state: LiveState;
      settings: () => State;
    },
  ) {
    this.#root = root;
    this.#gpu = gpu;
    this.#estimator = new FlowEstimator(gpu, model);
    this.#state = state;
    this.#readout = new Readout(root, gpu, settings);
    this.#comparison = new Comparison(root, state, {
      onPoint: (shown, x, y) => this.#readout.at(shown, x, y, this.#pair?.truth),
      onChosen: (chosen) => this.#keep(chosen),
    });
    this.#refine = part(root, "refine");
    this.#refine.addEventListener("click", () => this.#onRefine());
    this.#stop = part(root, "stop");
    this.#stop.addEventListener("click", () => this.#turns.end());
    part(root, "camera").addEventListener("click", () => this.#follow(openCamera));
    for (const button of root.querySelectorAll<HTMLButtonElement>("[data-sample]")) {
      const sample = button.dataset.sample as Sample;
      button.addEventListener("click", () => this.open(() => samplePair(sample), { sample }));
    }
    const steps = part<HTMLInputElement>(root, "steps");
    steps.value = String(state.steps);
    steps.addEventListener("change", () => {
      const { low, high, start } = STEPS;
      const value = Math.min(high, Math.max(low, Math.round(steps.valueAsNumber) || start));
      steps.value = String(value);
      this.#keep({ steps: value });
    });
    takeFiles(part(root, "files"), (files) => this.#openFiles(files));
    takeDrops(part(root, "stage"), (files) => this.#openFiles(files));
    const wheel = paintWheel(WHEEL_SIDE, WHEEL);
    drawTo(part(root, "wheel"), wheel, WHEEL_SIDE, WHEEL_SIDE);
    setInLinks(parametersOfLive(state));
  }

  /** To be called when what `settings` gives has changed. */
  async settingsChanged(): Promise<void> {
    if (!this.#shown) return;
    try {
      await this.#readout.unroll(this.#shown);
      this.#comparison.point();
    } catch (error) {
      this.#tellWrong(error);
    }
  }

  /** What is so already stays out of the address: it may lead to another section. */
  #keep(changes: Partial<LiveState>): void {
    const names = Object.keys(changes) as (keyof LiveState)[];
    if (names.every((name) => this.#state[name] === changes[name])) return;
    this.#state = { ...this.#state, ...changes };
    keepInAddress(parametersOfLive(this.#state), "live");
  }

  #openFiles(files: readonly File[]): void {
    const [file] = files;
    if (files.length === 1 && file.type.startsWith("video/")) this.#follow(() => openClip(file));
    else this.open(() => pairOfFiles(files));
  }

  /** Shows a pair and its flow, once what is going on now has ended. */
  async open(load: () => Promise<Pair>, origin: Origin = {}): Promise<void> {
    await this.#then(async (signal) => {
      this.#say("Opening …");
      await nextFrame();
      const pair = await unlessEnded(signal, load());
      if (!pair || signal.aborted) return;
      this.#say(`${pair.name}: estimating …`);
      await nextFrame();
      const [flow, first] = await this.#estimate(pair);
      this.#forgetTimes();
      await this.#take(pair, flow, origin);
      this.#time("first-time", first);
      const { width, height } = pair.frame1;
      const said = [`${pair.name}, ${width} x ${height}.`];
      if (pair.note) said.push(pair.note);
      if (flow.identical) said.push(SAME);
      this.#say(said.join(" "));
      if (first > LONGEST_AGAIN_MS || signal.aborted) return;
      this.#time("time", (await this.#estimate(pair))[1]);
    });
  }

  /** Shows the flow of pictures that move, as fast as it can, until they end or are stopped. */
  async #follow(load: () => Promise<Moving>): Promise<void> {
    await this.#then(async (signal) => {
      this.#say("Opening …");
      this.#stop.hidden = false;
      // Nobody may ever allow the camera, and none may ever give another picture.
      const loading = load(), moving = await unlessEnded(signal, loading);
      if (!moving) {
        loading.then((late) => late.close(), () => {});
        return this.#say("");
      }
      this.#forgetTimes();
      let pairs = 0;
      try {
        for (;;) {
          const start = performance.now();
          const frames = await unlessEnded(signal, moving.next());
          if (!frames) break;
          const pair = { name: moving.name, ...frames };
          // Moving pictures do not wait for coarser looks, and move less from one to the next.
          const [flow, time] = await this.#estimate(pair, 1);
          await this.#take(pair, flow);
          this.#time(pairs === 0 ? "first-time" : "time", time);
          pairs++;
          await nextFrame();
          const { width, height } = pair.frame1, whole = performance.now() - start;
          this.#say(
            `${pair.name}, ${width} x ${height}: pair ${pairs}, ${
              whole.toFixed(0)
            } ms with all that is shown.`,
          );
        }
        if (pairs === 0 && !signal.aborted) {
          throw new Error(
            `Cannot show ${moving.name}: it ends before a second picture. Take a longer clip, or two pictures.`,
          );
        }
        const count = pairs === 1 ? "1 pair" : `${pairs} pairs`;
        this.#say(`${moving.name}: ${count}, ${signal.aborted ? "stopped" : "at its end"}.`);
      } finally {
        moving.close();
      }
    });
  }

  /** @returns flow and milliseconds */
  async #estimate({ frame1, frame2 }: Pair, looks?: number): Promise<[Flow, number]> {
    const start = performance.now();
    // None at twice the size, and not sharpened: what refinement does is to be seen, and nobody waits gladly.
    const flow = await this.#estimator.estimate(frame1, frame2, {
      scale: 1,
      looks,
      sharpen: false,
    });
    return [flow, performance.now() - start];
  }

  async #take(pair: Pair, flow: Flow, { sample, pair: handed }: Origin = {}): Promise<void> {
    this.#pair = pair;
    this.#network = flow.forward;
    this.#keep({ sample, pair: handed });
    await this.#show(flow);
  }

  async #onRefine(): Promise<void> {
    if (this.#refining) return this.#turns.end();
    this.#refining = true;
    this.#refine.textContent = "Stop";
    await this.#then((signal) => this.#refineFlow(signal), { mayRefine: true });
    this.#refining = false;
    this.#refine.textContent = "Refine";
  }

  async #refineFlow(signal: AbortSignal): Promise<void> {
    const { frame1, frame2, name } = this.#pair!;
    const { steps } = this.#state;
    const { width, height } = frame1;
    const pair = { name, width, height, frame1: frame1.data, frame2: frame2.data };
    this.#say(`${name}: refining …`);
    let last = performance.now(), computing = 0;
    try {
      const onStep: OnStep = async (done, flows) => {
        if (signal.aborted) throw STOPPED;
        if (done % SHOWN_EVERY !== 0) return;
        await this.#gpu.finished();
        computing += performance.now() - last;
        this.#time("step-time", computing / done, 1);
        await this.#show((await flows())[0]);
        this.#say(`${name}: step ${done} of ${steps}`);
        await nextFrame();
        last = performance.now();
      };
      const flow = await refineFlow(this.#gpu, pair, this.#flow!, steps, onStep);
      await this.#show(flow);
      this.#say(`${name}: refined by ${steps} steps`);
    } catch (error) {
      if (error !== STOPPED) throw error;
      this.#say(`${name}: refinement stopped`);
    }
  }

  async #show(flow: Flows): Promise<void> {
    const { frame1, frame2, truth } = this.#pair!;
    const { forward, backward } = this.#flow = flow;
    const { width, height } = frame1;
    const maximum = colourMaximum(this.#network!);
    const shown = this.#shown = {
      width,
      height,
      frame1: frame1.data,
      frame2: frame2.data,
      network: this.#network!,
      forward,
      maximum,
      warped: await warpedFrame(this.#gpu, frame2.data, forward, width, height),
      occluded: compareDirections(forward, backward, width, height).occluded,
    };
    await this.#readout.unroll(shown);
    this.#comparison.show(shown);
    this.#readout.compare(shown, truth);
    part(this.#root, "maximum").textContent = `${Number(maximum.toPrecision(2))} px`;
  }

  /** Of other pictures. */
  #forgetTimes(): void {
    for (const name of ["first-time", "time", "step-time"]) {
      part(this.#root, name).textContent = "–";
    }
  }

  #time(name: string, milliseconds: number, digits = 0): void {
    part(this.#root, name).textContent = `${milliseconds.toFixed(digits)} ms`;
  }

  #say(text: string): void {
    part(this.#root, "status").textContent = text;
  }

  #tellWrong(error: unknown): void {
    const wrong = part(this.#root, "wrong");
    wrong.textContent = messageOf(error);
    wrong.hidden = false;
  }

  /**
   * One thing after the other; what goes wrong is shown and ends only itself.
   * @param mayRefine whether the button stays as it is: one that is disabled for a moment loses the focus of whoever uses keys
   */
  #then(
    work: (signal: AbortSignal) => Promise<void>,
    { mayRefine = false } = {},
  ): Promise<void> {
    return this.#turns.take(async (signal) => {
      part(this.#root, "wrong").hidden = true;
      this.#refine.disabled = !mayRefine;
      try {
        await work(signal);
      } catch (error) {
        this.#tellWrong(error);
        this.#say("");
      }
      this.#stop.hidden = true;
      this.#refine.disabled = this.#pair === undefined;
    });
  }
}
