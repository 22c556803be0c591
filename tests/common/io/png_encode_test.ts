import { assertEquals, assertLess } from "@std/assert";
import { deflateSync } from "node:zlib";
import { decodePng, encodePng } from "../../../pipeline/common/io/png.ts";
import { rowsOf } from "./_png_encoder.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

Deno.test("encodeSamples()", async (t) => {
  const rng = new Rng(11);
  for (const channels of [1, 2, 3, 4]) {
    for (const [width, height] of [[1, 1], [1, 7], [13, 1], [17, 23]]) {
      await t.step(`${width} x ${height} with ${channels} channels comes back`, () => {
        // Smooth rows, noisy rows and flat ones, so that every filter is the best somewhere.
        const data = Uint8Array.from({ length: width * height * channels }, (_, i) => {
          const y = Math.floor(i / (width * channels));
          return y % 3 === 0 ? 3 * i : y % 3 === 1 ? rng.integer(256) : 7 * y;
        });
        const image = decodePng(encodePng({ width, height, channels, data }), "test.png");
        assertEquals(image, { width, height, channels, depth: 8, data, orientation: 1 });
      });
    }
  }
  await t.step("is much smaller than without filters for smooth colours", () => {
    const width = 64, height = 64, channels = 3;
    const data = Uint8Array.from(
      { length: width * height * channels },
      (_, i) => 128 + 100 * Math.sin(i / 200) + 20 * Math.cos(i / 7000) + (i % 3),
    );
    const filtered = encodePng({ width, height, channels, data }).length;
    const rows = rowsOf({ width, height, depth: 8, colourType: 2, samples: [...data] });
    assertLess(filtered, deflateSync(Uint8Array.from(rows), { level: 9 }).length / 1.5);
  });
});
