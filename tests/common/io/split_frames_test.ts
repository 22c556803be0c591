import { assert, assertEquals, assertRejects } from "@std/assert";
import { packSplit } from "../../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../../pipeline/common/io/pair.ts";
import { SplitFrames } from "../../../pipeline/common/io/split_frames.ts";

const FOLDER = "results/preprocess/train";

function pairOf(index: number): FramePair {
  const width = 3 + index, height = 4;
  const frame = (which: number) =>
    Uint8Array.from({ length: 3 * width * height }, (_, i) => (50 * index + 7 * which + i) % 256);
  return {
    name: `scene/${index}`,
    scene: "scene",
    dataset: "test",
    width,
    height,
    frame1: frame(1),
    frame2: frame(2),
    flow: new Float32Array(2 * width * height),
  };
}

const pairs = [0, 1, 2].map(pairOf);

/** The split in memory, two pairs a shard, and how many bytes were asked for. */
async function packed() {
  const files = new Map<string, Uint8Array>();
  const write = (name: string, bytes: Uint8Array) => Promise.resolve(void files.set(name, bytes));
  await packSplit("train", pairs, write, { shardBytes: 500 });
  let asked = 0;
  const open = () =>
    SplitFrames.open({
      read: (name) => Promise.resolve(files.get(name)!),
      size(name) {
        const bytes = files.get(name);
        // As the file system says it.
        const missing = new Deno.errors.NotFound("No such file or directory (os error 2)");
        return bytes ? Promise.resolve(bytes.length) : Promise.reject(missing);
      },
      readRange(name, from, into) {
        asked += into.length;
        into.set(files.get(name)!.subarray(from, from + into.length));
        return Promise.resolve();
      },
    }, FOLDER);
  return { files, open, asked: () => asked };
}

Deno.test("SplitFrames reads rows of frames from all shards, and little else", async () => {
  const { files, open, asked } = await packed();
  assertEquals([...files.keys()].sort(), [
    "00000.safetensors",
    "00001.safetensors",
    "index.json",
  ]);
  const frames = await open();
  assertEquals(frames.pairs.map(({ name, width }) => [name, width]), [
    ["scene/0", 3],
    ["scene/1", 4],
    ["scene/2", 5],
  ]);
  for (const [index, pair] of frames.pairs.entries()) {
    const { frame1, frame2, width } = pairs[index];
    const rows = (frame: Uint8Array) => frame.subarray(3 * width, 9 * width);
    assertEquals(await frames.rows(pair, "frame1", 1, 2), rows(frame1));
    assertEquals(await frames.rows(pair, "frame2", 1, 2), rows(frame2));
  }
  const before = asked();
  await frames.rows(frames.pairs[2], "frame2", 3, 1);
  assertEquals(asked() - before, 15);
});

Deno.test("SplitFrames reads into memory that was given back, as far as it is large enough", async () => {
  const { open } = await packed();
  const frames = await open();
  const [narrow, , wide] = frames.pairs;
  const large = await frames.rows(wide, "frame1", 0, 2);
  const kept = await frames.rows(wide, "frame2", 0, 2);
  const [memory, before] = [large.buffer, kept.slice()];
  frames.giveBack(large);
  const small = await frames.rows(narrow, "frame1", 1, 2);
  assert(small.buffer === memory);
  assertEquals(small, pairs[0].frame1.subarray(9, 27));
  assertEquals(kept, before);
  frames.giveBack(small);
  const larger = await frames.rows(wide, "frame1", 0, 3);
  assert(larger.buffer !== memory);
  assertEquals(larger, pairs[2].frame1.subarray(0, 45));
});

Deno.test("SplitFrames names a shard that is not there, and what makes it anew", async () => {
  const { files, open } = await packed();
  const frames = await open();
  files.delete("00001.safetensors");
  await assertRejects(
    () => frames.rows(frames.pairs[2], "frame1", 0, 1),
    Error,
    `Cannot read ${FOLDER}/00001.safetensors: there is no such file. Make it anew with: ./run dvc repro -f preprocess`,
  );
});

Deno.test("SplitFrames names a shard that is cut or of another split", async () => {
  const cut = await packed();
  const shard = cut.files.get("00001.safetensors")!;
  cut.files.set("00001.safetensors", shard.subarray(0, shard.length - 1));
  const frames = await cut.open();
  await frames.rows(frames.pairs[0], "frame1", 0, 1);
  await assertRejects(
    () => frames.rows(frames.pairs[2], "frame1", 0, 1),
    Error,
    `Cannot read ${FOLDER}/00001.safetensors: `,
  );
  const mixed = await packed();
  mixed.files.set("00001.safetensors", mixed.files.get("00000.safetensors")!);
  const other = await mixed.open();
  await assertRejects(
    () => other.rows(other.pairs[2], "frame1", 0, 1),
    Error,
    "its tensor scene/2/frame1 should be U8 [4,5,3] and is not there",
  );
});
