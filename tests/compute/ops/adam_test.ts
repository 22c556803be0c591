import { assertEquals, assertThrows } from "@std/assert";
import { readStorage } from "../../../pipeline/compute/gpu/tensor.ts";
import { AdamState, recordAdam } from "../../../pipeline/compute/ops/adam.ts";
import { GradientClip } from "../../../pipeline/compute/ops/gradient_clip.ts";
import { Parameters } from "../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose } from "../../_operation.ts";
import { SMALL_NETWORK, writeGradients } from "../../_parameters.ts";
import { adam64 } from "../../reference/adam.ts";
import { random64 } from "../../reference/tensor64.ts";

const LEARNING_RATE = 0.01, WEIGHT_DECAY = 0.1;

function draw(name: string): Map<string, Float64Array> {
  return new Map(
    SMALL_NETWORK.map((parameter) => [
      parameter.name,
      random64(new Rng(5).fork(name).fork(parameter.name), parameter.shape, -1, 1).data,
    ]),
  );
}

async function optimiser() {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, SMALL_NETWORK);
  parameters.write(draw("values"));
  const state = new AdamState(gpu, parameters), clip = new GradientClip(gpu);
  const tape = new Tape(gpu);
  recordAdam(tape, parameters, state, { weightDecay: WEIGHT_DECAY, clip });
  const program = await tape.finish();
  const run = (step: number) => {
    writeGradients(gpu, parameters, draw(`gradients ${step}`));
    state.setStep(step, LEARNING_RATE);
    program.run();
  };
  const flat = () =>
    Promise.all(
      [parameters.values, state.firstMoments, state.secondMoments].map((storage) =>
        readStorage(gpu, storage)
      ),
    );
  return { gpu, parameters, state, clip, run, flat };
}

Deno.test("recordAdam() equals its float64 twin over five steps, biases without decay", async () => {
  const { gpu, parameters, state, clip, run } = await optimiser();
  const factor = 0.25;
  gpu.device.queue.writeBuffer(clip.factor.buffer!, 0, new Float32Array([factor]));
  for (let step = 1; step <= 5; step++) run(step);
  const got = [
    await parameters.read(),
    await parameters.read(state.firstMoments),
    await parameters.read(state.secondMoments),
  ];
  const want: number[][] = [[], [], []];
  for (const { name, kind } of SMALL_NETWORK) {
    const values = draw("values").get(name)!.slice();
    const first = new Float64Array(values.length), second = new Float64Array(values.length);
    for (let step = 1; step <= 5; step++) {
      const gradients = draw(`gradients ${step}`).get(name)!.map((gradient) => factor * gradient);
      adam64({ values, first, second }, gradients, {
        step,
        learningRate: LEARNING_RATE,
        decay: kind === "weight" ? WEIGHT_DECAY : 0,
        beta1: 0.9,
        beta2: 0.999,
        epsilon: 1e-7,
      });
    }
    [values, first, second].forEach((data, index) => want[index].push(...data));
  }
  ["values", "first moments", "second moments"].forEach((name, index) =>
    assertClose(name, [...got[index].values()].flatMap((data) => [...data]), want[index], 3e-7)
  );
});

Deno.test("recordAdam() goes on from saved moments with the same bits, and leaves padding 0", async () => {
  const unbroken = await optimiser();
  for (let step = 1; step <= 6; step++) unbroken.run(step);
  const before = await optimiser();
  for (let step = 1; step <= 3; step++) before.run(step);
  const saved = await before.flat();
  const after = await optimiser();
  const storages = [
    after.parameters.values,
    after.state.firstMoments,
    after.state.secondMoments,
  ];
  storages.forEach(({ buffer }, index) =>
    after.gpu.device.queue.writeBuffer(buffer!, 0, saved[index] as BufferSource)
  );
  for (let step = 4; step <= 6; step++) after.run(step);
  const [values, first, second] = await after.flat();
  assertEquals([values, first, second], await unbroken.flat());
  const logical = SMALL_NETWORK.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b), 0);
  for (const data of [values, first, second]) {
    assertEquals(data.filter((value) => value !== 0).length, logical);
  }
});

Deno.test("AdamState.setStep() counts from 1", async () => {
  const { state } = await optimiser();
  assertThrows(() => state.setStep(0, LEARNING_RATE), Error, "Cannot run step 0 of Adam");
});
