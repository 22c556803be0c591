import { assertEquals, assertThrows } from "@std/assert";
import { FrameCrops } from "../../../pipeline/compute/ops/crop_frames.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { testGpu } from "../../_adapter.ts";

/** What the kernel computes, in plain loops: [3, H, W] of one picture. */
function cropped(
  { rows, frameWidth, left, mirrorX, mirrorY }: Parameters<FrameCrops["run"]>[0][number],
  height: number,
  width: number,
): number[] {
  const values: number[] = [];
  for (let channel = 0; channel < 3; channel++) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const row = mirrorY ? height - 1 - y : y, column = left + (mirrorX ? width - 1 - x : x);
        values.push(Math.fround(rows[3 * (row * frameWidth + column) + channel] / 255));
      }
    }
  }
  return values;
}

Deno.test("FrameCrops crops, mirrors and divides exactly, frames of any width", async () => {
  const gpu = await testGpu();
  const height = 4, width = 5;
  const images = new Tape(gpu).persistent("images", [4, 3, height, width]);
  const crops = await FrameCrops.create(gpu, images, 11);
  const rng = new Rng(3);
  const picture = (frameWidth: number, left: number, mirrorX: boolean, mirrorY: boolean) => ({
    rows: Uint8Array.from({ length: 3 * frameWidth * height }, () => rng.integer(256)),
    frameWidth,
    left,
    mirrorX,
    mirrorY,
  });
  const batch = [
    picture(11, 6, false, false),
    picture(5, 0, true, false),
    picture(7, 1, false, true),
    picture(10, 3, true, true),
  ];
  crops.run(batch);
  assertEquals(
    [...await new Tape(gpu).read(images)],
    batch.flatMap((picture) => cropped(picture, height, width)),
  );
});

Deno.test("FrameCrops gives every byte its fraction", async () => {
  const gpu = await testGpu();
  const images = new Tape(gpu).persistent("images", [1, 3, 4, 64]);
  const crops = await FrameCrops.create(gpu, images, 64);
  const rows = Uint8Array.from({ length: 768 }, (_, i) => i % 256);
  crops.run([{ rows, frameWidth: 64, left: 0, mirrorX: false, mirrorY: false }]);
  const values = await new Tape(gpu).read(images);
  const seen = new Map<number, number>();
  for (let channel = 0; channel < 3; channel++) {
    for (let pixel = 0; pixel < 256; pixel++) {
      seen.set(rows[3 * pixel + channel], values[channel * 256 + pixel]);
    }
  }
  assertEquals(seen.size, 256);
  for (const [byte, fraction] of seen) assertEquals(fraction, Math.fround(byte / 255));
});

Deno.test("FrameCrops refuses what does not fit", async () => {
  const gpu = await testGpu();
  const images = new Tape(gpu).persistent("images", [1, 3, 4, 4]);
  const crops = await FrameCrops.create(gpu, images, 6);
  const picture = { frameWidth: 6, left: 0, mirrorX: false, mirrorY: false };
  const rows = new Uint8Array(72);
  assertThrows(() => crops.run([]), Error, "a batch of 1 pictures: 0 are given");
  assertThrows(() => crops.run([{ ...picture, rows, left: 3 }]), Error, "4 columns from 3 on");
  assertThrows(() => crops.run([{ ...picture, rows: rows.slice(3) }]), Error, "69 bytes are given");
  assertThrows(
    () => crops.run([{ ...picture, frameWidth: 7, rows: new Uint8Array(84) }]),
    Error,
    "room for 72",
  );
});
