import { assert, assertEquals, assertNotEquals, assertThrows } from "@std/assert";
import { Rng } from "../../../pipeline/common/rng.ts";
import {
  changeLooks,
  type Look,
  Looks,
  SAME_LOOK,
} from "../../../pipeline/compute/ops/appearance.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose } from "../../_operation.ts";
import { changeLooks64 } from "../../reference/appearance.ts";
import { random64, type Tensor64 } from "../../reference/tensor64.ts";

async function changed(pictures: Tensor64, looks: readonly Look[]): Promise<Float32Array> {
  const gpu = await testGpu();
  const tape = new Tape(gpu), list = new Looks(gpu, pictures.shape[0]);
  list.write(looks);
  const input = tape.persistent("pictures", pictures.shape);
  tape.write(input, pictures.data);
  const out = tape.keep(changeLooks(tape, input, list));
  (await tape.finish()).run();
  return await tape.read(out);
}

const WARM: Look["colours"] = [[1.2, 0.1, 0, 0.05], [0, 0.8, 0.2, -0.1], [-0.3, 0, 1.1, 0]];

Deno.test("changeLooks() equals its float64 twin, each picture by its own look", async () => {
  const looks: Look[] = [
    { ...SAME_LOOK, blur: 1.3 },
    { ...SAME_LOOK, colours: WARM },
    { ...SAME_LOOK, gamma: 0.6 },
    { ...SAME_LOOK, noise: 0.2, seed: 12345 },
    { blur: 0.5, colours: WARM, gamma: 1.7, noise: 0.04, seed: 16777215 },
  ];
  const pictures = random64(new Rng(1), [looks.length, 3, 5, 7], 0, 1);
  // Logarithm and sine of a device are good to some 1e-5.
  assertClose("looks", await changed(pictures, looks), changeLooks64(pictures, looks).data, 3e-5);
});

Deno.test("changeLooks() leaves a picture of the same look as it is, to the last bit", async () => {
  const pictures = random64(new Rng(2), [2, 3, 4, 4], 0, 1);
  assertEquals(await changed(pictures, [SAME_LOOK, SAME_LOOK]), Float32Array.from(pictures.data));
});

Deno.test("changeLooks() draws noise of the wanted size, another for each seed and channel", async () => {
  const grey: Tensor64 = {
    shape: [2, 3, 64, 64],
    data: new Float64Array(2 * 3 * 64 * 64).fill(0.5),
  };
  const noisy = await changed(grey, [1, 2].map((seed) => ({ ...SAME_LOOK, noise: 0.05, seed })));
  const parts = Array.from({ length: 6 }, (_, i) => noisy.subarray(4096 * i, 4096 * (i + 1)));
  for (const part of parts) {
    const mean = part.reduce((sum, value) => sum + value, 0) / part.length;
    const variance = part.reduce((sum, value) => sum + (value - mean) ** 2, 0) / part.length;
    // Four standard deviations of both.
    assert(Math.abs(mean - 0.5) < 4 * 0.05 / 64, `${mean}`);
    assert(Math.abs(Math.sqrt(variance) - 0.05) < 4 * 0.05 / Math.sqrt(8192), `${variance}`);
  }
  for (const [i, part] of parts.entries()) {
    parts.slice(i + 1).forEach((other) => assertNotEquals(part[100], other[100]));
  }
});

Deno.test("changeLooks() refuses another number of pictures", async () => {
  const gpu = await testGpu();
  const tape = new Tape(gpu), looks = new Looks(gpu, 2);
  assertThrows(
    () => changeLooks(tape, tape.persistent("pictures", [4, 3, 8, 8]), looks),
    Error,
    "Cannot change the look of pictures: wanted are [2, 3, H, W], got [4,3,8,8].",
  );
  assertThrows(() => looks.write([SAME_LOOK]), Error, "2 pictures: 1 looks are given.");
});
