/** c, q and beta at places of a flow beside float64. */
import { assertEquals, assertGreater, assertLess } from "@std/assert";
import { flowIterates, iteratesAt } from "../../page/live/iterates.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { SMOOTHNESS } from "../../pipeline/flow/refinement.ts";
import { testGpu } from "../_adapter.ts";
import { assertClose } from "../_operation.ts";
import { waves } from "../flow/_waves.ts";
import { areaDownsample64 } from "../reference/area_downsample.ts";
import { maskedSobel64 } from "../reference/masked_sobel.ts";
import { resize64 } from "../reference/resize.ts";
import type { Tensor64 } from "../reference/tensor64.ts";
import { iterates64 } from "../reference/unrolled_cost.ts";

const SETTINGS = { unrollIterations: 2, rho: 0.5, lambda: 0.01, eta: 0.8 };

/** [H, W, channels] as [1, channels, H, W]. */
function tensor(data: ArrayLike<number>, channels: number, width: number, height: number) {
  const values = new Float64Array(data.length);
  for (let i = 0; i < data.length; i++) {
    values[i % channels * width * height + Math.floor(i / channels)] = data[i];
  }
  return { shape: [1, channels, height, width], data: values } as Tensor64;
}

for (const [width, height, columns, rows] of [[32, 24, 8, 6], [30, 21, 8, 5]]) {
  Deno.test(`flowIterates() equals float64 for ${width} x ${height} pixels`, async () => {
    const { data: frame1 } = waves(0, 0, width, height);
    const rng = new Rng(5);
    const forward = Float32Array.from(
      { length: 2 * width * height },
      (_, i) => 2 * rng.normal() + (i % 2) * i / 100,
    );
    const given = { width, height, frame1, forward };
    const result = await flowIterates(await testGpu(), given, SETTINGS);
    assertEquals([result.width, result.height], [columns, rows]);
    const image = resize64(
      tensor(frame1, 3, width, height),
      4 * rows,
      4 * columns,
    );
    image.data.forEach((value, i) => image.data[i] = value / 255);
    const flow = resize64(tensor(forward, 2, width, height), rows, columns);
    const half = columns * rows;
    flow.data.forEach((value, i) =>
      flow.data[i] = value * (i < half ? columns / width : rows / height)
    );
    const { c } = maskedSobel64(flow, areaDownsample64(image, rows, columns), SMOOTHNESS);
    const wanted = Array.from(c.data, (value) => iterates64(value, SETTINGS));
    assertClose("c", result.c, c.data, 1e-5);
    // They are smaller than c, whose rounding they have.
    assertClose("q", result.q, Float64Array.from(wanted, ({ q }) => q[2]), 5e-5);
    assertClose("beta", result.beta, Float64Array.from(wanted, ({ beta }) => beta[2]), 5e-5);
    const kept = wanted.filter(({ q }) => q[2] !== 0).length;
    assertGreater(kept, half);
    assertLess(kept, 4 * half);
    const place = (channel: number) => (channel * rows + 2) * columns + 5;
    assertEquals(
      iteratesAt(result, given, 5.4 / columns * width | 0, 2.3 / rows * height | 0),
      [0, 1, 2, 3].map((channel) => ({
        c: result.c[place(channel)],
        q: result.q[place(channel)],
        beta: result.beta[place(channel)],
      })),
    );
  });
}
