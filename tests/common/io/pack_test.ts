import {
  assert,
  assertEquals,
  assertMatch,
  assertNotEquals,
  assertRejects,
  assertStringIncludes,
} from "@std/assert";
import { spy } from "@std/testing/mock";
import { packSplit, streamSplit, unpackSplit } from "../../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../../pipeline/common/io/pair.ts";
import { readSafetensors, writeSafetensors } from "../../../pipeline/common/io/safetensors.ts";
import { drawScenes } from "../../../pipeline/pairs/scenes.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { mutate } from "./_mutate.ts";

/** Files in memory. */
function memory() {
  const files = new Map<string, Uint8Array>();
  return {
    files,
    write: (name: string, bytes: Uint8Array) => Promise.resolve(void files.set(name, bytes)),
    read: (name: string) => {
      const bytes = files.get(name);
      return bytes ? Promise.resolve(bytes) : Promise.reject(new Deno.errors.NotFound(name));
    },
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
    assertEquals(await unpackSplit(read, "s"), scenes());
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
    assertEquals(await unpackSplit(read, "s"), scenes());
  });
  await t.step("starts a new shard before its header grows too long", async () => {
    const { files, write, read } = memory();
    // Of a scene's eight arrays, seven.
    await packSplit("scenes_train", scenes(), write, { shardTensors: 20 });
    assertEquals([...files.keys()].length, 4);
    assertEquals(await unpackSplit(read, "s"), scenes());
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
    assertEquals(await unpackSplit(read, "s"), [plain("market_5/frame_0002")]);
  });
  await t.step("an empty split is an index without shards", async () => {
    const { files, write, read } = memory();
    await packSplit("real_train", [], write);
    assertEquals([...files.keys()], ["index.json"]);
    assertEquals(await unpackSplit(read, "s"), []);
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
  const pairs = await Array.fromAsync(streamSplit(reading, "s"));
  assertEquals(pairs.length, 5);
  assertEquals(reading.calls.map(({ args: [name] }) => name), [
    "index.json",
    "00000.safetensors",
    "00001.safetensors",
    "00002.safetensors",
  ]);
});

/** What is said of a split whose index was edited. */
async function refused(
  from: string | RegExp,
  to: string,
  messages: string[],
  pairs = [plain("a")],
  comma = /^$/,
): Promise<void> {
  const { files, write, read } = memory();
  await packSplit("s", pairs, write);
  const index = new TextDecoder().decode(files.get("index.json"));
  const edited = index.replace(from, to).replace(comma, "[");
  assertNotEquals(edited, index);
  files.set("index.json", new TextEncoder().encode(edited));
  const { message } = await assertRejects(() => unpackSplit(read, "s"), Error);
  for (const part of messages) assertStringIncludes(message, part);
}

Deno.test("unpackSplit() names what is wrong", async (t) => {
  await t.step("an index that is not JSON", async () => {
    const read = () => Promise.resolve(new TextEncoder().encode("{"));
    await assertRejects(
      () => unpackSplit(read, "s"),
      Error,
      "Cannot read s/index.json: it is not JSON",
    );
  });
  await t.step("a truncated shard", async () => {
    const { files, write, read } = memory();
    await packSplit("s", [plain("a")], write);
    files.set("00000.safetensors", files.get("00000.safetensors")!.subarray(0, -4));
    await assertRejects(
      () => unpackSplit(read, "s"),
      Error,
      "Cannot read s/00000.safetensors: tensor",
    );
  });
  await t.step("a pair that its shard does not hold", () =>
    refused('"a"', '"b"', [
      "Cannot read s/00000.safetensors: it holds no tensor b/frame1",
      "Make it anew with: ./run dvc repro -f preprocess",
    ]));
  await t.step(
    "a size that is not the one of the frames",
    () =>
      refused('"width": 3', '"width": 2', [
        'Cannot read s/00000.safetensors, tensor "a/frame1": it is U8 [2,3,3], wanted is U8 [2,2,3]',
      ]),
  );
  await t.step("entries that are none", async () => {
    await refused('"width": 3', '"width": 1.5', ["pairs[0].width must be a whole number, got 1.5"]);
    await refused('"height": 2', '"height": 1e9', ["pairs[0].height must be at most 65536"]);
    await refused('"00000.s', '"../00000.s', ["pairs[0].shard must be the name of a shard"]);
    await refused('"scene"', '"name"', ['the key "name" stands there twice']);
    await refused('"scene"', '"seen"', ["pairs[0].scene must be text, got nothing"]);
    await refused('"pairs"', '"pear"', ["Cannot read s/index.json: pairs must be a list"]);
  });
  await t.step("a shard that is not there", () =>
    refused("00000.s", "00007.s", [
      "Cannot read s/00007.safetensors: there is no such file. Make it anew with",
    ]));
  await t.step("two pairs of one name", () =>
    refused(/(\{\s*"name"[^}]*\})/, "$1, $1", [
      "Cannot read s/index.json: two pairs are called a.",
    ]));
  await t.step("a tensor that no pair takes", () =>
    refused(
      /\{\s*"name": "b"[^}]*\}/,
      "",
      [
        'Cannot read s/00000.safetensors: index.json lists no pair for its tensor "b/frame1"',
      ],
      [plain("b"), plain("a")],
      /\[\s*,/,
    ));
  await t.step("flow of another type", async () => {
    const { files, write, read } = memory();
    const flow = new Float32Array(12);
    await packSplit("s", [{ ...plain("a"), flow }], write);
    const { tensors } = readSafetensors(files.get("00000.safetensors")!, "s");
    tensors.set("a/flow", { shape: [2, 3, 2], data: new Int32Array(12) });
    files.set("00000.safetensors", writeSafetensors(tensors));
    await assertRejects(() => unpackSplit(read, "s"), Error, "it is I32 [2,3,2], wanted is F32");
    flow[1] = Infinity;
    tensors.set("a/flow", { shape: [2, 3, 2], data: flow });
    files.set("00000.safetensors", writeSafetensors(tensors));
    await assertRejects(
      () => unpackSplit(read, "s"),
      Error,
      "Cannot use s/00000.safetensors, pair a: flow at pixel (0, 0) is Infinity",
    );
  });
});

Deno.test("a changed index gives all that it says, or an error with its name", async () => {
  const { files, write, read } = memory();
  await packSplit("s", [plain("a"), plain("b")], write);
  const whole = new TextDecoder().decode(files.get("index.json"));
  const rng = new Rng(3);
  let taken = 0;
  for (let i = 0; i < 400; i++) {
    const mutated = mutate(whole, rng);
    files.set("index.json", new TextEncoder().encode(mutated));
    try {
      const pairs = await unpackSplit(read, "s");
      const entries = JSON.parse(mutated).pairs;
      assertEquals(
        pairs.map(({ name, scene, dataset, width, height }) => ({
          name,
          scene,
          dataset,
          width,
          height,
        })),
        entries.map(({ shard: _, ...entry }: { shard: string }) => entry),
      );
      taken++;
    } catch (error) {
      assertMatch(
        (error as Error).message,
        /^Cannot (read|use) s\/(index\.json|\d+\.safetensors)/,
      );
    }
  }
  assert(taken > 20 && taken < 380, `${taken} of 400 were read`);
});
