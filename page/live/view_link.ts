/** What a link says of the live section: the sample, what is shown of it, and the steps of refinement. */
import type { LinkReader, Parameters } from "../link.ts";
import type { Chosen } from "./comparison.ts";
import { type Sample, SAMPLES } from "./pictures.ts";
import { type View, VIEWS } from "./views.ts";

export interface LiveState extends Chosen {
  /** Undefined for pictures that no link can hold. */
  readonly sample?: Sample;
  /** Of pictures that the page which opened this one hands over. */
  readonly pair?: typeof PAIRS[number];
  readonly steps: number;
}

const PAIRS = ["handed"] as const;
export const STEPS = { low: 1, high: 1000, step: 1, start: 60 };
const PERCENT = { low: 0, high: 100, step: 1, start: 50 };
/** Of a side, whichever the picture has. */
const PLACE = { low: 0, high: 100_000, step: 1 };

/** What a link says, and the rest as it is at the start. */
export function readLive(link: LinkReader): LiveState {
  const views = Object.keys(VIEWS) as View[];
  return {
    sample: link.choice("sample", SAMPLES) ?? "scene",
    pair: link.choice("pair", PAIRS),
    left: link.choice("left", views) ?? "frame1",
    right: link.choice("right", views) ?? "colours",
    boundary: link.number("boundary", PERCENT) ?? PERCENT.start,
    x: link.number("x", PLACE),
    y: link.number("y", PLACE),
    steps: link.number("steps", STEPS) ?? STEPS.start,
  };
}

/** What a link is to say. */
export function parametersOfLive(state: LiveState): Parameters {
  const { sample, pair, left, right, boundary, x, y, steps } = state;
  const number = (value: number | undefined) => value === undefined ? value : String(value);
  return {
    sample,
    pair,
    left,
    right,
    boundary: number(boundary),
    x: number(x),
    y: number(y),
    steps: number(steps),
  };
}
