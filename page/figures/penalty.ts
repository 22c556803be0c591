/** Figure: value and gradient of one element's penalty against c. */
/// <reference lib="dom" />
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import {
  type Penalised,
  PENALTIES,
  Penalty,
  type PenaltyName,
} from "../../pipeline/unrolling/penalty.ts";
import { made, part, signed } from "../dom.ts";
import { plot, rangeOf } from "../plot.ts";
import { penaltySettings, placesOfC, type State } from "../settings.ts";

const C = placesOfC();

function labelOf(name: PenaltyName, { T }: State): string {
  const labels = {
    unrolled: `unrolled, T = ${T}`,
    quadratic: "quadratic, ρ/2 c²",
    l1: "L1, λ|c|",
    charbonnier: "Charbonnier",
  };
  return labels[name];
}

/** Draws the figure of a state; of several that come quickly, the last is drawn. */
export class PenaltyFigure {
  readonly #gpu: Gpu;
  readonly #root: HTMLElement;
  #wanted: State | undefined;
  #drawing = false;

  constructor(gpu: Gpu, root: HTMLElement) {
    this.#gpu = gpu;
    this.#root = root;
  }

  async show(state: State): Promise<void> {
    this.#wanted = state;
    if (this.#drawing) return;
    this.#drawing = true;
    try {
      while (this.#wanted) {
        const next: State = this.#wanted;
        this.#wanted = undefined;
        this.#draw(next, await this.#compute(next));
      }
    } finally {
      this.#drawing = false;
    }
  }

  async #compute(state: State): Promise<Map<PenaltyName, Penalised>> {
    const results = new Map<PenaltyName, Penalised>();
    for (const name of PENALTIES) {
      const penalty = await Penalty.of(this.#gpu, name, C.length, penaltySettings(state));
      results.set(name, await penalty.at(C));
    }
    return results;
  }

  #draw(state: State, results: ReadonlyMap<PenaltyName, Penalised>): void {
    const at = C.reduce(
      (best, c, i) => Math.abs(c - state.c) < Math.abs(C[best] - state.c) ? i : best,
      0,
    );
    for (const kind of ["values", "slopes"] as const) {
      const of = (name: PenaltyName) => results.get(name)![kind];
      plot(
        part(this.#root, kind),
        PENALTIES.map((name) => ({ name, label: labelOf(name, state), x: C, y: of(name) }))
          .reverse(),
        {
          title: kind === "values" ? "Penalty against c" : "Its gradient against c",
          xLabel: "c, a difference of neighbours",
          xRange: [C[0], C[C.length - 1]],
          // The quadratic leaves the picture where it would make all others flat.
          yRange: rangeOf(of("unrolled"), of("l1")),
          mark: C[at],
        },
      );
    }
    part(this.#root, "c").textContent = `c = ${signed(C[at], 3)}`;
    part(this.#root, "table").replaceChildren(...PENALTIES.map((name) => {
      const { values, slopes } = results.get(name)!;
      return made(
        "tr",
        { "data-penalty": name },
        made("th", { scope: "row" }, labelOf(name, state)),
        made("td", {}, values[at].toFixed(5)),
        made("td", {}, signed(slopes[at], 5)),
      );
    }));
  }
}
