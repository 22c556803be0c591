/**
 * A whole step of the recipe against its parts, each computed by itself with operations that golden vectors check: the
 * photometric term before and after the switch of the loss, the smoothness as it ramps in, and the second pass. Pictures
 * and weights are those of the golden trajectories, transforms those of the golden second pass; the learning rate is 0,
 * so that all steps have the same weights.
 */
import { assert, assertAlmostEquals } from "@std/assert";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import {
  describePwcLite,
  pwcLite,
  type PwcLiteOutput,
} from "../../pipeline/compute/network/pwclite.ts";
import { affineFlow, affineImage } from "../../pipeline/compute/ops/affine.ts";
import { secondPassLoss } from "../../pipeline/compute/ops/second_pass_loss.ts";
import { takeHalf } from "../../pipeline/compute/ops/take_half.ts";
import { Parameters } from "../../pipeline/compute/parameters.ts";
import {
  photometricLoss,
  type PhotometricSettings,
} from "../../pipeline/compute/photometric_loss.ts";
import { Tape, type Value } from "../../pipeline/compute/tape.ts";
import { smoothnessLoss } from "../../pipeline/smoothness/loss.ts";
import { Trainer } from "../../pipeline/train/trainer.ts";
import { testGpu } from "../_adapter.ts";
import { assertClose } from "../_operation.ts";
import { openGolden } from "../golden_checks/_golden.ts";
import {
  fileWeights,
  modelSettings,
  photometricSettings,
  smoothnessSettings,
  stackedImages,
} from "../golden_checks/network_case.ts";

const read = (name: string) => openGolden("tests/golden", name, Deno.readFile);
const trajectory = (await read("training_trajectory")).cases.find(({ name }) =>
  name === "unrolled"
)!;
const secondPassCase = (await read("second_pass")).cases.find(({ name }) =>
  name === "zoom_rotate"
)!;
const weights = fileWeights(await read("pwclite"));
const { shape, packed } = stackedImages(trajectory);
const MODEL = modelSettings(trajectory.parameters);
// Weights that make each part count beside the photometric one.
const SMOOTHNESS = smoothnessLoss({ ...smoothnessSettings(trajectory.parameters), wSmooth: 10 })!;
const SECOND_PASS = { weight: 10, epsilon: 0.01, exponent: 0.4 };
const THETAS = ["theta_1", "theta_2"].map((key) => [...secondPassCase.input(key).data]);

interface Part {
  readonly loss: number;
  readonly gradient: Float32Array;
}

/** Values of the gradients of all parameters, in the order of their declaration. */
async function gradientOf(parameters: Parameters): Promise<Float32Array> {
  const all = [...(await parameters.read("gradients")).values()];
  return Float32Array.from(all.flatMap((values) => [...values]));
}

/** A loss of the network's output by itself, on pictures that are given. */
async function part(
  gpu: Gpu,
  record: (tape: Tape, images: Value, network: (images: Value) => PwcLiteOutput) => Value,
): Promise<Part> {
  const tape = new Tape(gpu, { exact: true });
  const parameters = new Parameters(gpu, describePwcLite(MODEL.width));
  parameters.write(weights);
  const images = tape.persistent("images", shape);
  tape.writePacked(images, packed);
  const loss = record(tape, images, (pictures) => pwcLite(tape, parameters, pictures, MODEL));
  const kept = tape.keep(loss);
  tape.backward(loss);
  (await tape.finish()).run();
  return { loss: (await tape.read(kept))[0], gradient: await gradientOf(parameters) };
}

const photometricPart = (gpu: Gpu, settings: PhotometricSettings) =>
  part(
    gpu,
    (tape, images, network) => photometricLoss(tape, images, network(images).flows, settings).total,
  );

const smoothnessPart = (gpu: Gpu) =>
  part(gpu, (tape, images, network) => {
    const { flows: [finestFlow], quarterFlow } = network(images);
    return SMOOTHNESS(tape, { images, quarterFlow, finestFlow }).term;
  });

/** Flow and mask of the first pass go through the host, and both directions of the network are computed. */
async function secondPassPart(gpu: Gpu): Promise<Part> {
  const [pictures, , height, width] = shape, pairs = pictures / 2;
  let flow = new Float32Array(), mask = new Float32Array();
  {
    const tape = new Tape(gpu, { exact: true, gradients: false });
    const parameters = new Parameters(gpu, describePwcLite(MODEL.width));
    parameters.write(weights);
    const images = tape.persistent("images", shape);
    tape.writePacked(images, packed);
    const { flows } = pwcLite(tape, parameters, images, MODEL);
    const { visible } = photometricLoss(tape, images, flows, photometricSettings("b"));
    const kept = [tape.keep(flows[0]), tape.keep(visible)];
    (await tape.finish()).run();
    flow = Float32Array.from(await tape.read(kept[0]));
    mask = Float32Array.from(await tape.read(kept[1]));
  }
  assert(mask.some((seen) => seen === 1) && mask.some((seen) => seen === 0));
  return await part(gpu, (tape, images, network) => {
    const input = (label: string, size: Value["shape"], data: ArrayLike<number>) => {
      const value = tape.persistent(label, size);
      tape.write(value, data);
      return value;
    };
    const theta = (label: string, data: number[]) => input(label, [data.length / 6, 6, 1, 1], data);
    const [first, second] = THETAS.map((data, i) => theta(`theta ${i}`, data));
    const moved = affineImage(tape, images, theta("both", THETAS.flat()));
    const half = <T extends Float32Array>(data: T) => data.subarray(0, data.length / 2);
    const target = affineFlow(
      tape,
      input("flow", [pairs, 2, height, width], half(flow)),
      first,
      second,
    );
    const seen = affineImage(tape, input("mask", [pairs, 1, height, width], half(mask)), first);
    const prediction = takeHalf(tape, network(moved).flows[0], "first");
    return secondPassLoss(tape, prediction, target, seen, SECOND_PASS);
  });
}

Deno.test("a step with second pass, switch of the loss and ramps is the sum of its parts", async () => {
  const gpu = await testGpu();
  const early = await photometricPart(gpu, photometricSettings("a"));
  const late = await photometricPart(gpu, photometricSettings("b"));
  const smoothness = await smoothnessPart(gpu);
  const second = await secondPassPart(gpu);

  const trainer = await Trainer.create(gpu, weights, {
    model: MODEL,
    images: shape,
    phases: [
      { fromStep: 0, photometric: photometricSettings("a") },
      { fromStep: 1, photometric: photometricSettings("b"), secondPass: true },
    ],
    smoothness: SMOOTHNESS,
    ramps: {
      smoothness: { fromStep: 0, rampSteps: 4 },
      secondPass: { fromStep: 1, rampSteps: 2 },
    },
    secondPass: SECOND_PASS,
    gradientClip: 0,
    weightDecay: 0,
    exact: true,
  });
  const tape = new Tape(gpu);
  tape.writePacked(trainer.images, packed);
  const { both, first, second: frame2 } = trainer.drawn.transforms!;
  tape.write(both, THETAS.flat());
  tape.write(first, THETAS[0]);
  tape.write(frame2, THETAS[1]);

  const steps = [
    { photometric: early, smooth: 1 / 4, again: 0 },
    { photometric: late, smooth: 2 / 4, again: 1 / 2 },
    { photometric: late, smooth: 3 / 4, again: 1 },
  ];
  for (const [step, { photometric, smooth, again }] of steps.entries()) {
    trainer.run(0);
    const [losses] = await trainer.losses(step, step + 1);
    const weight = again * SECOND_PASS.weight;
    const wanted = [
      photometric.loss + smooth * smoothness.loss + weight * second.loss,
      photometric.loss,
      smooth * smoothness.loss,
      losses[3],
      weight * second.loss,
    ];
    wanted.forEach((value, i) =>
      assertAlmostEquals(
        losses[i],
        value,
        2e-6 * Math.abs(value),
        `step ${step}: ${trainer.terms[i]}`,
      )
    );
    // Sums in another order: 1e-5 of the largest is what photometric gradients differ by alone.
    assertClose(
      `step ${step}: gradient`,
      await gradientOf(trainer.parameters),
      photometric.gradient.map((value, i) =>
        value + smooth * smoothness.gradient[i] + weight * second.gradient[i]
      ),
      2e-5,
    );
  }
  // Each part would be missed: it is a hundred times what the comparison allows.
  const largest = ({ gradient }: Part) =>
    gradient.reduce((most, g) => Math.max(most, Math.abs(g)), 0);
  for (const [share, one] of [[1 / 4, smoothness], [SECOND_PASS.weight / 2, second]] as const) {
    assert(
      share * largest(one) > 2e-3 * Math.max(largest(early), largest(late)),
      `${share * largest(one)} of ${largest(early)}, ${largest(late)}`,
    );
  }
});
