/** The section "flow, live": a pair comes in, the network answers, refinement goes on while one looks. */
/// <reference lib="dom" />
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { Model } from "../../pipeline/compute/network/model_file.ts";
import { solveDirectly } from "../../pipeline/direct/direct.ts";
import { compareDirections } from "../../pipeline/flow/agreement.ts";
import { type Flow, FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { colourMaximum } from "../../pipeline/flow/pictures.ts";
import { refiningSettings } from "../../pipeline/flow/refinement.ts";
import { nextFrame, part, signed } from "../dom.ts";
import { Comparison } from "./comparison.ts";
import { type Pair, pairOfFiles, samplePair } from "./pictures.ts";
import type { Shown } from "./views.ts";
import { warpedFrame } from "./warped.ts";

const SHOWN_EVERY = 3;
/** Waiting longer for a second timing is no pleasure. */
const LONGEST_AGAIN_MS = 4000;
const STOPPED = new Error("stopped");

export class LiveSection {
  readonly #root: HTMLElement;
  readonly #gpu: Gpu;
  readonly #estimator: FlowEstimator;
  readonly #comparison: Comparison;
  readonly #refine: HTMLButtonElement;
  #pair: Pair | undefined;
  #flow: Pick<Flow, "forward" | "backward"> | undefined;
  #network: Float32Array | undefined;
  /** What is being computed; the next waits for it. */
  #work: Promise<void> = Promise.resolve();
  #refining = false;

  constructor(root: HTMLElement, gpu: Gpu, model: Model) {
    this.#root = root;
    this.#gpu = gpu;
    this.#estimator = new FlowEstimator(gpu, model);
    this.#comparison = new Comparison(root, (shown, x, y) => this.#readOut(shown, x, y));
    this.#refine = part(root, "refine");
    this.#refine.addEventListener("click", () => this.#onRefine());
    for (const button of root.querySelectorAll<HTMLButtonElement>("[data-sample]")) {
      button.addEventListener("click", () => this.open(() => samplePair(button.dataset.sample!)));
    }
    const files = part<HTMLInputElement>(root, "files");
    files.addEventListener("change", () => {
      const chosen = [...files.files ?? []];
      // So that the same two can be chosen again.
      files.value = "";
      if (chosen.length > 0) this.open(() => pairOfFiles(chosen));
    });
    this.#takeDrops();
  }

  #takeDrops(): void {
    const stage = part(this.#root, "stage");
    // Wherever they fall: a browser would leave the page for a picture that falls beside the stage.
    document.addEventListener("dragover", (event) => {
      event.preventDefault();
      stage.classList.add("over");
    });
    document.addEventListener("dragleave", () => stage.classList.remove("over"));
    document.addEventListener("drop", (event) => {
      event.preventDefault();
      stage.classList.remove("over");
      const dropped = [...event.dataTransfer?.files ?? []];
      this.open(() => pairOfFiles(dropped));
    });
  }

  /** Shows a pair and its flow, after what is going on now. */
  async open(load: () => Promise<Pair>): Promise<void> {
    this.#refining = false;
    await this.#then(async () => {
      const pair = await load();
      this.#say(`${pair.name}: estimating …`);
      await nextFrame();
      const [flow, first] = await this.#estimate(pair);
      this.#pair = pair;
      this.#flow = flow;
      this.#network = flow.forward;
      part(this.#root, "first-time").textContent = `${first.toFixed(0)} ms`;
      part(this.#root, "time").textContent = "–";
      part(this.#root, "step-time").textContent = "–";
      await this.#show(flow);
      const { width, height } = pair.frame1;
      const also = flow.identical ? " The pictures are the same: nothing moves." : "";
      this.#say(`${pair.name}, ${width} x ${height}. ${pair.note ?? ""}${also}`);
      if (first > LONGEST_AGAIN_MS || flow.identical) return;
      part(this.#root, "time").textContent = `${(await this.#estimate(pair))[1].toFixed(0)} ms`;
    });
  }

  /** @returns flow and milliseconds */
  async #estimate({ frame1, frame2 }: Pair): Promise<[Flow, number]> {
    const start = performance.now();
    const flow = await this.#estimator.estimate(frame1, frame2);
    return [flow, performance.now() - start];
  }

  async #onRefine(): Promise<void> {
    if (this.#refining) {
      this.#refining = false;
      return;
    }
    this.#refining = true;
    this.#refine.textContent = "Stop";
    await this.#then(() => this.#refineFlow());
    this.#refining = false;
    this.#refine.textContent = "Refine";
  }

  async #refineFlow(): Promise<void> {
    const { frame1, frame2, name } = this.#pair!;
    const field = part<HTMLInputElement>(this.#root, "steps");
    const steps = Math.min(1000, Math.max(1, Math.round(field.valueAsNumber) || 60));
    field.value = String(steps);
    const { width, height } = frame1;
    const pair = { name, width, height, frame1: frame1.data, frame2: frame2.data };
    let last = performance.now(), computing = 0;
    try {
      const [flow] = await solveDirectly(this.#gpu, [pair], refiningSettings(steps), {
        start: [this.#flow!],
        onStep: async (done, flows) => {
          if (!this.#refining) throw STOPPED;
          if (done % SHOWN_EVERY !== 0) return;
          await this.#gpu.finished();
          computing += performance.now() - last;
          part(this.#root, "step-time").textContent = `${(computing / done).toFixed(1)} ms`;
          this.#flow = (await flows())[0];
          await this.#show(this.#flow);
          this.#say(`${name}: step ${done} of ${steps}`);
          await nextFrame();
          last = performance.now();
        },
      });
      this.#flow = flow;
      await this.#show(flow);
      this.#say(`${name}: refined by ${steps} steps`);
    } catch (error) {
      if (error !== STOPPED) throw error;
      this.#say(`${name}: refinement stopped`);
    }
  }

  async #show({ forward, backward }: Pick<Flow, "forward" | "backward">): Promise<void> {
    const { frame1, frame2, truth } = this.#pair!;
    const { width, height } = frame1;
    const warped = await warpedFrame(this.#gpu, frame2.data, forward, width, height);
    this.#comparison.show({
      width,
      height,
      frame1: frame1.data,
      frame2: frame2.data,
      network: this.#network!,
      forward,
      maximum: colourMaximum(this.#network!),
      warped,
      occluded: compareDirections(forward, backward, width, height).occluded,
    });
    part(this.#root, "error").textContent = truth
      ? `${meanError(forward, truth)}, network ${meanError(this.#network!, truth)}`
      : "unknown";
  }

  #readOut({ width, forward, occluded }: Shown, x: number, y: number): void {
    const i = y * width + x, truth = this.#pair?.truth;
    const write = (name: string, text: string) => part(this.#root, name).textContent = text;
    write("position", `${x}, ${y}`);
    write("u", `${signed(forward[2 * i])} px`);
    write("v", `${signed(forward[2 * i + 1])} px`);
    write("visibility", occluded[i] ? "hidden" : "visible");
    write(
      "truth",
      truth && !Number.isNaN(truth[2 * i])
        ? `${signed(truth[2 * i])}, ${signed(truth[2 * i + 1])} px`
        : "unknown",
    );
  }

  #say(text: string): void {
    part(this.#root, "status").textContent = text;
  }

  /** One thing after the other; what goes wrong is shown and ends only itself. */
  async #then(work: () => Promise<void>): Promise<void> {
    const wrong = part(this.#root, "wrong");
    const next = this.#work.then(async () => {
      wrong.hidden = true;
      this.#refine.disabled = !this.#refining;
      try {
        await work();
      } catch (error) {
        wrong.textContent = (error as Error).message;
        wrong.hidden = false;
        this.#say("");
      }
      this.#refine.disabled = this.#pair === undefined;
    });
    this.#work = next;
    await next;
  }
}

/** Where the truth is known. */
function meanError(flow: Float32Array, truth: Float32Array): string {
  let sum = 0, known = 0;
  for (let i = 0; i < flow.length; i += 2) {
    if (Number.isNaN(truth[i])) continue;
    sum += Math.hypot(flow[i] - truth[i], flow[i + 1] - truth[i + 1]);
    known++;
  }
  return `${(sum / known).toFixed(2)} px`;
}
