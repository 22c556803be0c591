import { assert, assertEquals } from "@std/assert";
import { percentiles, PooledValues } from "../../../pipeline/score/metrics/percentile.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

Deno.test("percentiles()", async (t) => {
  await t.step("takes the nearest rank", () => {
    const values = Float32Array.from({ length: 100 }, (_, i) => 100 - i);
    assertEquals(percentiles([values], [1, 50, 75, 95, 100]), [1, 50, 75, 95, 100]);
    assertEquals(percentiles([Float32Array.of(7, 5)], [50, 51]), [5, 7]);
  });
  await t.step("does not care how the values are split", () => {
    assertEquals(
      percentiles([Float32Array.of(3), new Float32Array(0), Float32Array.of(1, 2)], [50, 95]),
      [2, 3],
    );
  });
  await t.step("agrees with sorting, with ties, zeros and tiny values", () => {
    const rng = new Rng(4);
    const values = Float32Array.from({ length: 5000 }, () => {
      const value = Math.exp(12 * rng.normal());
      return rng.uniform() < 0.2 ? 0 : rng.uniform() < 0.2 ? Math.round(value) : value;
    });
    const sorted = [...values].sort((a, b) => a - b);
    for (const percent of [0.01, 10, 50, 75, 95, 99.9]) {
      const rank = Math.max(1, Math.ceil(percent * values.length / 100));
      assertEquals(percentiles([values], [percent]), [sorted[rank - 1]]);
    }
  });
  await t.step("of nothing is nothing", () => {
    assertEquals(percentiles([new Float32Array(0)], [50]), []);
  });
});

Deno.test("PooledValues", async (t) => {
  const PERCENTS = [0.01, 10, 50, 75, 95, 99.9, 100];
  const rng = new Rng(8);
  // From far below a pixel to many, a fifth of them 0, in chunks of odd lengths.
  const chunks = [1, 4999, 20_011, 0, 77].map((length) =>
    Float32Array.from({ length }, () => rng.uniform() < 0.2 ? 0 : Math.exp(4 * rng.normal()))
  );
  const exact = percentiles(chunks, PERCENTS);
  const pooled = (mostKept: number) => {
    const values = new PooledValues(mostKept);
    for (const chunk of chunks) values.add(chunk);
    return values.percentiles(PERCENTS);
  };
  await t.step("is exact as long as it keeps all values", () => {
    assertEquals(pooled(25_088), exact);
  });
  await t.step("is right to 1 part in 500,000 beyond", () => {
    for (const mostKept of [0, 5000, 25_087]) {
      const found = pooled(mostKept);
      for (const [i, value] of found.entries()) {
        assert(Math.abs(value - exact[i]) <= exact[i] / 500_000, `${value} is not ${exact[i]}`);
      }
      assertEquals(found[1], 0);
      assert(found.some((value, i) => value !== exact[i]));
    }
  });
  await t.step("takes the memory of what it counts, not of what comes", () => {
    const values = new PooledValues(1000);
    const chunk = Float32Array.from({ length: 1 << 18 }, (_, i) => i % 997 / 100);
    // Of this worker's arrays alone, of which what is not yet collected takes 100 to 250 MiB.
    const before = Deno.memoryUsage().external;
    for (let i = 0; i < 1500; i++) values.add(chunk.slice());
    const grown = Deno.memoryUsage().external - before;
    // All of them would take 1500 MiB.
    assert(grown < 750 * 2 ** 20, `grew by ${grown} bytes`);
    assertEquals(values.percentiles([100])[0].toFixed(2), "9.96");
  });
  await t.step("of nothing is nothing", () => {
    assertEquals(new PooledValues().percentiles([50]), []);
  });
});
