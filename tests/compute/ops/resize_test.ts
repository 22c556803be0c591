import { assertAlmostEquals, assertEquals } from "@std/assert";
import { resize } from "../../../pipeline/compute/ops/resize.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";

async function resized(data: number[], h: number, w: number, height: number, width: number) {
  const tape = new Tape(await testGpu());
  const input = tape.persistent("input", [1, 1, h, w]);
  tape.write(input, data);
  const output = tape.keep(resize(tape, input, height, width));
  (await tape.finish()).run();
  return [...await tape.read(output)];
}

Deno.test("resize() averages along a side that shrinks", async () => {
  assertEquals(await resized([1, 3, 5, 7, 2, 4, 6, 8], 2, 4, 2, 2), [2, 6, 3, 7]);
});

Deno.test("resize() interpolates along a side that grows, corners kept", async () => {
  const grown = await resized([0, 3], 1, 2, 1, 4);
  [0, 1, 2, 3].forEach((value, i) => assertAlmostEquals(grown[i], value, 1e-6));
});

Deno.test("resize() does both at once, and leaves what fits", async () => {
  assertEquals(await resized([1, 3, 5, 7], 1, 4, 2, 2), [2, 6, 2, 6]);
  assertEquals(await resized([1, 2, 3, 4], 2, 2, 2, 2), [1, 2, 3, 4]);
});
