import { assertEquals, assertRejects } from "@std/assert";
import { scale } from "../../../pipeline/compute/ops/arithmetic.ts";
import { LossLog } from "../../../pipeline/compute/ops/loss_log.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";

Deno.test("LossLog keeps a row for each step and overwrites the oldest", async () => {
  const gpu = await testGpu();
  const tape = new Tape(gpu), log = new LossLog(gpu, 3);
  const x = tape.persistent("x", [1, 1, 1, 1]);
  log.record(tape, [x, scale(tape, x, 10)]);
  const program = await tape.finish();
  for (let step = 0; step < 5; step++) {
    tape.write(x, [step + 0.5]);
    log.setStep(step);
    program.run();
  }
  assertEquals((await log.read(2, 5)).map((row) => [...row]), [
    [2.5, 25, 0, 0],
    [3.5, 35, 0, 0],
    [4.5, 45, 0, 0],
  ]);
  await assertRejects(() => log.read(0, 5), Error, "it holds 3");
});

Deno.test("LossLog keeps rows of more than four columns", async () => {
  const gpu = await testGpu();
  const tape = new Tape(gpu), log = new LossLog(gpu, 2, 5);
  const x = tape.persistent("x", [1, 1, 1, 1]);
  log.record(tape, [1, 2, 3, 4, 5].map((factor) => scale(tape, x, factor)));
  const program = await tape.finish();
  for (let step = 0; step < 3; step++) {
    tape.write(x, [step + 1]);
    log.setStep(step);
    program.run();
  }
  assertEquals((await log.read(1, 3)).map((row) => [...row]), [[2, 4, 6, 8, 10], [
    3,
    6,
    9,
    12,
    15,
  ]]);
});
