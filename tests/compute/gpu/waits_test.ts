import { assertEquals } from "@std/assert";
import { scratchStorage, type Storage } from "../../../pipeline/compute/gpu/tensor.ts";
import { countWaits, type Mentions } from "../../../pipeline/compute/gpu/waits.ts";

const [a, b, c, d] = ["a", "b", "c", "d"].map((label) => scratchStorage(label, 16));
const own = (storage: Storage) => storage;
const reading = (...reads: Storage[]) => ({ to: (...writes: Storage[]) => ({ reads, writes }) });

Deno.test("countWaits() counts a read after a write once, until the next write", () => {
  const dispatches = [
    reading().to(a),
    reading(a).to(b), // waits for a
    reading(a).to(c),
    reading(a, b).to(d), // waits for b
    reading().to(a), // waits: a was read
  ];
  assertEquals(countWaits(dispatches, own), 3);
});

Deno.test("countWaits() lets dispatches that share what they read follow each other freely", () => {
  assertEquals(countWaits([reading(a).to(b), reading(a).to(c), reading(a, a).to(d)], own), 0);
});

Deno.test("countWaits() has the second of two writes to one buffer wait, however long ago the first was", () => {
  const between: Mentions[] = [reading(b).to(c), reading(b).to(d), reading(d).to()];
  assertEquals(countWaits([reading().to(a), ...between, reading().to(a)], own), 2);
});

Deno.test("countWaits() has a write wait for what shared its buffer", () => {
  const dispatches = [reading(a).to(b), reading(a).to(c)];
  assertEquals(countWaits(dispatches, own), 0);
  assertEquals(countWaits(dispatches, (storage) => storage === a ? a : "shared"), 1);
});
