import {
  fusedForward,
  fusedInputGradient,
} from "../../../../../pipeline/compute/network/ops/convolution/fused.ts";
import { tilingName } from "../../../../../pipeline/compute/network/ops/convolution/generate/tiling.ts";
import { ALL_FUSED } from "../../../../../pipeline/compute/network/ops/convolution/planned.ts";
import { checkInTiles } from "./_in_tiles.ts";

Deno.test("Winograd's convolution in one dispatch equals the float64 twin, in any order of threads", async (t) => {
  for (const [index, tiling] of ALL_FUSED.entries()) {
    await t.step(
      tilingName(tiling),
      () =>
        checkInTiles((tape, convolution, { output, dOutput, dInput }) => {
          // The turned weights with the others, or by a dispatch of their own.
          fusedForward(tape, convolution, tiling, output, index % 2 === 0);
          fusedInputGradient(tape, convolution, tiling, dOutput, dInput);
        }, { output: 5e-5, gradient: 1.5e-4 }),
    );
  }
});
