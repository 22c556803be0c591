import { assertEquals } from "@std/assert";
import {
  activationBytes,
  channelSlots,
  packActivation,
  packWeight,
  slotCount,
  unpackActivation,
  unpackWeight,
  weightFloats,
} from "../../../pipeline/compute/gpu/layout.ts";

const counting = (length: number) => Float32Array.from({ length }, (_, i) => i + 1);

Deno.test("slotCount() and channelSlots() pad every part of a concatenation to four", () => {
  assertEquals(slotCount([81, 32, 2]), 84 + 32 + 4);
  assertEquals(channelSlots([3, 2]), [0, 1, 2, 4, 5]);
  assertEquals(activationBytes([2, 5, 3, 7], [3, 2]), 2 * 3 * 7 * 8 * 4);
});

Deno.test("packActivation() puts channels last and zeros into the padding", () => {
  const packed = packActivation(counting(2 * 3 * 1 * 2), [2, 3, 1, 2]);
  assertEquals([...packed], [1, 3, 5, 0, 2, 4, 6, 0, 7, 9, 11, 0, 8, 10, 12, 0]);
});

Deno.test("unpackActivation() undoes packActivation(), also for concatenations", () => {
  const data = counting(2 * 8 * 5 * 3);
  const packed = packActivation(data, [2, 8, 5, 3], [5, 1, 2]);
  assertEquals(packed.length, 2 * 5 * 3 * 16);
  assertEquals(unpackActivation(packed, [2, 8, 5, 3], [5, 1, 2]), data);
});

Deno.test("packWeight() orders [tap][input slot][output slot]", () => {
  const shape = [2, 3, 3, 3] as const;
  const segments = [1, 2];
  const data = counting(2 * 3 * 9);
  const out = new Float32Array(4 + weightFloats(shape, segments));
  packWeight(data, shape, segments, out, 4);
  assertEquals(weightFloats(shape, segments), 9 * 8 * 4);
  // output 1, input 2 (slot 5), tap 7 is file index (1 * 3 + 2) * 9 + 7.
  assertEquals(out[4 + (7 * 8 + 5) * 4 + 1], data[(1 * 3 + 2) * 9 + 7]);
  assertEquals(out.filter((value) => value !== 0).length, data.length);
  assertEquals(unpackWeight(out, 4, shape, segments), data);
});
