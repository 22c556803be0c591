import { assertEquals, assertThrows } from "@std/assert";
import { addValues, scale } from "../../pipeline/compute/ops/arithmetic.ts";
import { Tape } from "../../pipeline/compute/tape.ts";
import { testGpu } from "../_adapter.ts";

Deno.test("backward() sums the gradients of a value that is used several times", async () => {
  const tape = new Tape(await testGpu());
  const x = tape.variable("x", [1, 1, 1, 1]);
  tape.write(x, [3]);
  // 2 x + (x + 5 x) = 8 x, in a graph that branches and joins.
  const doubled = scale(tape, x, 2);
  const sum = addValues(tape, doubled, addValues(tape, x, scale(tape, x, 5)));
  const kept = tape.keep(sum);
  tape.backward(sum);
  const gradient = tape.keep(tape.gradientOf(x));
  (await tape.finish()).run();
  assertEquals([...await tape.read(kept)], [24]);
  assertEquals([...await tape.read(gradient)], [8]);
});

Deno.test("backward() leaves constants without a gradient", async () => {
  const tape = new Tape(await testGpu());
  const x = tape.variable("x", [1, 1, 1, 1]), constant = tape.persistent("constant", [1, 1, 1, 1]);
  tape.backward(addValues(tape, x, constant));
  assertThrows(() => tape.gradientOf(constant), Error, "constant has no gradient");
});

Deno.test("write() and read() name what is wrong", async () => {
  const tape = new Tape(await testGpu());
  const kept = tape.persistent("kept", [1, 3, 2, 2]), passing = tape.value("passing", [1, 1, 1, 1]);
  assertThrows(() => tape.write(kept, [1]), Error, "[1,3,2,2] takes 12 values, got 1");
  assertThrows(() => tape.write(passing, [1]), Error, "intermediate value");
});
