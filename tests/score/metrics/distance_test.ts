import { assertEquals } from "@std/assert";
import { squaredDistances } from "../../../pipeline/score/metrics/distance.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

/** Every pixel against every mark. */
function byExhaustion(marked: Uint8Array, width: number, height: number): Float64Array {
  return Float64Array.from({ length: width * height }, (_, i) => {
    let least = Infinity;
    marked.forEach((mark, j) => {
      const dx = i % width - j % width, dy = Math.floor(i / width) - Math.floor(j / width);
      if (mark) least = Math.min(least, dx * dx + dy * dy);
    });
    return least;
  });
}

Deno.test("squaredDistances()", async (t) => {
  await t.step("counts columns and rows from one mark", () => {
    const marked = Uint8Array.of(0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0);
    assertEquals([...squaredDistances(marked, 4, 3)], [1, 2, 5, 10, 0, 1, 4, 9, 1, 2, 5, 10]);
  });
  await t.step("is Infinity where nothing is marked", () => {
    assertEquals([...squaredDistances(new Uint8Array(3), 3, 1)], [Infinity, Infinity, Infinity]);
  });
  await t.step("agrees with exhaustive search on odd sizes and single rows", () => {
    const rng = new Rng(3);
    for (const [width, height] of [[1, 1], [1, 7], [13, 1], [17, 11], [31, 29]]) {
      for (const share of [0.01, 0.1, 0.6]) {
        const marked = Uint8Array.from(
          { length: width * height },
          () => rng.uniform() < share ? 1 : 0,
        );
        assertEquals(
          squaredDistances(marked, width, height),
          byExhaustion(marked, width, height),
        );
      }
    }
  });
});
