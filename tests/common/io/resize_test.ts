import { assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { areaResize, sizeWithin } from "../../../pipeline/common/io/resize.ts";

const size = (width: number, height: number) => ({ width, height });

Deno.test("sizeWithin() keeps proportions and never enlarges", () => {
  assertEquals(sizeWithin(size(1242, 375), 224), size(224, 68));
  assertEquals(sizeWithin(size(128, 128), 224), size(128, 128));
  assertEquals(sizeWithin(size(5000, 1), 10), size(10, 1));
});

Deno.test("areaResize()", async (t) => {
  await t.step("is the mean of whole pixels at half the size", () => {
    const { values } = areaResize([1, 3, 5, 9, 1, 3, 7, 3], 1, size(4, 2), size(2, 1));
    assertEquals([...values], [2, 6]);
  });
  await t.step("weighs parts of pixels by their area", () => {
    const { values } = areaResize([3, 6, 9], 1, size(3, 1), size(2, 1));
    assertEquals([...values], [4, 8]);
    const rows = areaResize([3, 6, 9], 1, size(1, 3), size(1, 2)).values;
    assertEquals([...rows], [4, 8]);
  });
  await t.step("keeps channels apart and values unscaled", () => {
    const flow = [2, -1, 4, -1, 2, -1, 4, -3];
    const { values } = areaResize(flow, 2, size(2, 2), size(1, 1));
    assertEquals([...values], [3, -1.5]);
  });
  await t.step("keeps the mean of a picture of odd sides", () => {
    const data = Float32Array.from({ length: 17 * 11 }, (_, i) => (i * 37) % 101);
    const mean = (values: Float32Array) => values.reduce((a, b) => a + b, 0) / values.length;
    const { values } = areaResize(data, 1, size(17, 11), size(5, 3));
    assertAlmostEquals(mean(values), mean(data), 1e-4);
  });
  await t.step("counts valid pixels only", () => {
    const { values, valid } = areaResize(
      [8, 100, 2, 4, 7, 7],
      1,
      size(6, 1),
      size(3, 1),
      Uint8Array.of(1, 0, 1, 1, 0, 0),
    );
    assertEquals([...values], [8, 3, 0]);
    assertEquals([...valid], [1, 1, 0]);
  });
  await t.step("changes nothing at the same size", () => {
    assertEquals([...areaResize([1, 2, 3, 4], 1, size(2, 2), size(2, 2)).values], [1, 2, 3, 4]);
  });
  await t.step("refuses data or valid of another size", () => {
    const [from, to] = [size(2, 3), size(1, 1)];
    assertThrows(
      () => areaResize(new Float32Array(11), 2, from, to),
      Error,
      "Cannot resize: data must be [3, 2, 2], got 11 values.",
    );
    assertThrows(
      () => areaResize(new Float32Array(12), 2, from, to, new Uint8Array(12)),
      Error,
      "got 12 values with 12 in valid.",
    );
  });
});
