/**
 * Submissions to benchmarks: the network's flow of the pairs of their test parts, in the files that they want. Every file is
 * read again and compared with what was predicted. submissions.json says what was written, also where that is nothing.
 */
import { type IndexEntry, readIndex, streamSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";
import type { SplitSummary } from "../../pipeline/common/io/splits.ts";
import { writeZip } from "../../pipeline/fetch/zip_writer.ts";
import {
  type Benchmark,
  benchmarkOf,
  BENCHMARKS,
  checkField,
  encodeField,
} from "../../pipeline/submission/benchmarks.ts";
import { openZipFile } from "../common/archives.ts";
import { stopIfOrphaned } from "../common/ending.ts";
import { readWhole } from "../common/read_whole.ts";
import { progress, writeOutput } from "../common/stage.ts";
import { writeWholeFolder } from "../common/whole_folder.ts";

/** The flow of a pair, [H, W, 2] in pixels. */
type PredictPair = (pair: FramePair) => Promise<Float32Array>;

export interface SubmissionOptions {
  /** Folder of outputs, which takes the place of an earlier one when it is whole. */
  readonly out: string;
  /** Folder of the split's files. */
  readonly folderOf: (split: string) => string;
  readonly predict: PredictPair;
  /** Is told what somebody who submits should know. */
  readonly notice: (sentence: string) => void;
}

/** What submissions.json says of one. */
interface Written {
  name: string;
  /** The zip or folder to be sent. */
  path: string;
  /** Files by data set. */
  files: Record<string, number>;
}

/** The splits that a benchmark wants to see. */
export function submittedSplits(splits: readonly SplitSummary[]): SplitSummary[] {
  return splits.filter(({ split, truth, pairs }) => !truth && pairs > 0 && benchmarkOf(split));
}

/**
 * Writes the submissions of all benchmarks of which there are pairs.
 * @param splits of submittedSplits(); none writes submissions.json alone
 * @throws {Error} where a file cannot be written, or holds another flow when it is read again
 */
export async function writeSubmissions(
  splits: readonly SplitSummary[],
  options: SubmissionOptions,
): Promise<void> {
  await writeWholeFolder(options.out, (out) => writeAll(splits, { ...options, out }));
}

async function writeAll(
  splits: readonly SplitSummary[],
  options: SubmissionOptions,
): Promise<void> {
  const { out, notice } = options;
  await Deno.mkdir(out, { recursive: true });
  const written: Written[] = [];
  for (const benchmark of BENCHMARKS) {
    const own = splits.filter(({ split }) => Object.hasOwn(benchmark.datasets, split));
    if (own.length === 0) continue;
    const write = benchmark.zip ? writeZipFile : writeFiles;
    for (const { split } of own) await write(benchmark, split, options);
    const files = Object.fromEntries(own.map(({ split, pairs }) => [split, pairs]));
    for (const [dataset, wanted] of Object.entries(benchmark.datasets)) {
      const count = files[dataset] ?? 0;
      if (count === wanted) continue;
      notice(
        `the submission to ${benchmark.name} is not whole: ${count} of the ${wanted} pairs of ${dataset} are there.`,
      );
    }
    written.push({ name: benchmark.name, path: pathOf(benchmark), files });
  }
  const text = JSON.stringify({ submissions: written }, null, 2);
  await writeOutput(`${out}/submissions.json`, `${text}\n`);
}

function pathOf({ name, zip }: Benchmark): string {
  return zip ? `${name}.zip` : name;
}

async function writeFiles(
  benchmark: Benchmark,
  split: string,
  options: SubmissionOptions,
): Promise<void> {
  const { pairs, encode } = await opened(benchmark, split, options);
  const bar = progress(`${split}, submission`, pairs.length);
  for (const [i, entry] of pairs.entries()) {
    const path = `${options.out}/${benchmark.name}/${benchmark.path(split, entry.name)}`;
    const { bytes, check } = await encode(entry);
    await writeOutput(path, bytes);
    check(await readWhole(path));
    bar.update(i + 1);
  }
  bar.finish();
}

async function writeZipFile(
  benchmark: Benchmark,
  split: string,
  options: SubmissionOptions,
): Promise<void> {
  const { pairs, encode } = await opened(benchmark, split, options);
  const bar = progress(`${split}, submission`, pairs.length);
  const byPath = new Map(pairs.map((entry) => [benchmark.path(split, entry.name), entry]));
  const hashes = new Map<string, string>();
  const path = `${options.out}/${pathOf(benchmark)}`, partial = `${path}.partial`;
  using file = await Deno.create(partial);
  // One after the other, in the order of their paths, which is that of the split.
  await writeZip([...byPath.keys()], async (inner) => {
    const { bytes, check } = await encode(byPath.get(inner)!);
    check(bytes);
    hashes.set(inner, await sha256(bytes));
    bar.update(hashes.size);
    return bytes;
  }, file.writable);
  using open = new DisposableStack();
  const archive = await openZipFile(partial, open, { name: path });
  for (const [inner, hash] of hashes) {
    if (await sha256(new Uint8Array(await archive.read(inner))) === hash) continue;
    throw new Error(`Cannot submit ${path}: read again, its file ${inner} is another one.`);
  }
  stopIfOrphaned();
  await Deno.rename(partial, path);
  bar.finish();
}

/** The pairs of a split, and what makes the file of each when they are asked for in their order. */
async function opened(
  benchmark: Benchmark,
  split: string,
  { folderOf, predict, notice }: SubmissionOptions,
) {
  const folder = folderOf(split);
  const read = (fileName: string) => readWhole(`${folder}/${fileName}`);
  const { pairs } = await readIndex(read, folder);
  const stream = streamSplit(read, folder);
  const encode = async ({ name }: IndexEntry) => {
    const { value: pair } = await stream.next();
    if (pair?.name !== name) {
      throw new Error(`Cannot submit ${name} of ${split}: its pairs are not sorted by name.`);
    }
    const { width, height } = pair;
    const field = { width, height, flow: await predict(pair) };
    const file = benchmark.path(split, name);
    const { bytes, limited } = encodeField(benchmark, field, file);
    if (limited > 0) {
      notice(
        `${file} of ${benchmark.name}: ${limited} components are beyond what the format holds, and limited.`,
      );
    }
    return { bytes, check: (read: Uint8Array) => checkField(benchmark, read, field, file) };
  };
  return { pairs, encode };
}
