import { assertEquals, assertThrows } from "@std/assert";
import { Gpu } from "../../../../pipeline/compute/gpu/device.ts";
import { kernelName } from "../../../../pipeline/compute/gpu/kernel.ts";
import { concatenate } from "../../../../pipeline/compute/network/ops/concatenate.ts";
import { addValues } from "../../../../pipeline/compute/ops/arithmetic.ts";
import { Tape } from "../../../../pipeline/compute/tape.ts";
import { Rng } from "../../../../pipeline/common/rng.ts";
import { testGpu } from "../../../_adapter.ts";
import { checkOperation } from "../../../_operation.ts";
import { concatenate64 } from "../../../reference/concatenate.ts";
import { random64 } from "../../../reference/tensor64.ts";

Deno.test("concatenate() equals its float64 twin, forward and backward", async (t) => {
  const cases: [number[], number, number, number][] = [
    [[3, 8], 2, 5, 7],
    [[81, 6, 2], 1, 3, 1],
    [[1, 4, 3], 2, 1, 1],
    [[2, 1, 5, 3, 4, 6], 1, 2, 3],
  ];
  for (const [channels, n, h, w] of cases) {
    await t.step(`[${channels}] channels, ${n}x${h}x${w}`, () =>
      checkOperation("concatenate", {
        inputs: channels.map((c, i) => random64(new Rng(i), [n, c, h, w], -2, 2)),
        operation: concatenate,
        reference: concatenate64,
        onGpu: [channels.length === 2 ? "concatenate.join_2" : "concatenate.join_3"],
      }));
  }
});

Deno.test("concatenate() keeps the padding of every part", async () => {
  const tape = new Tape(await testGpu());
  const part = (channels: number) => tape.value("part", [1, channels, 2, 2]);
  const inner = concatenate(tape, [part(81), part(2)]);
  const outer = concatenate(tape, [inner, part(5)]);
  assertEquals(outer.segments, [81, 2, 5]);
  assertEquals(outer.shape, [1, 88, 2, 2]);
  assertEquals(outer.storage.bytes, (84 + 4 + 8) * 4 * 4);
});

Deno.test("concatenate() of zeros needs no pass where its other parts are written to their places", async () => {
  const { device, adapter } = await testGpu();
  for (const fallback of [true, false]) {
    const tape = new Tape(new Gpu(device, { ...adapter, fallback }));
    const input = tape.persistent("input", [1, 2, 1, 3]);
    tape.write(input, [1, 2, 3, 4, 5, 6]);
    const sum = addValues(tape, input, input, { scaleB: 4 });
    const zeros = tape.zeros("zeros", [1, 5, 1, 3]);
    const joins = [[sum, zeros, addValues(tape, sum, input)], [input, zeros]]
      .map((parts) => concatenate(tape, parts));
    const names = tape.recorded().map(({ kernel }) => kernelName(kernel));
    assertEquals(names, ["arithmetic.add_twice", "arithmetic.add", "concatenate.join_2"]);
    const kept = joins.map((joined) => tape.keep(joined));
    const program = await tape.finish();
    const none = new Array(15).fill(0);
    for (let run = 0; run < 2; run++) {
      program.run();
      assertEquals([...await tape.read(kept[0])], [
        ...[5, 10, 15, 20, 25, 30],
        ...none,
        ...[6, 12, 18, 24, 30, 36],
      ]);
      assertEquals([...await tape.read(kept[1])], [1, 2, 3, 4, 5, 6, ...none]);
    }
  }
});

Deno.test("concatenate() names the part that does not fit", async () => {
  const tape = new Tape(await testGpu());
  const parts = [tape.value("costs", [2, 81, 4, 4]), tape.value("flow", [2, 2, 8, 8])];
  assertThrows(() => concatenate(tape, parts), Error, "flow to costs: wanted [2, C, 4, 4]");
});
