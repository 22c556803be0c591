import { assertEquals } from "@std/assert";
import { persistentStorage, readStorage } from "../../../pipeline/compute/gpu/tensor.ts";
import { Accumulator } from "../../../pipeline/compute/ops/accumulate.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";

Deno.test("Accumulator averages over the micro-batches of a step, and begins each step anew", async () => {
  const gpu = await testGpu();
  const accumulator = new Accumulator(gpu, 2);
  const value = persistentStorage(gpu, "value", 4 * 8), mean = accumulator.meanOf(value);
  // What a step before has left, were it even no number, counts nothing.
  gpu.device.queue.writeBuffer(mean.buffer!, 0, new Float32Array(8).fill(NaN));
  const tape = new Tape(gpu);
  accumulator.record(tape, value, mean);
  const program = await tape.finish();
  const run = (index: number, values: number[]) => {
    gpu.device.queue.writeBuffer(value.buffer!, 0, new Float32Array(values));
    accumulator.setMicroBatch(index);
    program.run();
  };
  run(0, [1, 2, 3, 4, 5, 6, 7, 8]);
  run(1, [3, 2, 1, 0, -5, -6, 8, 8]);
  assertEquals([...await readStorage(gpu, mean)], [2, 2, 2, 2, 0, 0, 7.5, 8]);
  run(0, [2, 0, 0, 0, 0, 0, 0, 4]);
  assertEquals([...await readStorage(gpu, mean)], [1, 0, 0, 0, 0, 0, 0, 2]);
});
