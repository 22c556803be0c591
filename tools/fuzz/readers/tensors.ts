/** Readers of safetensors files and of what this project stores in them. */
import { packSplit, unpackSplit } from "../../../pipeline/common/io/pack.ts";
import { readSafetensors, writeSafetensors } from "../../../pipeline/common/io/safetensors.ts";
import { readModel, writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { describePwcLite } from "../../../pipeline/compute/network/pwclite.ts";
import { fileShape } from "../../../pipeline/compute/parameters.ts";
import {
  readPhotographs,
  writePhotographs,
} from "../../../pipeline/photo_scenes/photograph_file.ts";
import { packPair } from "../../../pipeline/picture/viewer/pack.ts";
import { readViewer, writeViewer } from "../../../pipeline/picture/viewer/viewer_file.ts";
import { withHeader } from "../mutations/safetensors.ts";
import { bytesOf, type Make, type Reader } from "../reader.ts";
import { samplePair } from "../samples.ts";

const SHARD = "00000.safetensors";
const FOLDER = "results/preprocess/train";
const INDEX = "index.json";
const DEPTH = 100_000;

const tensor = (entry: unknown, data = 16) =>
  withHeader(JSON.stringify({ t: entry }), new Uint8Array(data));

/** What is wrong with any safetensors file. */
const HOSTILE: Readonly<Record<string, Make>> = {
  empty: () => new Uint8Array(0),
  "no header": () => new Uint8Array(8),
  "a header of 2^64 - 1 bytes": () => new Uint8Array(8).fill(255),
  "a header that is a list": () => withHeader("[]", new Uint8Array(0)),
  "a header that is null": () => withHeader("null", new Uint8Array(0)),
  "an entry that is null": () => tensor(null),
  "no offsets": () => tensor({ dtype: "U8", shape: [16] }),
  "offsets of text": () => tensor({ dtype: "U8", shape: [16], data_offsets: ["0", "16"] }),
  "a negative side": () => tensor({ dtype: "U8", shape: [-4, -4], data_offsets: [0, 16] }),
  "half a side": () => tensor({ dtype: "U8", shape: [0.5, 32], data_offsets: [0, 16] }),
  "a shape of text": () => tensor({ dtype: "U8", shape: "16", data_offsets: [0, 16] }),
  "offsets within an element": () => tensor({ dtype: "F32", shape: [2], data_offsets: [0.5, 8.5] }),
  "a type of the prototype": () =>
    tensor({ dtype: "constructor", shape: [16], data_offsets: [0, 16] }),
  "16-bit floats": () => tensor({ dtype: "F16", shape: [8], data_offsets: [0, 16] }),
  "data nobody names": () => tensor({ dtype: "U8", shape: [8], data_offsets: [0, 8] }),
  "two of the same bytes": () =>
    withHeader(
      JSON.stringify({
        a: { dtype: "U8", shape: [16], data_offsets: [0, 16] },
        b: { dtype: "U8", shape: [16], data_offsets: [0, 16] },
      }),
      new Uint8Array(16),
    ),
  "a key twice": () =>
    withHeader(
      `{"a":{"dtype":"U8","shape":[8],"data_offsets":[0,8]},` +
        `"a":{"dtype":"U8","shape":[8],"data_offsets":[8,16]}}`,
      new Uint8Array(16),
    ),
  "metadata that is a number": () => withHeader(`{"__metadata__":7}`, new Uint8Array(0)),
  "a header nested too deep": () =>
    withHeader(`{"t":${"[".repeat(DEPTH)}${"]".repeat(DEPTH)}}`, new Uint8Array(0)),
  "300000 empty tensors": () => emptyTensors(300_000),
  "a header of 58 MB": () => emptyTensors(1_000_000),
  "a shape of 4 million sides": () =>
    tensor({ dtype: "U8", shape: new Array(4_000_000).fill(0), data_offsets: [0, 0] }, 0),
  "800000 metadata": () =>
    withHeader(
      `{"__metadata__":{${Array.from({ length: 800_000 }, (_, i) => `"k${i}":""`).join()}}}`,
      new Uint8Array(0),
    ),
};

function emptyTensors(count: number): Uint8Array {
  const entries = Array.from(
    { length: count },
    (_, i) => `"t${i}":{"dtype":"U8","shape":[0],"data_offsets":[0,0]}`,
  );
  return withHeader(`{${entries.join()}}`, new Uint8Array(0));
}

const HEAVY: Readonly<Record<string, Make>> = {
  "20000 empty tensors": () => emptyTensors(20_000),
  "metadata of 32 MB, all of it escaped": () =>
    withHeader(`{"__metadata__":{"k":"${'\\"'.repeat(16_000_000)}"}}`, new Uint8Array(0)),
};

function sampleModel(): Uint8Array {
  const settings = { width: 0.05, normaliseFeatures: true, centreInput: true };
  const weights = new Map(
    describePwcLite(settings.width).map((description) => [
      description.name,
      new Float32Array(fileShape(description).reduce((product, side) => product * side, 1)).fill(
        0.5,
      ),
    ]),
  );
  return writeModel({ settings, weights, madeBy: { pretrain: { steps: 3, seed: 1 } } });
}

function sampleViewer(): Uint8Array {
  const pairs = ["a", "b"].map((name) => packPair(samplePair(name), samplePair("p").flow!));
  return writeViewer({ drawn: { flowMaximum: 8.5, pairs } });
}

/** The files of a split of three pairs in two shards. */
async function sampleSplit(): Promise<Map<string, Uint8Array>> {
  const files = new Map<string, Uint8Array>();
  const pairs = ["a", "b/frame_0001", "c"].map(samplePair);
  await packSplit("train", pairs, (name, bytes) => {
    files.set(name, bytes);
    return Promise.resolve();
  }, { shardBytes: 3000 });
  return files;
}

/** Reads a split one file of which is another. */
async function readSplitWith(changed: string, bytes: Uint8Array) {
  const files = (await sampleSplit()).set(changed, bytes);
  return await unpackSplit((name) => {
    const content = files.get(name);
    // As the file system says it.
    return content ? Promise.resolve(content) : Promise.reject(
      new Deno.errors.NotFound(`No such file or directory (os error 2): readfile '${name}'`),
    );
  }, FOLDER);
}

const index = (content: unknown) => () => bytesOf(JSON.stringify(content));
const PAIR = { name: "a", scene: "a", dataset: "drawn", shard: SHARD, width: 7, height: 5 };

export const TENSOR_READERS: readonly Reader[] = [
  {
    name: "safetensors",
    form: "safetensors",
    file: "weights.safetensors",
    samples: {
      "all types": () =>
        writeSafetensors([
          ["a", { shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => i / 7) }],
          ["b/c", { shape: [2], data: Float64Array.of(1, -2) }],
          ["d", { shape: [], data: Int32Array.of(-5) }],
          ["e", { shape: [3, 0], data: new Uint8Array(0) }],
          ["f", { shape: [5], data: Uint8Array.of(1, 2, 3, 4, 5) }],
        ], { made_by: "hand" }),
    },
    hostile: HOSTILE,
    heavy: HEAVY,
    read: readSafetensors,
  },
  {
    name: "model",
    form: "safetensors",
    file: "results/train/model.safetensors",
    samples: { "smallest network": sampleModel },
    hostile: {
      "another file": () => writeSafetensors([["a", { shape: [1], data: Float32Array.of(1) }]]),
      "settings that are no JSON": () => writeSafetensors([], { settings: "{" }),
      "made by a list": () =>
        writeSafetensors([], {
          settings: JSON.stringify({ width: 1, normalise_features: true, centre_input: true }),
          made_by: "[",
        }),
      "a network of width 1e9": () =>
        writeSafetensors([], {
          settings: JSON.stringify({ width: 1e9, normalise_features: true, centre_input: true }),
        }),
    },
    read: readModel,
  },
  {
    name: "split shard",
    form: "safetensors",
    file: SHARD,
    samples: { "two pairs": async () => (await sampleSplit()).get(SHARD)! },
    hostile: { empty: () => new Uint8Array(0), "another file": () => sampleModel() },
    read: (bytes) => readSplitWith(SHARD, bytes),
  },
  {
    name: "split index",
    form: "json",
    file: INDEX,
    // The shard that it names, which may not be there.
    alsoNamed: () => [`${FOLDER}/`],
    samples: { "three pairs": async () => (await sampleSplit()).get(INDEX)! },
    hostile: {
      empty: () => new Uint8Array(0),
      null: index(null),
      "a pair that is null": index({ split: "train", dataset: "drawn", pairs: [null] }),
      "a shard outside": index({ split: "train", pairs: [{ ...PAIR, shard: "../../x" }] }),
      "a shard that is not there": index({ split: "train", pairs: [{ ...PAIR, shard: "9" }] }),
      "no side": index({ split: "train", pairs: [{ ...PAIR, width: 0, height: 0 }] }),
      "sides of text": index({ split: "train", pairs: [{ ...PAIR, width: "7", height: "5" }] }),
      "sides exchanged by factors": index({
        split: "train",
        dataset: "drawn",
        pairs: [{ ...PAIR, width: 35, height: 1 }],
      }),
    },
    read: (bytes) => readSplitWith(INDEX, bytes),
  },
  {
    name: "viewer",
    form: "safetensors",
    file: "results/evaluate/viewer.safetensors",
    samples: { "two pairs": sampleViewer },
    hostile: {
      "another file": () => sampleModel(),
      "content that is no JSON": () => writeSafetensors([], { content: "{" }),
      "a pair without bytes": () =>
        writeSafetensors([], {
          content: JSON.stringify({
            flow_maximum_px: { drawn: 1 },
            pairs: [{
              dataset: "drawn",
              name: "a",
              width: 1,
              height: 1,
              full: { width: 1, height: 1 },
              left: 0,
              top: 0,
              occlusion: false,
            }],
          }),
        }),
    },
    read: (bytes, file) => readViewer(bytes, file, "evaluate"),
  },
  {
    name: "photographs",
    form: "safetensors",
    file: "results/textures/photographs.safetensors",
    samples: {
      two: () =>
        writePhotographs([
          { name: "a", width: 4, height: 3, data: new Uint8Array(36).fill(7) },
          { name: "b", width: 2, height: 5, data: new Uint8Array(30).fill(9) },
        ]),
    },
    hostile: {
      "none at all": () => writeSafetensors([]),
      "another file": () => sampleModel(),
      "numbers of 32 bits": () =>
        writeSafetensors([["a", { shape: [1, 1, 3], data: new Float32Array(3) }]]),
      "grey": () => writeSafetensors([["a", { shape: [4, 4], data: new Uint8Array(16) }]]),
      "no side": () => writeSafetensors([["a", { shape: [0, 4, 3], data: new Uint8Array(0) }]]),
    },
    read: readPhotographs,
  },
];
