/**
 * Packed splits: few large files instead of thousands of small ones. A split is an index.json and
 * shards NNNNN.safetensors with keys `PAIR/frame1`, `PAIR/flow` ...; pairs keep their order and
 * the same pairs always give the same bytes.
 */
import { z } from "zod";
import { parseJson } from "./json.ts";
import {
  dtypeOf,
  MOST_TENSORS,
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from "./safetensors.ts";
import { unreadable } from "./text.ts";
import { checkPair, type FramePair, PAIR_ARRAYS, type PairArray } from "./pair.ts";

/**
 * A shard is closed before it grows beyond this many bytes of tensors. While it is written, all of it is in memory twice; and
 * training keeps a file open for each.
 */
export const SHARD_BYTES = 64 * 1024 * 1024;

/** Keys in the files; snake case like every name in them. */
const FILE_KEYS: Record<PairArray, string> = {
  frame1: "frame1",
  frame2: "frame2",
  flow: "flow",
  flowBackward: "flow_backward",
  valid: "valid",
  occluded: "occluded",
  occludedBackward: "occluded_backward",
  foreground: "foreground",
};

const ARRAY_NAMES = Object.keys(PAIR_ARRAYS) as PairArray[];
const INDEX = "index.json";
/** What to do about a split that cannot be read. */
export const MEND = "Make it anew with: ./run dvc repro -f preprocess";

const side = z.int().min(1).max(1 << 16);
const entrySchema = z.strictObject({
  name: z.string(),
  scene: z.string(),
  dataset: z.string(),
  shard: z.string().regex(/^\d{5,}\.safetensors$/, { error: "must be the name of a shard" }),
  width: side,
  height: side,
});
const indexSchema = z.strictObject({
  split: z.string(),
  /** The data sets of the pairs, joined by ", " where a split mixes several. */
  dataset: z.string(),
  pairs: z.array(entrySchema),
});

export type SplitIndex = z.infer<typeof indexSchema>;
export type IndexEntry = z.infer<typeof entrySchema>;

/**
 * Writes a split: its shards as they fill up, then index.json.
 * @param write receives file names inside the split's folder
 * @throws {Error} when two pairs share a name or a pair is inconsistent (checkPair)
 */
export async function packSplit(
  split: string,
  pairs: Iterable<FramePair> | AsyncIterable<FramePair>,
  write: (fileName: string, bytes: Uint8Array) => Promise<void>,
  { shardBytes = SHARD_BYTES, shardTensors = MOST_TENSORS } = {},
): Promise<SplitIndex> {
  const entries: IndexEntry[] = [];
  const names = new Set<string>();
  let shardCount = 0, size = 0;
  let tensors: [string, NamedTensor][] = [];
  const shardName = () => `${String(shardCount).padStart(5, "0")}.safetensors`;
  const flush = async () => {
    if (tensors.length === 0) return;
    await write(shardName(), writeSafetensors(tensors));
    tensors = [];
    size = 0;
    shardCount++;
  };
  for await (const pair of pairs) {
    checkPair(pair);
    if (names.has(pair.name)) {
      throw new Error(`Cannot pack split ${split}: two pairs are called ${pair.name}.`);
    }
    names.add(pair.name);
    const added = pairTensors(pair);
    const bytes = added.reduce((sum, [, { data }]) => sum + data.byteLength, 0);
    const full = tensors.length + added.length > shardTensors;
    if (full || size + bytes > shardBytes) await flush();
    tensors.push(...added);
    size += bytes;
    const { name, scene, dataset, width, height } = pair;
    entries.push({ name, scene, dataset, shard: shardName(), width, height });
  }
  await flush();
  const dataset = [...new Set(entries.map((entry) => entry.dataset))].join(", ");
  const index: SplitIndex = { split, dataset, pairs: entries };
  await write(INDEX, new TextEncoder().encode(JSON.stringify(index, null, 1) + "\n"));
  return index;
}

/**
 * The pairs of a split one after the other; at most one shard is in memory, and for as long as one of its pairs is.
 * @param read gives the content of a file inside the split's folder
 * @param folder the split's, for errors
 * @throws {Error} when the index or a shard is damaged, or they do not hold the same pairs
 */
export async function* streamSplit(
  read: (fileName: string) => Promise<Uint8Array>,
  folder: string,
): AsyncGenerator<FramePair> {
  const { pairs } = await readIndex(read, folder);
  let shard = "";
  let tensors = new Map<string, NamedTensor>();
  for (const [i, entry] of pairs.entries()) {
    const file = `${folder}/${entry.shard}`;
    if (entry.shard !== shard) {
      shard = entry.shard;
      ({ tensors } = readSafetensors(await present(read(shard), shard, folder), file, MEND));
    }
    yield takePair(entry, tensors, file);
    if (pairs[i + 1]?.shard === shard || tensors.size === 0) continue;
    const [name] = tensors.keys();
    throw unreadable(file, `${INDEX} lists no pair for its tensor ${JSON.stringify(name)}`, MEND);
  }
}

/** All pairs of a split at once; see streamSplit for large ones. */
export function unpackSplit(
  read: (fileName: string) => Promise<Uint8Array>,
  folder: string,
): Promise<FramePair[]> {
  return Array.fromAsync(streamSplit(read, folder));
}

/** The index of a split. @throws {Error} when there is none, it is damaged, or two pairs share a name */
export async function readIndex(
  read: (fileName: string) => Promise<Uint8Array>,
  folder: string,
): Promise<SplitIndex> {
  return parseIndex(await present(read(INDEX), INDEX, folder), `${folder}/${INDEX}`);
}

/** The name of a pair's array in its shard. */
export function tensorName(pair: Pick<IndexEntry, "name">, key: PairArray): string {
  return `${pair.name}/${FILE_KEYS[key]}`;
}

/** What is asked of a file of a split. @throws {Error} naming the file and what helps when it is not there */
export async function present<T>(
  asked: Promise<T>,
  fileName: string,
  folder: string,
): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if ((error as Error).name !== "NotFound") throw error;
    throw unreadable(`${folder}/${fileName}`, "there is no such file", MEND);
  }
}

function pairTensors(pair: FramePair): [string, NamedTensor][] {
  return ARRAY_NAMES.flatMap((key): [string, NamedTensor][] => {
    const data = pair[key];
    if (data === undefined) return [];
    return [[tensorName(pair, key), { shape: shapeOf(key, pair), data }]];
  });
}

function shapeOf(key: PairArray, { width, height }: { width: number; height: number }): number[] {
  const channels = PAIR_ARRAYS[key];
  return channels === 1 ? [height, width] : [height, width, channels];
}

/** Takes the tensors of a pair out of those of its shard. */
function takePair(
  entry: IndexEntry,
  tensors: Map<string, NamedTensor>,
  file: string,
): FramePair {
  const { name, scene, dataset, width, height } = entry;
  const arrays: Partial<Record<PairArray, unknown>> = {};
  for (const key of ARRAY_NAMES) {
    const tensorKey = tensorName(entry, key);
    const tensor = tensors.get(tensorKey);
    if (tensor) {
      checkTensor(tensor, key, entry, `${file}, tensor ${JSON.stringify(tensorKey)}`);
      arrays[key] = tensor.data;
      tensors.delete(tensorKey);
    } else if (key === "frame1" || key === "frame2") {
      throw unreadable(file, `it holds no tensor ${tensorKey}, which ${INDEX} asks for`, MEND);
    }
  }
  const pair = { name, scene, dataset, width, height, ...arrays } as FramePair;
  checkPair(pair, file);
  return pair;
}

function checkTensor({ shape, data }: NamedTensor, key: PairArray, pair: IndexEntry, name: string) {
  const wanted = `${key.startsWith("flow") ? "F32" : "U8"} [${shapeOf(key, pair)}]`;
  const found = `${dtypeOf(data)} [${shape}]`;
  if (found !== wanted) throw unreadable(name, `it is ${found}, wanted is ${wanted}`, MEND);
}

function parseIndex(bytes: Uint8Array, file: string): SplitIndex {
  const index = parseJson(bytes, indexSchema, { file, mend: MEND });
  const names = new Set<string>();
  for (const { name } of index.pairs) {
    if (names.has(name)) throw unreadable(file, `two pairs are called ${name}`, MEND);
    names.add(name);
  }
  return index;
}
