/** Looks drawn on the host: their ranges, and what the colour matrix does to colours. */
import { assert, assertAlmostEquals, assertEquals, assertNotEquals } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { SAME_LOOK } from "../../pipeline/compute/ops/appearance.ts";
import {
  type AugmentationSettings,
  changesNothing,
  colourMatrix,
  drawLooks,
  drawNoise,
} from "../../pipeline/train/augmentation.ts";

const NOTHING: AugmentationSettings = {
  brightness: 0,
  contrast: 0,
  saturation: 0,
  hue: 0,
  gamma: 0,
  blur: 0,
  noise: 0,
};
const SAME = { brightness: 1, contrast: 1, saturation: 1, hue: 0 };

function coloured(changes: Partial<typeof SAME>, rgb: readonly number[]): number[] {
  return colourMatrix({ ...SAME, ...changes }).map((row) =>
    row[0] * rgb[0] + row[1] * rgb[1] + row[2] * rgb[2] + row[3]
  );
}

function assertColour(got: readonly number[], want: readonly number[]): void {
  got.forEach((value, i) => assertAlmostEquals(value, want[i], 1e-9, `${got}`));
}

Deno.test("colourMatrix() changes brightness, contrast about grey, saturation and hue", () => {
  const rgb = [0.8, 0.4, 0.1];
  assertColour(coloured({}, rgb), rgb);
  assertColour(coloured({ brightness: 0.5 }, rgb), [0.4, 0.2, 0.05]);
  assertColour(coloured({ contrast: 0.5 }, rgb), [0.65, 0.45, 0.3]);
  const grey = (0.2989 * 0.8 + 0.587 * 0.4 + 0.114 * 0.1) / 0.9999;
  assertColour(coloured({ saturation: 0 }, rgb), [grey, grey, grey]);
  // A third of a turn makes green of red, blue of green, red of blue.
  assertColour(coloured({ hue: 1 / 3 }, rgb), [0.1, 0.8, 0.4]);
  assertColour(coloured({ hue: -1 / 3 }, rgb), [0.4, 0.1, 0.8]);
  assertColour(coloured({ hue: 0.17, saturation: 1.4 }, [0.3, 0.3, 0.3]), [0.3, 0.3, 0.3]);
  assertColour(coloured({ brightness: 2, contrast: 0.5 }, rgb), [1.05, 0.65, 0.35]);
});

Deno.test("drawLooks() leaves a picture as it is where nothing is to change", () => {
  assert(changesNothing(NOTHING));
  for (const look of drawLooks(new Rng(1), NOTHING)) {
    const { seed: _, ...rest } = look;
    const { seed: _none, ...wanted } = SAME_LOOK;
    assertEquals(rest, wanted);
  }
});

Deno.test("drawLooks() draws from the whole range, both frames of a pair alike but for the noise's seed", () => {
  const settings = { ...NOTHING, brightness: 0.4, gamma: 0.5, blur: 1.5, noise: 0.1 };
  assert(!changesNothing(settings));
  const pairs = Array.from({ length: 400 }, (_, i) => drawLooks(new Rng(1).fork(`${i}`), settings));
  for (const [first, second] of pairs) {
    assertNotEquals(first.seed, second.seed);
    assertEquals({ ...first, seed: 0 }, { ...second, seed: 0 });
  }
  const range = (values: number[]) => [Math.min(...values), Math.max(...values)];
  const within = ([low, high]: number[], least: number, most: number) =>
    assert(low >= least && high <= most && high - low > 0.97 * (most - least), `${low} ${high}`);
  within(range(pairs.map(([{ colours }]) => colours[1][1])), 0.6, 1.4);
  within(range(pairs.map(([{ gamma }]) => gamma)), 1 / 1.5, 1.5);
  within(range(pairs.map(([{ blur }]) => blur)), 0, 1.5);
  within(range(pairs.map(([{ noise }]) => noise)), 0, 0.1);
  const sharp = pairs.filter(([{ blur }]) => blur === 0).length;
  assert(Math.abs(sharp - 200) < 40, `${sharp} of 400 are sharp`);
});

Deno.test("drawNoise() draws noise alone", () => {
  const [first, second] = drawNoise(new Rng(5), 0.04);
  assert(first.noise > 0 && first.noise < 0.04);
  assertEquals({ ...first, seed: 0 }, { ...SAME_LOOK, noise: second.noise });
  assertNotEquals(first.seed, second.seed);
});
