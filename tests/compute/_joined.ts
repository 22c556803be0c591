/** Parts of concatenations that are written to their places in the whole (gpu/joins.ts), compared with passes that join them. */
import { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { RecordedDispatch } from "../../pipeline/compute/gpu/program.ts";
import type { Place } from "../../pipeline/compute/gpu/tensor.ts";
import { Tape, type Value } from "../../pipeline/compute/tape.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { testGpu } from "../_adapter.ts";
import { random64, type Tensor64 } from "../reference/tensor64.ts";
import { assertSameBits } from "./network/ops/_guarded_tape.ts";

/** A tape on which everything lies where it was recorded. */
class StayingTape extends Tape {
  override dispatchMovable(
    own: Place,
    at: (places: readonly Place[]) => RecordedDispatch,
  ): void {
    const { kernel, ...dispatch } = at([own]);
    this.dispatch(kernel, dispatch);
  }
}

async function compute(
  tape: Tape,
  inputs: readonly Tensor64[],
  operation: (tape: Tape, inputs: Value[]) => Value,
) {
  const values = inputs.map(({ shape, data }, index) => {
    const value = tape.variable(`input ${index}`, shape);
    tape.write(value, data);
    return value;
  });
  const output = operation(tape, values);
  const seed = tape.persistent("seed", output.shape, output.segments);
  tape.write(seed, random64(new Rng(5), output.shape, -1, 1).data);
  tape.backward(output, seed);
  const kept = [output, ...values.map((value) => tape.gradientOf(value))]
    .map((value) => tape.keep(value));
  const program = await tape.finish();
  program.run();
  const results = await Promise.all(kept.map((value) => tape.read(value)));
  return { kernels: program.kernels, results };
}

/**
 * Fails unless output and gradients have the same bits whether parts of concatenations are written to their places or not.
 * @returns names of the kernels in order where they are
 */
export async function checkInPlace(
  family: "cpu" | "gpu",
  inputs: readonly Tensor64[],
  operation: (tape: Tape, inputs: Value[]) => Value,
): Promise<readonly string[]> {
  const { device, adapter } = await testGpu();
  const gpu = new Gpu(device, { ...adapter, fallback: family === "cpu" });
  const moving = await compute(new Tape(gpu, { exact: true }), inputs, operation);
  const staying = await compute(new StayingTape(gpu, { exact: true }), inputs, operation);
  moving.results.forEach((data, i) =>
    assertSameBits(`family ${family}, result ${i}`, data, staying.results[i])
  );
  return moving.kernels;
}
