import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { Rng } from "../../pipeline/common/rng.ts";
import { drawExposure, expose } from "../../pipeline/photo_scenes/exposure.ts";

const PLAIN = { blur: 0, gain: 1, noise: 0 };
/** Of 5 x 3 pixels, red alone, one pixel of which is lit. */
function point(x: number, y: number): Float64Array {
  const picture = new Float64Array(5 * 3 * 3);
  picture[3 * (5 * y + x)] = 1;
  return picture;
}
const reds = (frame: Uint8Array) => [...frame].filter((_, i) => i % 3 === 0);

Deno.test("expose() rounds to 8 bits and limits to what they hold", () => {
  const frame = expose(Float64Array.of(-0.2, 0.5, 1.3, 0.1, 0.2, 0.3), 2, PLAIN, new Rng(1));
  assertEquals([...frame], [0, 128, 255, 26, 51, 77]);
  const brighter = expose(Float64Array.of(0.5, 0.5, 0.9), 1, { ...PLAIN, gain: 1.1 }, new Rng(1));
  assertEquals([...brighter], [140, 140, 252]);
});

Deno.test("expose() blurs along both axes, and keeps what is even as it is", () => {
  const sharp = { ...PLAIN, blur: 0.5 };
  const frame = reds(expose(point(2, 1), 5, sharp, new Rng(1)));
  // exp(-2) and exp(-8) beside 1, normalised: .7866, .1065, .0003; at the upper and lower border .1192 of what is inside.
  const [near, middle] = [0.1065, 0.7866];
  const outer = 0.1192;
  assertEquals(
    frame.slice(5, 10),
    [0, near * middle, middle * middle, near * middle, 0].map((v) => Math.round(255 * v)),
  );
  assertEquals(frame[2], Math.round(255 * middle * outer));
  assertEquals(frame[12], frame[2]);
  const even = expose(new Float64Array(45).fill(0.4), 5, { ...PLAIN, blur: 1 }, new Rng(1));
  assertEquals(new Set(even), new Set([102]));
});

Deno.test("expose() adds noise of the given deviation, of its own for each generator", () => {
  const grey = new Float64Array(30_000).fill(0.5);
  const noisy = (seed: number) => expose(grey, 100, { ...PLAIN, noise: 0.02 }, new Rng(seed));
  const values = [...noisy(1)].map((value) => value / 255 - 0.5);
  const deviation = Math.sqrt(values.reduce((sum, v) => sum + v * v, 0) / values.length);
  assertAlmostEquals(deviation, 0.02, 0.0005);
  assertEquals(noisy(1), noisy(1));
  assert(noisy(1).join() !== noisy(2).join());
});

Deno.test("drawExposure() blurs a quarter, brightens half, and always adds some noise", () => {
  const rng = new Rng(2);
  const drawn = Array.from({ length: 2000 }, () => drawExposure(rng));
  const share = (which: (value: typeof drawn[number]) => boolean) =>
    drawn.filter(which).length / 2000;
  assertAlmostEquals(share(({ blur }) => blur > 0), 0.25, 0.03);
  assertAlmostEquals(share(({ gain }) => gain !== 1), 0.5, 0.03);
  assert(
    drawn.every(({ blur, gain, noise }) =>
      blur <= 1 && gain >= 0.9 && gain <= 1.1 && noise >= 0 && noise <= 3 / 255
    ),
  );
  assertAlmostEquals(drawn.reduce((sum, { noise }) => sum + noise, 0) / 2000, 1.5 / 255, 1e-3);
});
