import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { affineX, affineY } from "../../pipeline/pairs/affine.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import {
  addPhotoColour,
  drawPhotoTexture,
  type PhotoTexture,
} from "../../pipeline/photo_scenes/photograph.ts";
import { noisePhotographs } from "./_photographs.ts";

// Red is 10 times x, green is 10 times y, of 3 x 2 pixels.
const texture: PhotoTexture = {
  photograph: {
    name: "ramp",
    width: 3,
    height: 2,
    data: Uint8Array.from({ length: 18 }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return [10 * (pixel % 3), 10 * Math.floor(pixel / 3), 50][i % 3];
    }),
  },
  toPhotograph: [1, 0, 0, 0, 1, 0],
  gain: [1, 2, 0.5],
};
const colour = (x: number, y: number, of = texture) => {
  const sum = Float64Array.of(1, 1, 1);
  addPhotoColour(of, x, y, sum);
  return [...sum].map((value) => Math.round(1e6 * (value - 1)) / 1e6);
};

Deno.test("addPhotoColour()", async (t) => {
  await t.step("adds the pixel, times the gain of each colour", () => {
    assertEquals(colour(2, 1), [20, 20, 25]);
  });
  await t.step("is bilinear between pixels", () => {
    assertEquals(colour(0.25, 0.5), [2.5, 10, 25]);
  });
  await t.step("mirrors beyond the borders", () => {
    // Columns ... 1 0 | 0 1 2 | 2 1 0 | 0 ...
    assertEquals([-3, -2, -1, 0, 1, 2, 3, 4, 5, 6].map((x) => colour(x, 0)[0] / 10), [
      2,
      1,
      0,
      0,
      1,
      2,
      2,
      1,
      0,
      0,
    ]);
    assertEquals([-1, 0, 1, 2, 3, 4].map((y) => colour(0, y)[1] / 20), [0, 0, 1, 1, 0, 0]);
  });
  await t.step("takes the layer's coordinates through its map", () => {
    assertEquals(colour(0.5, 0, { ...texture, toPhotograph: [0, 0, 2, 2, 0, 0] }), [20, 20, 25]);
  });
});

Deno.test("drawPhotoTexture() crops anywhere, by any angle, at 0.6 to 2 pixels for one, half of them mirrored", () => {
  const photographs = noisePhotographs(3, 64);
  const rng = new Rng(8);
  const drawn = Array.from({ length: 1000 }, () => drawPhotoTexture(rng, photographs));
  const determinants = drawn.map(({ toPhotograph: [a, b, , d, e] }) => a * e - b * d);
  const zooms = determinants.map((value) => Math.sqrt(Math.abs(value)));
  assert(Math.min(...zooms) >= 0.6 && Math.max(...zooms) <= 2);
  assert(Math.min(...zooms) < 0.62 && Math.max(...zooms) > 1.97);
  assertAlmostEquals(determinants.filter((value) => value < 0).length / 1000, 0.5, 0.05);
  for (const photograph of photographs) {
    const count = drawn.filter((texture) => texture.photograph === photograph).length;
    assertAlmostEquals(count / 1000, 1 / 3, 0.05);
  }
  for (const { toPhotograph, photograph: { width, height }, gain } of drawn) {
    const x = affineX(toPhotograph, 0, 0), y = affineY(toPhotograph, 0, 0);
    assert(x >= 0 && x < width && y >= 0 && y < height);
    assert(gain.every((value) => value > 0.62 / 255 && value < 1.22 / 255));
  }
});
