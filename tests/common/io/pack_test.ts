import { assertEquals, assertRejects } from "@std/assert";
import { spy } from "@std/testing/mock";
import { packSplit, streamSplit, unpackSplit } from "../../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../../pipeline/common/io/pair.ts";
import { drawScenes } from "../../../pipeline/pairs/scenes.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

/** Files in memory. */
function memory() {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    write: (name: string, bytes: Uint8Array) => Promise.resolve(void files.set(name, bytes)),
    read: (name: string) => Promise.resolve(files.get(name)!),
  };
}

const scenes = () => [...drawScenes(new Rng(1), { split: "s", count: 5, size: 16 })];
const plain = (name: string): FramePair => ({
  name,
  scene: "s",
  dataset: "real",
  width: 3,
  height: 2,
  frame1: new Uint8Array(18).fill(1),
  frame2: new Uint8Array(18).fill(2),
});

Deno.test("packSplit()", async (t) => {
  await t.step("gives back every array, in order, from one shard", async () => {
    const { files, write, read } = memory();
    const index = await packSplit("scenes_train", scenes(), write);
    assertEquals([...files.keys()], ["00000.safetensors", "index.json"]);
    assertEquals([index.split, index.dataset, index.pairs.length], ["scenes_train", "scenes", 5]);
    assertEquals(await unpackSplit(read), scenes());
  });
  await t.step("starts a new shard before one grows too large", async () => {
    const { files, write, read } = memory();
    // A scene of 16 x 16 takes 16 * 16 * (3 + 3 + 8 + 8 + 1 + 1 + 1) = 6400 bytes.
    await packSplit("scenes_train", scenes(), write, { shardBytes: 2 * 6400 });
    assertEquals([...files.keys()].slice(0, 3), [
      "00000.safetensors",
      "00001.safetensors",
      "00002.safetensors",
    ]);
    assertEquals(await unpackSplit(read), scenes());
  });
  await t.step("writes the same bytes twice", async () => {
    const first = memory(), second = memory();
    await packSplit("s", scenes(), first.write);
    await packSplit("s", scenes(), second.write);
    assertEquals(first.files, second.files);
  });
  await t.step("keeps absent truth absent and takes names with slashes", async () => {
    const { write, read } = memory();
    await packSplit("real_train", [plain("market_5/frame_0002")], write);
    assertEquals(await unpackSplit(read), [plain("market_5/frame_0002")]);
  });
  await t.step("an empty split is an index without shards", async () => {
    const { files, write, read } = memory();
    await packSplit("real_train", [], write);
    assertEquals([...files.keys()], ["index.json"]);
    assertEquals(await unpackSplit(read), []);
  });
  await t.step("names the data sets of a mixed split", async () => {
    const other = { ...plain("b"), dataset: "other" };
    const index = await packSplit("real_train", [plain("a"), other], memory().write);
    assertEquals(index.dataset, "real, other");
  });
});

Deno.test("packSplit() refuses", async (t) => {
  const pack = (pairs: FramePair[]) => packSplit("split", pairs, memory().write);
  await t.step("two pairs of one name", async () => {
    await assertRejects(() => pack([plain("a"), plain("a")]), Error, "two pairs are called a");
  });
  await t.step("an array of the wrong length", async () => {
    const short = { ...plain("a"), frame2: new Uint8Array(17) };
    await assertRejects(
      () => pack([short]),
      Error,
      "frame2 must hold 3 x 2 x 3 = 18 values, got 17",
    );
  });
  await t.step("flow that is not a number", async () => {
    const flow = new Float32Array(12);
    flow[9] = NaN;
    await assertRejects(
      () => pack([{ ...plain("a"), flow }]),
      Error,
      "flow at pixel (1, 1) is NaN",
    );
  });
});

Deno.test("streamSplit() reads each shard once", async () => {
  const { write, read } = memory();
  await packSplit("s", scenes(), write, { shardBytes: 2 * 6400 });
  const reading = spy(read);
  const pairs = await Array.fromAsync(streamSplit(reading));
  assertEquals(pairs.length, 5);
  assertEquals(reading.calls.map(({ args: [name] }) => name), [
    "index.json",
    "00000.safetensors",
    "00001.safetensors",
    "00002.safetensors",
  ]);
});

Deno.test("unpackSplit() names what is wrong", async (t) => {
  await t.step("an index that is not JSON", async () => {
    const read = () => Promise.resolve(new TextEncoder().encode("{"));
    await assertRejects(() => unpackSplit(read), Error, "Cannot read index.json");
  });
  await t.step("a truncated shard", async () => {
    const { files, write, read } = memory();
    await packSplit("s", [plain("a")], write);
    files.set("00000.safetensors", files.get("00000.safetensors")!.subarray(0, -4));
    await assertRejects(() => unpackSplit(read), Error, "00000.safetensors");
  });
  await t.step("a pair that its shard does not hold", async () => {
    const { files, write, read } = memory();
    await packSplit("s", [plain("a")], write);
    const index = new TextDecoder().decode(files.get("index.json")).replace('"a"', '"b"');
    files.set("index.json", new TextEncoder().encode(index));
    await assertRejects(() => unpackSplit(read), Error, "holds no tensor b/frame1");
  });
});
