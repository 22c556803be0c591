import { assertEquals, assertThrows } from "@std/assert";
import { affineFlow, affineImage } from "../../../pipeline/compute/ops/affine.ts";
import { Tape, type Value } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import type { Shape } from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose, checkOperation } from "../../_operation.ts";
import { affineFlow64, affineImage64 } from "../../reference/affine.ts";
import { random64, type Tensor64, zeros64 } from "../../reference/tensor64.ts";

const IDENTITY = [1, 0, 0, 0, 1, 0], MIRROR = [-1, 0, 0, 0, 1, 0];

// Zooms, rotations and shifts, every second one mirrored.
function thetas(n: number, seed: number): Tensor64 {
  const rng = new Rng(seed), out = zeros64([n, 6, 1, 1]);
  for (let sample = 0; sample < n; sample++) {
    const zoom = rng.uniform(0.8, 1.5), angle = rng.uniform(-0.4, 0.4);
    const mirror = sample % 2 === 1 ? -1 : 1, shift = () => rng.uniform(-0.2, 0.2);
    const cosine = zoom * Math.cos(angle), sine = zoom * Math.sin(angle);
    out.data.set(
      [mirror * cosine, -mirror * sine, shift(), sine, cosine, shift()].map(Math.fround),
      6 * sample,
    );
  }
  return out;
}

Deno.test("affineImage() equals its float64 twin", async (t) => {
  const shapes: Shape[] = [[2, 3, 14, 22], [3, 1, 5, 7], [2, 6, 1, 5], [2, 2, 7, 1], [1, 1, 1, 1]];
  for (const shape of shapes) {
    await t.step(`[${shape}]`, () =>
      checkOperation("affineImage", {
        inputs: [random64(new Rng(1), shape, 0, 1), thetas(shape[0], 2)],
        operation: (tape, [image, theta]) => affineImage(tape, image, theta),
        reference: ([image, theta]) => affineImage64(image, theta),
        // Positions up to 22 pixels are rounded to 1e-6, and a picture of noise changes by up to 1 per pixel.
        tolerance: 5e-6,
        gradientTolerance: 0,
      }));
  }
});

Deno.test("affineFlow() equals its float64 twin", async (t) => {
  const sizes: [number, number, number][] = [[2, 14, 22], [3, 5, 7], [2, 1, 11], [2, 5, 1]];
  for (const [n, h, w] of sizes) {
    await t.step(`${n}x${h}x${w}`, () =>
      checkOperation("affineFlow", {
        inputs: [random64(new Rng(1), [n, 2, h, w], -4, 4), thetas(n, 2), thetas(n, 3)],
        operation: (tape, [flow, theta1, theta2]) => affineFlow(tape, flow, theta1, theta2),
        reference: ([flow, theta1, theta2]) => affineFlow64(flow, theta1, theta2),
        tolerance: 5e-6, // as above
        gradientTolerance: 0,
      }));
  }
});

function filled(tape: Tape, shape: Shape, data: ArrayLike<number>): Value {
  const value = tape.persistent("given", shape);
  tape.write(value, data);
  return value;
}

async function computed(record: (tape: Tape) => Value): Promise<number[]> {
  const tape = new Tape(await testGpu());
  const kept = tape.keep(record(tape));
  (await tape.finish()).run();
  return [...await tape.read(kept)];
}

Deno.test("affineImage() mirrors and shifts exactly, borders included", async () => {
  const draw = (rows: string[]) => rows.join("").split("").map(Number);
  const picture = draw(["12345", "67890"]);
  const transformed = (theta: number[]) =>
    computed((tape) =>
      affineImage(tape, filled(tape, [1, 1, 2, 5], picture), filled(tape, [1, 6, 1, 1], theta))
    );
  assertEquals(await transformed(IDENTITY), picture);
  assertEquals(await transformed(MIRROR), draw(["54321", "09876"]));
  // One pixel to the right is half a coordinate of a picture of five.
  assertEquals(await transformed([1, 0, 0.5, 0, 1, 0]), draw(["01234", "06789"]));
});

Deno.test("affineFlow() turns flow (+2, -1) with the picture and adds the motion between both transforms", async () => {
  const flow = [...Array(15).fill(2), ...Array(15).fill(-1)];
  const transformed = (theta1: number[], theta2: number[]) =>
    computed((tape) =>
      affineFlow(
        tape,
        filled(tape, [1, 2, 3, 5], flow),
        filled(tape, [1, 6, 1, 1], theta1),
        filled(tape, [1, 6, 1, 1], theta2),
      )
    );
  const constant = (u: number, v: number) => [...Array(15).fill(u), ...Array(15).fill(v)];
  assertClose("mirror", await transformed(MIRROR, MIRROR), constant(-2, -1), 1e-6);
  const enlarged = IDENTITY.map((value) => 3 * value);
  assertClose("zoom", await transformed(enlarged, enlarged), constant(6, -3), 1e-6);
  assertClose("shift", await transformed(IDENTITY, [1, 0, 0.5, 0, 1, 0]), constant(3, -1), 1e-6);
});

Deno.test("affineImage() and affineFlow() say which shape they want", async () => {
  const tape = new Tape(await testGpu());
  const image = tape.value("image", [2, 3, 4, 4]), theta = tape.value("theta", [1, 6, 1, 1]);
  assertThrows(() => affineImage(tape, image, theta), Error, "theta must be [2,6,1,1]");
  const fitting = tape.value("theta", [2, 6, 1, 1]);
  assertThrows(() => affineFlow(tape, image, fitting, fitting), Error, "wanted [N, 2, H, W]");
});
