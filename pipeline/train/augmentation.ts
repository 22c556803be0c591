/** How pictures are made to look different while training: drawn for each pair, both frames alike but for their noise. */
import type { Rng } from "../common/rng.ts";
import { type ColourRow, type Look, SAME_LOOK } from "../compute/ops/appearance.ts";

/** The largest change of each kind; 0 leaves it out. */
export interface AugmentationSettings {
  /** Brightness is multiplied by 1 - b to 1 + b; contrast, about middle grey, and saturation likewise. */
  readonly brightness: number;
  readonly contrast: number;
  readonly saturation: number;
  /** Turns of the colour circle, both ways: 0.5 is all of it. */
  readonly hue: number;
  /** Exponents from 1 / (1 + g) to 1 + g, both as likely. */
  readonly gamma: number;
  /** Of half of the pairs, up to this σ in pixels. */
  readonly blur: number;
  /** Up to this σ. */
  readonly noise: number;
}

/** Whether nothing would change. */
export function changesNothing(settings: AugmentationSettings): boolean {
  return Object.values(settings).every((largest) => largest === 0);
}

/** The looks of both frames of a pair. */
export function drawLooks(rng: Rng, settings: AugmentationSettings): [Look, Look] {
  const about1 = (largest: number) => rng.uniform(1 - largest, 1 + largest);
  const brightness = about1(settings.brightness);
  const contrast = about1(settings.contrast);
  const saturation = about1(settings.saturation);
  const hue = rng.uniform(-settings.hue, settings.hue);
  const logGamma = Math.log(1 + settings.gamma);
  const gamma = Math.exp(rng.uniform(-logGamma, logGamma));
  const blurs = rng.uniform() < 0.5;
  const blur = rng.uniform(0, settings.blur);
  const noise = rng.uniform(0, settings.noise);
  const look = {
    blur: blurs ? blur : 0,
    colours: colourMatrix({ brightness, contrast, saturation, hue }),
    gamma,
  };
  const frame = (): Look => ({ ...look, ...noiseOf(rng, noise) });
  return [frame(), frame()];
}

/** Noise alone, for both frames of a pair. @param largest σ */
export function drawNoise(rng: Rng, largest: number): [Look, Look] {
  const noise = rng.uniform(0, largest);
  const frame = (): Look => ({ ...SAME_LOOK, ...noiseOf(rng, noise) });
  return [frame(), frame()];
}

function noiseOf(rng: Rng, noise: number): Pick<Look, "noise" | "seed"> {
  return { noise, seed: rng.uint32() >>> 8 };
}

/** Of Rec. 601, as pictures on screens are made grey. */
const GREY = [0.2989, 0.587, 0.114] as const;

/** Brightness, then contrast about ½, saturation, and hue as a rotation about the axis of grey, as rows of one matrix. */
export function colourMatrix(
  { brightness, contrast, saturation, hue }: {
    brightness: number;
    contrast: number;
    saturation: number;
    hue: number;
  },
): Look["colours"] {
  const turn = 2 * Math.PI * hue, cosine = Math.cos(turn), sine = Math.sin(turn) / Math.sqrt(3);
  const common = (1 - cosine) / 3;
  // Row i of the rotation, each the one before moved on by one colour.
  const turned = (i: number, j: number) => common + [cosine, -sine, sine][(j - i + 3) % 3];
  const greySum = GREY[0] + GREY[1] + GREY[2];
  const saturated = (i: number, j: number) =>
    (i === j ? saturation : 0) + (1 - saturation) * GREY[j] / greySum;
  const row = (i: number): ColourRow => {
    const of = (j: number) =>
      brightness * contrast *
      [0, 1, 2].reduce((sum, k) => sum + turned(i, k) * saturated(k, j), 0);
    return [of(0), of(1), of(2), (1 - contrast) / 2];
  };
  return [row(0), row(1), row(2)];
}
