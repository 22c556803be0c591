import { assertEquals, assertThrows } from "@std/assert";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { warp, type WarpOptions } from "../../../pipeline/compute/ops/warp.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { assertSameBits, GuardedTape } from "../network/ops/_guarded_tape.ts";
import { assertClose, checkOperation } from "../../_operation.ts";
import { at, random64, type Tensor64, zeros64 } from "../../reference/tensor64.ts";
import { swapHalves64 } from "../../reference/swap_halves.ts";
import { warp64 } from "../../reference/warp.ts";

// A flow up to `reach` pixels beyond the picture, whose samples keep a tenth of a pixel from the kinks at pixel centres.
function flowBetweenPixels(
  [n, , h, w]: Shape,
  { reach, alignCorners }: { reach: number; alignCorners: boolean },
): Tensor64 {
  const rng = new Rng(5), flow = zeros64([n, 2, h, w]);
  for (let image = 0; image < n; image++) {
    for (let y = 0; y < h; y++) {
      for (let x = 0; x < w; x++) {
        for (const [channel, index, side] of [[0, x, w], [1, y, h]]) {
          const sampled = rng.integer(side + 2 * reach) - reach + rng.uniform(0.1, 0.9);
          const exact = alignCorners ? sampled : (sampled + 0.5) * Math.max(1, side - 1) / side;
          flow.data[at(flow.shape, image, channel, y, x)] = exact - index;
        }
      }
    }
  }
  return flow;
}

Deno.test("warp() equals its float64 twin, forward and backward", async (t) => {
  const shapes: Shape[] = [[2, 3, 5, 7], [1, 6, 7, 3], [1, 11, 3, 5], [1, 37, 2, 3], [2, 1, 1, 5], [
    1,
    2,
    4,
    1,
  ], [1, 5, 1, 1]];
  const variants: Required<Omit<WarpOptions, "otherHalf">>[] = [
    { padding: "border", alignCorners: true },
    { padding: "zeros", alignCorners: true },
    { padding: "border", alignCorners: false },
    { padding: "zeros", alignCorners: false },
  ];
  for (const shape of shapes) {
    for (const options of variants) {
      const { padding, alignCorners } = options;
      await t.step(
        `[${shape}], padding ${padding}, align corners ${alignCorners}`,
        () =>
          checkOperation("warp", {
            inputs: [
              random64(new Rng(1), shape, -2, 2),
              flowBetweenPixels(shape, { reach: 3, alignCorners }),
            ],
            operation: (tape, [image, flow]) => warp(tape, image, flow, options),
            reference: ([image, flow]) => warp64(image, flow, padding, alignCorners),
            onGpu: [
              shape[1] > 4 ? "warp.flow_gradient_lanes" : "warp.flow_gradient",
              "warp.count_pixels",
              "warp.place_runs",
            ],
          }),
      );
    }
  }
});

Deno.test("warp() into the other half equals its twin of a batch turned by half", async (t) => {
  for (const shape of [[2, 3, 5, 7], [4, 6, 3, 5], [6, 37, 1, 2]] as const) {
    await t.step(`[${shape}]`, () =>
      checkOperation("warp", {
        inputs: [
          random64(new Rng(1), shape, -2, 2),
          flowBetweenPixels(shape, { reach: 2, alignCorners: true }),
        ],
        operation: (tape, [image, flow]) => warp(tape, image, flow, { otherHalf: true }),
        reference: ([image, flow]) => warp64(swapHalves64(image), flow),
        onGpu: ["warp.count_pixels"],
      }));
  }
});

Deno.test("warp() moves a bright pixel left and down for flow (+2, -1)", async () => {
  const draw = (rows: string[]) => rows.join("").split("").map((c) => c === "#" ? 1 : 0);
  const before = [
    "......",
    "....#.",
    "......",
    "......",
  ];
  const after = [
    "......",
    "......",
    "..#...",
    "......",
  ];
  const tape = new Tape(await testGpu());
  const image = tape.persistent("image", [1, 1, 4, 6]);
  const flow = tape.persistent("flow", [1, 2, 4, 6]);
  tape.write(image, draw(before));
  tape.write(flow, [...Array(24).fill(2), ...Array(24).fill(-1)]);
  const out = tape.keep(warp(tape, image, flow));
  (await tape.finish()).run();
  assertEquals([...await tape.read(out)], draw(after));
});

Deno.test("warp() sums the gradient of a pixel that all others sample", async () => {
  const shape: Shape = [2, 4, 13, 17];
  const flow = zeros64([2, 2, 13, 17]);
  flow.data.fill(-100.5);
  await checkOperation("warp", {
    inputs: [random64(new Rng(1), shape, -2, 2), flow],
    differentiable: [true, false],
    operation: (tape, [image, motion]) => warp(tape, image, motion),
    reference: ([image, motion]) => warp64(image, motion),
    onGpu: ["warp.count_pixels"],
  });
});

Deno.test("warp() sorts the pixels of a flow once for all images it warps", async () => {
  const tape = new Tape(await testGpu());
  const image = tape.variable("image", [1, 3, 5, 7]), flow = tape.variable("flow", [1, 2, 5, 7]);
  const twice = warp(tape, warp(tape, image, flow), flow);
  tape.backward(twice, tape.persistent("seed", [1, 3, 5, 7]));
  const { kernels } = await tape.finish();
  const count = (name: string) => kernels.filter((kernel) => kernel === `warp.${name}`).length;
  assertEquals(count("image_gradient"), 2);
  assertEquals(count("count_pixels"), 1);
  assertEquals(count("sort_runs(LONGEST=32)"), 1);
});

Deno.test("warp() adds long runs in the order of their pixels, however they were counted and sorted", async () => {
  const { device, adapter } = await testGpu();
  const shape: Shape = [1, 4, 13, 17];
  const rng = new Rng(4);
  // Nearly a third of the pixels in one cell, another third in its neighbour, the others in runs of one.
  const flow = random64(rng.fork("flow"), [1, 2, 13, 17], 0.1, 0.9);
  for (let pixel = 0; pixel < 13 * 17; pixel++) {
    if (pixel % 3 === 2) continue;
    flow.data[pixel] += 5 + pixel % 3 - pixel % 17;
    flow.data[pixel + 13 * 17] += 6 - Math.floor(pixel / 17);
  }
  const seed = random64(rng.fork("seed"), shape, -1, 1);
  const compute = async (family: "cpu" | "gpu", reversed: boolean) => {
    const gpu = new Gpu(device, { ...adapter, fallback: family === "cpu" });
    const tape = new GuardedTape(gpu, { reversed });
    const image = tape.variable("image", shape), dOutput = tape.persistent("seed", shape);
    const motion = tape.persistent("flow", flow.shape);
    tape.write(motion, flow.data);
    tape.write(dOutput, seed.data);
    tape.backward(warp(tape, image, motion), dOutput);
    const gradient = tape.gradientOf(image);
    (await tape.finish()).run();
    return await tape.read(gradient);
  };
  const wanted = await compute("gpu", false);
  for (const [family, reversed] of [["gpu", true], ["cpu", false], ["cpu", true]] as const) {
    assertSameBits(`${family}, reversed ${reversed}`, await compute(family, reversed), wanted);
  }
});

Deno.test("warp() ends for a flow that is no number and leaves the other pixels alone", async () => {
  const tape = new Tape(await testGpu());
  const image = tape.variable("image", [1, 1, 2, 3]), flow = tape.persistent("flow", [1, 2, 2, 3]);
  const seed = tape.persistent("seed", [1, 1, 2, 3]);
  tape.write(image, [1, 2, 3, 4, 5, 6]);
  tape.write(flow, [NaN, Infinity, 0, 0, 0, -Infinity, 0, 0, NaN, 0, 0, 1e30]);
  tape.write(seed, [0, 0, 0, 1, 1, 0]);
  const output = warp(tape, image, flow);
  const out = tape.keep(output);
  tape.backward(output, seed);
  const dImage = tape.keep(tape.gradientOf(image));
  (await tape.finish()).run();
  assertClose("untouched pixels", (await tape.read(out)).subarray(3, 5), [4, 5], 0);
  assertClose("untouched gradients", (await tape.read(dImage)).subarray(3, 5), [1, 1], 0);
});

Deno.test("warp() says which flow it wants", async () => {
  const tape = new Tape(await testGpu());
  const image = tape.value("frame 2", [4, 3, 64, 64]), flow = tape.value("flow", [4, 3, 64, 64]);
  assertThrows(
    () => warp(tape, image, flow),
    Error,
    "Cannot warp frame 2: flow must be [4, 2, 64, 64], got [4, 3, 64, 64].",
  );
  const odd = tape.value("frame 2", [3, 3, 4, 4]), flows = tape.value("flow", [3, 2, 4, 4]);
  assertThrows(
    () => warp(tape, odd, flows, { otherHalf: true }),
    Error,
    "Cannot warp frame 2 by flows of the other half: its batch must be even, got [3,3,4,4].",
  );
});
