import { assert, assertEquals, assertThrows } from "@std/assert";
import { assignSlots, bytesAlive } from "../../../pipeline/compute/gpu/placement.ts";
import { scratchStorage } from "../../../pipeline/compute/gpu/tensor.ts";

Deno.test("assignSlots() reuses a slot after the last mention, never within one dispatch", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((label) => scratchStorage(label, 64));
  const { slots, slotOf } = assignSlots([
    { reads: [], writes: [a] },
    { reads: [a], writes: [b] },
    { reads: [b], writes: [c] },
    { reads: [c], writes: [d] },
  ]);
  assertEquals(slots.length, 2);
  assert(slotOf.get(a) === slotOf.get(c) && slotOf.get(b) === slotOf.get(d));
  assert(slotOf.get(a) !== slotOf.get(b));
});

Deno.test("assignSlots() keeps a value that a later dispatch reads", () => {
  const [a, b, c] = ["a", "b", "c"].map((label) => scratchStorage(label, 64));
  const { slotOf } = assignSlots([
    { reads: [], writes: [a] },
    { reads: [], writes: [b] },
    { reads: [b], writes: [c] },
    { reads: [a, c], writes: [] },
  ]);
  assertEquals(new Set([a, b, c].map((value) => slotOf.get(value))).size, 3);
});

Deno.test("assignSlots() prefers the smallest slot that fits and grows one where none does", () => {
  const big = scratchStorage("big", 1024), small = scratchStorage("small", 64);
  const next = scratchStorage("next", 64), huge = scratchStorage("huge", 4096);
  const { slots, slotOf } = assignSlots([
    { reads: [], writes: [big, small] },
    { reads: [], writes: [next] },
    { reads: [], writes: [huge] },
  ]);
  assert(slotOf.get(next) === slotOf.get(small));
  assert(slotOf.get(huge) === slotOf.get(big));
  assertEquals(slots.map(({ bytes }) => bytes).sort((x, y) => x - y), [64, 4096]);
});

Deno.test("assignSlots() refuses a value that nobody wrote", () => {
  const a = scratchStorage("a", 16);
  assertThrows(
    () => assignSlots([{ reads: [a], writes: [] }]),
    Error,
    "a: it is read before it is written",
  );
});

Deno.test("assignSlots() gives a GPU's dispatch that need not wait a slot of its own, and that slot to one that waits", () => {
  const [a, b, c, d] = ["a", "b", "c", "d"].map((label) => scratchStorage(label, 64));
  const big = scratchStorage("big", 1024);
  const dispatches = [
    { reads: [], writes: [a, big] },
    { reads: [a], writes: [b] },
    { reads: [], writes: [c] },
    { reads: [c, big], writes: [d] },
  ];
  const tight = assignSlots(dispatches).slotOf, apart = assignSlots(dispatches, "gpu").slotOf;
  assert(tight.get(c) === tight.get(a));
  assert(![a, b, big].some((storage) => apart.get(storage) === apart.get(c)));
  assert([a, b].some((storage) => apart.get(storage) === apart.get(d)));
});

Deno.test("assignSlots() has large values share slots on a GPU where memory would grow by more than three tenths", () => {
  const mebibyte = 1 << 20;
  const values = [1600, 512, 1600, 512, 1600, 512].map((size, i) =>
    scratchStorage(`value ${i}`, size * mebibyte)
  );
  const dispatches = values.map((value) => ({ reads: [], writes: [value] }));
  assertEquals(bytesAlive(dispatches), 1600 * mebibyte);
  const sizes = (count: number) =>
    assignSlots(dispatches.slice(0, count), "gpu").slots.map(({ bytes }) => bytes / mebibyte);
  assertEquals(sizes(2), [1600], "512 more would be too much");
  const small = scratchStorage("small", 400 * mebibyte);
  const { slots } = assignSlots([...dispatches, { reads: [], writes: [small] }], "gpu");
  assertEquals(slots.map(({ bytes }) => bytes / mebibyte), [1600, 400]);
});

Deno.test("assignSlots() gives every value that need not wait a slot on a GPU where all are small", () => {
  const values = Array.from({ length: 8 }, (_, i) => scratchStorage(`value ${i}`, 64));
  const dispatches = values.map((value) => ({ reads: [], writes: [value] }));
  assertEquals(assignSlots(dispatches).slots.length, 1);
  assertEquals(assignSlots(dispatches, "gpu").slots.length, 8);
});
