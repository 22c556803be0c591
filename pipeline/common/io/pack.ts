/**
 * Packed splits: few large files instead of thousands of small ones. A split is an index.json and
 * shards NNNNN.safetensors with keys `PAIR/frame1`, `PAIR/flow` ...; pairs keep their order and
 * the same pairs always give the same bytes.
 */
import { type NamedTensor, readSafetensors, writeSafetensors } from "./safetensors.ts";
import { checkPair, type FramePair, PAIR_ARRAYS, type PairArray } from "./pair.ts";

/** A shard is closed before it grows beyond this many bytes of tensors. */
export const SHARD_BYTES = 256 * 1024 * 1024;

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

export interface SplitIndex {
  split: string;
  /** The data sets of the pairs, joined by ", " where a split mixes several. */
  dataset: string;
  pairs: IndexEntry[];
}

export interface IndexEntry {
  name: string;
  scene: string;
  dataset: string;
  shard: string;
  width: number;
  height: number;
}

/**
 * Writes a split: its shards as they fill up, then index.json.
 * @param write receives file names inside the split's folder
 * @throws {Error} when two pairs share a name or a pair is inconsistent (checkPair)
 */
export async function packSplit(
  split: string,
  pairs: Iterable<FramePair> | AsyncIterable<FramePair>,
  write: (fileName: string, bytes: Uint8Array) => Promise<void>,
  { shardBytes = SHARD_BYTES } = {},
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
    if (size + bytes > shardBytes) await flush();
    tensors.push(...added);
    size += bytes;
    const { name, scene, dataset, width, height } = pair;
    entries.push({ name, scene, dataset, shard: shardName(), width, height });
  }
  await flush();
  const dataset = [...new Set(entries.map((entry) => entry.dataset))].join(", ");
  const index: SplitIndex = { split, dataset, pairs: entries };
  await write("index.json", new TextEncoder().encode(JSON.stringify(index, null, 1) + "\n"));
  return index;
}

/**
 * The pairs of a split one after the other; at most one shard is in memory.
 * @param read gives the content of a file inside the split's folder
 * @throws {Error} when the index or a shard is damaged, or a pair of the index is in no shard
 */
export async function* streamSplit(
  read: (fileName: string) => Promise<Uint8Array>,
): AsyncGenerator<FramePair> {
  const index = await readIndex(read);
  let shard = "";
  let tensors = new Map<string, NamedTensor>();
  for (const entry of index.pairs) {
    if (entry.shard !== shard) {
      shard = entry.shard;
      tensors = readSafetensors(await read(shard), shard).tensors;
    }
    yield pairFromTensors(entry, tensors);
  }
}

/** What is in a split, and how large, without the pairs. @throws {Error} when the index is damaged */
export async function readIndex(
  read: (fileName: string) => Promise<Uint8Array>,
): Promise<SplitIndex> {
  return parseIndex(await read("index.json"));
}

/** All pairs of a split at once; see streamSplit for large ones. */
export async function unpackSplit(
  read: (fileName: string) => Promise<Uint8Array>,
): Promise<FramePair[]> {
  const pairs: FramePair[] = [];
  for await (const pair of streamSplit(read)) pairs.push(pair);
  return pairs;
}

function pairTensors(pair: FramePair): [string, NamedTensor][] {
  const tensors: [string, NamedTensor][] = [];
  for (const key of ARRAY_NAMES) {
    const data = pair[key];
    if (data === undefined) continue;
    const channels = PAIR_ARRAYS[key];
    const shape = channels === 1 ? [pair.height, pair.width] : [pair.height, pair.width, channels];
    tensors.push([`${pair.name}/${FILE_KEYS[key]}`, { shape, data }]);
  }
  return tensors;
}

function pairFromTensors(entry: IndexEntry, tensors: Map<string, NamedTensor>): FramePair {
  const { name, scene, dataset, width, height } = entry;
  const arrays: Partial<Record<PairArray, unknown>> = {};
  for (const key of ARRAY_NAMES) {
    const tensor = tensors.get(`${name}/${FILE_KEYS[key]}`);
    if (tensor) arrays[key] = tensor.data;
    else if (key === "frame1" || key === "frame2") {
      throw new Error(
        `Cannot read pair ${name}: ${entry.shard} holds no tensor ${name}/${key}. ` +
          `Run the preprocess stage again.`,
      );
    }
  }
  const pair = { name, scene, dataset, width, height, ...arrays } as FramePair;
  checkPair(pair);
  return pair;
}

function parseIndex(bytes: Uint8Array): SplitIndex {
  let index: SplitIndex;
  try {
    index = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw new Error(`Cannot read index.json of the split: ${(error as Error).message}.`);
  }
  if (!Array.isArray(index?.pairs)) {
    throw new Error("Cannot read index.json of the split: it holds no list of pairs.");
  }
  return index;
}
