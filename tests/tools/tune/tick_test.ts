/** What a tick of the timestamps is, by the clock. */
import { assertEquals } from "@std/assert";
import { openGpu } from "../../../pipeline/compute/gpu/device.ts";
import { nanosecondsOfTick, tickOf } from "../../../tools/tune/tick.ts";

Deno.test("tickOf() takes the least quotient, and one near 1 for a busy device of nanoseconds", () => {
  assertEquals(tickOf([10.4, 10.02, 31]), 10.02);
  assertEquals(tickOf([83.3, 85]), 83.3);
  assertEquals(tickOf([1.001, 1.4]), 1);
  assertEquals(tickOf([3.2, 2.6]), 1);
  // A pause that was shorter than thought makes the quotient smaller.
  assertEquals(tickOf([0.97, 1.2]), 1);
});

Deno.test("nanosecondsOfTick() finds that a CPU driver counts nanoseconds, and asks a device once", async () => {
  const gpu = await openGpu(undefined, { timestamps: true });
  assertEquals(await nanosecondsOfTick(gpu), 1);
  gpu.destroy(); // and could not be asked again
  assertEquals(await nanosecondsOfTick(gpu), 1);
});
