import { assertEquals, assertThrows } from "@std/assert";
import { addValues, scale } from "../../pipeline/compute/ops/arithmetic.ts";
import { concatenate } from "../../pipeline/compute/network/ops/concatenate.ts";
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

Deno.test("backward() adds as many summands as there are, also those of parts of concatenations", async () => {
  for (let uses = 1; uses <= 7; uses++) {
    const tape = new Tape(await testGpu());
    const x = tape.variable("x", [1, 2, 1, 3]);
    const parts = Array.from({ length: uses }, () => x);
    const joined = concatenate(tape, [tape.persistent("other", [1, 5, 1, 3]), ...parts]);
    const seed = tape.persistent("seed", joined.shape, joined.segments);
    // Channel c, column k: 10 c + k.
    tape.write(
      seed,
      Array.from({ length: joined.shape[1] * 3 }, (_, i) => 10 * Math.floor(i / 3) + i % 3),
    );
    tape.backward(joined, seed);
    const gradient = tape.keep(tape.gradientOf(x));
    (await tape.finish()).run();
    const wanted = [0, 1].flatMap((channel) =>
      [0, 1, 2].map((column) =>
        parts.reduce((sum, _, use) => sum + 10 * (5 + 2 * use + channel) + column, 0)
      )
    );
    assertEquals([...await tape.read(gradient)], wanted, `${uses} uses`);
  }
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
  const zeros = tape.zeros("zeros", [1, 1, 1, 1]);
  assertThrows(() => tape.write(zeros, [1]), Error, "Cannot write zeros: kernels rely on its");
});
