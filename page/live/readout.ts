/** What is known of the pixel pointed at: flow, truth, whether it is hidden, and what the unrolled cost makes of its neighbourhood. */
/// <reference lib="dom" />
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { made, part, signed } from "../dom.ts";
import { penaltySettings, type State } from "../settings.ts";
import { DERIVATIVES, type FlowIterates, flowIterates, iteratesAt } from "./iterates.ts";
import type { Shown } from "./views.ts";

/** Of values that differ by powers of ten: digits, and below what they are written as such. */
const SIGNIFICANT = 3, SMALL = 1e-3;

export class Readout {
  readonly #root: HTMLElement;
  readonly #gpu: Gpu;
  readonly #settings: () => State;
  #iterates: FlowIterates | undefined;
  #asked = 0;
  /** What is being computed; the next waits for it. */
  #work: Promise<void> = Promise.resolve();

  /** @param settings gives those of the unrolled cost */
  constructor(root: HTMLElement, gpu: Gpu, settings: () => State) {
    this.#root = root;
    this.#gpu = gpu;
    this.#settings = settings;
  }

  /** Errors of the flow shown and of the network's against the truth, where it is known. */
  compare({ forward, network }: Shown, truth: Float32Array | undefined): void {
    this.#write(
      "error",
      truth ? `${meanError(forward, truth)}, network ${meanError(network, truth)}` : "unknown",
    );
  }

  at(shown: Shown, x: number, y: number, truth: Float32Array | undefined): void {
    const { width, forward, occluded } = shown, i = y * width + x;
    const flow = (field: Float32Array) => `${signed(field[2 * i])}, ${signed(field[2 * i + 1])} px`;
    this.#write("position", `${x}, ${y}`);
    this.#write("u", `${signed(forward[2 * i])} px`);
    this.#write("v", `${signed(forward[2 * i + 1])} px`);
    this.#write("visibility", occluded[i] ? "hidden" : "visible");
    this.#write("truth", truth && !Number.isNaN(truth[2 * i]) ? flow(truth) : "unknown");
    this.#showIterates(shown, x, y);
  }

  /** Computes c, q and beta of a flow, which are shown with its next pixel; of several flows or settings, for the last. */
  async unroll(shown: Shown): Promise<void> {
    const place = ++this.#asked;
    const next = this.#work.then(async () => {
      if (place !== this.#asked) return;
      const settings = penaltySettings(this.#settings());
      this.#iterates = await flowIterates(this.#gpu, shown, settings);
      this.#write("iterations", String(settings.unrollIterations));
    });
    this.#work = next.catch(() => {});
    await next;
  }

  #showIterates(shown: Shown, x: number, y: number): void {
    if (!this.#iterates) return;
    part(this.#root, "iterates").replaceChildren(
      ...iteratesAt(this.#iterates, shown, x, y).map((values, i) =>
        made(
          "tr",
          {},
          made("th", { scope: "row" }, DERIVATIVES[i]),
          ...(["c", "q", "beta"] as const).map((name) =>
            made("td", { "data-value": name }, significant(values[name]))
          ),
        )
      ),
    );
  }

  #write(name: string, text: string): void {
    part(this.#root, name).textContent = text;
  }
}

/** An exact 0 is told from what is small. */
function significant(value: number): string {
  if (value === 0) return "0";
  const size = Math.abs(value);
  const digits = size < SMALL ? size.toExponential(SIGNIFICANT - 1) : size.toPrecision(SIGNIFICANT);
  return `${value < 0 ? "−" : "+"}${digits}`;
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
