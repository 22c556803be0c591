/** Flow at the size of the pictures, whatever size the network works at. */
import { assertEquals, assertRejects } from "@std/assert";
import { TooLargeError } from "../../../pipeline/compute/gpu/device.ts";
import { initialiseWeights } from "../../../pipeline/compute/network/initialise.ts";
import { Predictor } from "../../../pipeline/compute/network/predict.ts";
import { describePwcLite, pwcLite } from "../../../pipeline/compute/network/pwclite.ts";
import { Parameters } from "../../../pipeline/compute/parameters.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose } from "../../_operation.ts";
import { resize64 } from "../../reference/resize.ts";
import { at, type Tensor64, zeros64 } from "../../reference/tensor64.ts";

const SETTINGS = { width: 0.125, normaliseFeatures: true, centreInput: true };
const weights = initialiseWeights(describePwcLite(SETTINGS.width), "kaiming", new Rng(4));

/** Smooth enough to be resized, with another slope in each direction and channel. */
function frame(width: number, height: number, shift: number): Uint8Array {
  return Uint8Array.from({ length: 3 * width * height }, (_, i) => {
    const x = Math.floor(i / 3) % width - shift, y = Math.floor(i / 3 / width);
    return 128 + 90 * Math.sin(x / 7 + i % 3) * Math.cos(y / 11);
  });
}

/** What the network gives for pictures that have the sides it wants, [2, 2, height, width]. */
async function networkFlow(images: Tensor64): Promise<Tensor64> {
  const gpu = await testGpu();
  const parameters = new Parameters(gpu, describePwcLite(SETTINGS.width));
  parameters.write(weights);
  const tape = new Tape(gpu);
  const input = tape.persistent("images", images.shape);
  tape.write(input, images.data);
  const flow = tape.keep(pwcLite(tape, parameters, input, SETTINGS).flows[0]);
  (await tape.finish()).run();
  return { shape: flow.shape, data: Float64Array.from(await tape.read(flow)) };
}

Deno.test("predict() brings the flow of the resized pictures back to their size and pixels", async (t) => {
  const cases = [
    { width: 70, height: 100, scale: 1, works: [64, 128] },
    { width: 100, height: 70, scale: 1.5, works: [128, 128] },
    { width: 90, height: 150, scale: 2, works: [192, 320] },
    { width: 150, height: 230, scale: 0.5, works: [64, 128] },
    { width: 128, height: 64, scale: 1, works: [128, 64] },
  ];
  const gpu = await testGpu();
  const predictor = Predictor.of(gpu, { settings: SETTINGS, weights, madeBy: {} });
  for (const { width, height, scale, works: [workingWidth, workingHeight] } of cases) {
    await t.step(`${width}x${height} at ${scale}`, async () => {
      const frames = [frame(width, height, 0), frame(width, height, 2)];
      const images = zeros64([2, 3, height, width]);
      frames.forEach((values, n) =>
        values.forEach((value, i) => {
          const pixel = Math.floor(i / 3);
          const place = at(images.shape, n, i % 3, Math.floor(pixel / width), pixel % width);
          images.data[place] = value / 255;
        })
      );
      const inner = await networkFlow(resize64(images, workingHeight, workingWidth));
      const outer = resize64(inner, height, width);
      const wanted = (n: number) =>
        Float64Array.from({ length: 2 * width * height }, (_, i) => {
          const pixel = i >> 1, channel = i & 1;
          const factor = channel === 0 ? width / workingWidth : height / workingHeight;
          const place = at(outer.shape, n, channel, Math.floor(pixel / width), pixel % width);
          return factor * outer.data[place];
        });
      const got = await predictor.predict(frames[0], frames[1], width, height, { scale });
      // The pictures are resized in float32 here and in float64 there, before a whole network.
      assertClose("forward", got.forward, wanted(0), 2e-4);
      assertClose("backward", got.backward, wanted(1), 2e-4);
    });
  }
});

Deno.test("prepare() refuses a size that does not fit, and records one that does for predict()", async () => {
  const gpu = await testGpu();
  const predictor = Predictor.of(gpu, { settings: SETTINGS, weights, madeBy: {} });
  await assertRejects(
    () => predictor.prepare(100_000, 100_000),
    TooLargeError,
    '"images" needs a buffer of 305176 MiB; ',
  );
  await predictor.prepare(64, 64);
  const still = frame(64, 64, 0);
  assertEquals((await predictor.predict(still, still, 64, 64)).forward.length, 2 * 64 * 64);
});

Deno.test("predict() warps half a pixel aside where the model says so, as PyTorch does without align_corners", async () => {
  // Of PyTorch in float64 (bench/peers/pwclite.py), rounded to 7 digits.
  const wanted = [0.5748712, -0.1691017, -0.6212360, -0.0588208];
  const aligned = [0.4955785, -0.1607470, -0.6345181, -0.1213178];
  const gpu = await testGpu();
  const at = (x: number, y: number, channel: number) => 2 * (128 * y + x) + channel;
  const valuesOf = async (halfPixelWarp?: boolean) => {
    const settings = { ...SETTINGS, halfPixelWarp };
    const predictor = Predictor.of(gpu, { settings, weights, madeBy: {} });
    const frames = [frame(128, 64, 0), frame(128, 64, 3)];
    const { forward, backward } = await predictor.predict(frames[0], frames[1], 128, 64);
    return Float64Array.of(
      forward[at(7, 5, 0)],
      forward[at(99, 40, 1)],
      backward[at(120, 60, 0)],
      backward[at(64, 31, 1)],
    );
  };
  // The network of float32.
  assertClose("half a pixel", await valuesOf(true), Float64Array.from(wanted), 1e-4);
  assertClose("aligned", await valuesOf(false), Float64Array.from(aligned), 1e-4);
  assertEquals(await valuesOf(), await valuesOf(false));
});
