import {
  fusedForward,
  fusedInputGradient,
} from "../../../../../pipeline/compute/network/ops/convolution/fused.ts";
import { tilingName } from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import { ALL_FUSED } from "../../../../../pipeline/compute/network/ops/convolution/planned.ts";
import { checkInTiles } from "./_in_tiles.ts";

Deno.test("Winograd's convolution in one dispatch equals the float64 twin, in any order of threads", async (t) => {
  for (const tiling of ALL_FUSED) {
    await t.step(
      tilingName(tiling),
      () =>
        checkInTiles((tape, convolution, { output, dOutput, dInput }) => {
          fusedForward(tape, convolution, tiling, output);
          fusedInputGradient(tape, convolution, tiling, dOutput, dInput);
        }, { output: 5e-5, gradient: 1.5e-4 }),
    );
  }
});
