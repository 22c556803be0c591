import { assertEquals, assertRejects } from "@std/assert";
import type { FramePair } from "../../../pipeline/common/io/pair.ts";
import { unpackSplit } from "../../../pipeline/common/io/pack.ts";
import { packSplits, type PlannedSplit } from "../../../pipeline/common/io/planned_splits.ts";

function pairOf(name: string, dataset: string): FramePair {
  const frame = new Uint8Array(3 * 2 * 2).fill(name.length);
  return { name, scene: name, dataset, width: 2, height: 2, frame1: frame, frame2: frame };
}

const PLANNED: readonly PlannedSplit[] = [
  { split: "first", truth: false, count: 2, pairs: () => [pairOf("a", "x"), pairOf("bb", "y")] },
  {
    split: "second",
    truth: true,
    count: 1,
    async *pairs() {
      yield await Promise.resolve(pairOf("ccc", "z"));
    },
  },
];

Deno.test("packSplits() packs one split after another, and counts over all of them", async () => {
  const files = new Map<string, Uint8Array>();
  const counted: string[] = [];
  const summaries = await packSplits(PLANNED, {
    write: (split, name, bytes) => Promise.resolve(void files.set(`${split}/${name}`, bytes)),
    onPair: (done, total, split) => counted.push(`${done}/${total} ${split}`),
  });
  assertEquals(summaries, [
    { split: "first", dataset: "x, y", pairs: 2, truth: false },
    { split: "second", dataset: "z", pairs: 1, truth: true },
  ]);
  assertEquals(counted, ["1/3 first", "2/3 first", "3/3 second"]);
  const [pair] = await unpackSplit((name) => Promise.resolve(files.get(`second/${name}`)!), "");
  assertEquals([pair.name, pair.frame1[0]], ["ccc", 3]);
});

Deno.test("packSplits() ends where a pair cannot be drawn", async () => {
  const failing: PlannedSplit = {
    split: "third",
    truth: true,
    count: 1,
    pairs() {
      throw new Error("no such pair");
    },
  };
  const written: string[] = [];
  await assertRejects(
    () =>
      packSplits([...PLANNED, failing], {
        write: (split) => Promise.resolve(void written.push(split)),
      }),
    Error,
    "no such pair",
  );
  assertEquals([...new Set(written)], ["first", "second"]);
});
