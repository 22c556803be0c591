/** The settings of the figures: a slider and a number field each, which keep to one range, and what a link says of them. */
/// <reference lib="dom" />
import type { PenaltySettings } from "../pipeline/unrolling/penalty.ts";
import { made } from "./dom.ts";
import type { LinkReader, NumberRange, Parameters } from "./link.ts";

interface Range extends NumberRange {
  readonly label: string;
  readonly start: number;
}

/** By their names in a link. The defaults are those of section direct of params.yaml, but for T. */
const RANGES = {
  T: { label: "T", low: 0, high: 12, step: 1, start: 3 },
  rho: { label: "ρ", low: 0.05, high: 2, step: 0.05, start: 0.3 },
  lambda: { label: "λ", low: 0, high: 1, step: 0.05, start: 0.3 },
  eta: { label: "η", low: 0, high: 2, step: 0.05, start: 1 },
  bend: { label: "Charbonnier", low: 0.05, high: 1, step: 0.05, start: 0.2 },
  c: { label: "look at c", low: -3, high: 3, step: 0.05, start: 0.4 },
} as const satisfies Readonly<Record<string, Range>>;

type Name = keyof typeof RANGES;
const NAMES = Object.keys(RANGES) as Name[];
const STOP = "stop";

export type State = Readonly<Record<Name, number>> & { readonly stop: boolean };

export const START: State = {
  ...Object.fromEntries(NAMES.map((name) => [name, RANGES[name].start])) as Record<Name, number>,
  stop: false,
};

/** All places of c that a figure shows. */
export function placesOfC(): Float64Array {
  const { low, high, step } = RANGES.c;
  // Half a step at a time; rounded, so that 0 is 0 and the same places are the same numbers.
  const count = Math.round(2 * (high - low) / step) + 1;
  return Float64Array.from(
    { length: count },
    (_, i) => Math.round(1e6 * (low + i * step / 2)) / 1e6,
  );
}

/** What a link says, and the rest as it is at the start. */
export function readSettings(link: LinkReader): State {
  const numbers = NAMES.map((
    name,
  ) => [name, link.number(name, RANGES[name]) ?? RANGES[name].start]);
  return {
    ...Object.fromEntries(numbers) as Record<Name, number>,
    stop: link.choice(STOP, ["0", "1"]) === "1",
  };
}

/** What a link is to say. */
export function parametersOf(state: State): Parameters {
  const numbers = NAMES.map((name) => [name, String(state[name])]);
  return { ...Object.fromEntries(numbers), [STOP]: state.stop ? "1" : "0" };
}

export function penaltySettings(state: State): PenaltySettings {
  const { T, rho, lambda, eta, bend, stop } = state;
  return { unrollIterations: T, rho, lambda, eta, bend, stopGradient: stop };
}

/** Puts the fields into the page. @param onChange told of every new state */
export function makeFields(root: HTMLElement, start: State, onChange: (state: State) => void) {
  let state = start;
  const shown = {} as Record<Name, (value: number) => void>;
  const set = (changes: Partial<State>) => {
    state = { ...state, ...changes };
    for (const name of NAMES) shown[name](state[name]);
    onChange(state);
  };
  for (const name of NAMES) {
    const { label, low, high, step } = RANGES[name];
    const limits = { min: String(low), max: String(high), step: String(step) };
    const id = `setting-${name}`;
    const slider = made("input", { type: "range", id, ...limits });
    const field = made("input", {
      type: "number",
      "aria-label": `${label}, as a number`,
      "data-field": name,
      ...limits,
    });
    slider.addEventListener("input", () => set({ [name]: Number(slider.value) }));
    field.addEventListener("change", () => {
      const value = Math.min(high, Math.max(low, field.valueAsNumber));
      // What is no number leaves the state as it was, and the field shows that again.
      if (Number.isNaN(value)) return set({});
      set({ [name]: step < 1 ? value : Math.round(value) });
    });
    shown[name] = (value) => {
      slider.value = String(value);
      field.value = String(value);
    };
    root.append(
      made("div", { class: "setting" }, made("label", { for: id }, label), slider, field),
    );
  }
  const stop = made("input", { type: "checkbox", id: "setting-stop" });
  stop.checked = start.stop;
  stop.addEventListener("change", () => set({ stop: stop.checked }));
  const caption = made(
    "label",
    { for: "setting-stop" },
    "gradient stopped: q and β count as constants",
  );
  root.append(made("div", { class: "setting" }, stop, caption));
  for (const name of NAMES) shown[name](state[name]);
  return { set };
}
