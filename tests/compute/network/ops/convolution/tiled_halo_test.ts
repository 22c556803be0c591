import { assertEquals } from "@std/assert";
import {
  directForward,
  directInputGradient,
} from "../../../../../pipeline/compute/network/ops/convolution/direct.ts";
import {
  HALO_TILINGS,
  tilingName,
} from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import {
  haloTiles,
  takesHalo,
} from "../../../../../pipeline/compute/network/ops/convolution/halo.ts";
import type { Convolution } from "../../../../../pipeline/compute/network/ops/convolution/shape.ts";
import { checkInTiles } from "./_in_tiles.ts";

Deno.test("kernels in tiles of a picture equal the float64 twin, in any order of threads", async (t) => {
  for (const tiling of HALO_TILINGS) {
    await t.step(
      tilingName(tiling),
      () =>
        checkInTiles((tape, convolution, { output, dOutput, dInput }) => {
          assertEquals(takesHalo(convolution), true);
          directForward(tape, convolution, tiling, output);
          directInputGradient(tape, convolution, tiling, dOutput, dInput);
        }, { output: 1e-6, gradient: 2e-6 }),
    );
  }
});

Deno.test("haloTiles() counts the tiles of all pixel classes of all images", () => {
  const of = (batch: number, height: number, width: number, dilation: number) =>
    haloTiles({ batch, height, width, dilation } as Convolution, HALO_TILINGS[0]);
  assertEquals(of(1, 8, 16, 1), 1);
  assertEquals(of(3, 9, 17, 1), 12);
  // Classes of 9 x 17 and of 5 x 9 pixels.
  assertEquals([of(1, 18, 34, 2), of(2, 20, 34, 4)], [16, 32]);
});
