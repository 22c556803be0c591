/**
 * The flows of a folder of frames, pair by pair, each written whole with a record of what it was made from; what is there
 * already is left as it is. A pair whose files cannot be read is told of in the end and costs no other.
 */
import { join } from "@std/path";
import { printable } from "../../pipeline/common/printable.ts";
import { type Picture, readPicture } from "../../pipeline/common/io/picture_file.ts";
import { formatTsv, roundNumber } from "../../pipeline/common/io/tsv.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import { FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { frames } from "../../pipeline/pairs/layouts/frames.ts";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import { progress } from "../../stages/common/stage.ts";
import { findPictures } from "../../stages/download/own_folder.ts";
import type { FolderRequest } from "./arguments.ts";
import { type Described, directionOf } from "./direction.ts";
import { checkSizes, placeOf, readTyped, readTypedModel, writeAll } from "./files.ts";
import { flowFile, occlusionFile, pictureFile } from "./files_of_pair.ts";
import {
  type Bytes,
  type DonePair,
  encode,
  outputFile,
  pathsOf,
  readOutput,
} from "./folder_files.ts";
import { writePage } from "./folder_page.ts";
import { formatRecord, type PairNumbers, type PairRecord, validRecord } from "./record.ts";

const SHOWN_PROBLEMS = 10;
const DATASET = "frames";

/** @returns whether every pair has its flow now */
export async function flowsOfFolder(
  request: FolderRequest,
  open: () => Promise<Gpu>,
): Promise<boolean> {
  const pairs = await findPairs(request);
  const { name, model, bytes } = await readTypedModel(request.model);
  const modelHash = await sha256(bytes);
  const gpu = await open();
  try {
    const estimator = new FlowEstimator(gpu, model);
    const reader = new FrameReader(request.folder);
    const done: DonePair[] = [];
    const problems: string[] = [];
    let skipped = 0;
    console.log(
      printable(`${request.folder}: ${pairs.length} pairs; ${gpu.adapter.description}; ${name}`),
    );
    const bar = progress("flow", pairs.length);
    for (const [index, files] of pairs.entries()) {
      const input = await reader.readPair(files).catch((error: Error) => error);
      if (input instanceof Error) {
        problems.push(input.message);
        continue;
      }
      const key = await keyOf(request, modelHash, input);
      const read = (path: string) => readOutput(request, path);
      const paths = pathsOf(files, request);
      const old = await validRecord(paths.record, key, read);
      if (old) {
        skipped++;
        done.push({ files, record: old });
        continue;
      }
      let pictures;
      try {
        pictures = reader.decode(files, input);
      } catch (error) {
        problems.push((error as Error).message);
        continue;
      }
      const { scale, refine } = request;
      const flow = await estimator.estimate(...pictures, {
        scale,
        refine,
        onProgress: (share) => bar.update(Math.floor(10 * (index + share)) / 10),
      });
      const forward = directionOf(flow, false);
      const outputs: [string, Uint8Array<ArrayBuffer>][] = [
        [paths.flow, flowFile(paths.flow, forward)],
        [paths.picture, await pictureFile(forward)],
        [paths.occlusion, await occlusionFile(forward)],
        ...(request.backward
          ? [[paths.backward, flowFile(paths.backward, directionOf(flow, true))] as [
            string,
            Uint8Array<ArrayBuffer>,
          ]]
          : []),
      ];
      const record = await recordOf(key, outputs, forward, flow.tiling.corners.length);
      // The record last: without it the others count for nothing.
      await writeAll(outputs.map(([path, bytes]) => outputFile(request, path, bytes)));
      await writeAll([outputFile(request, paths.record, encode(formatRecord(record)))]);
      done.push({ files, record });
    }
    bar.finish();
    await writeAll([outputFile(request, "pairs.tsv", encode(table(done)))]);
    if (done.length > 0) await writePage(request, done, { model: name, gpu });
    for (const problem of problems.slice(0, SHOWN_PROBLEMS)) console.error(printable(problem));
    if (problems.length > SHOWN_PROBLEMS) {
      console.error(`... and ${problems.length - SHOWN_PROBLEMS} more pairs without a flow.`);
    }
    console.log(
      printable(
        `${request.out}: ${done.length} flows, ${
          done.length - skipped
        } estimated now and ${skipped} from before; ` +
          `${problems.length} pairs without one`,
      ),
    );
    return problems.length === 0;
  } finally {
    gpu.destroy();
  }
}

async function findPairs({ folder, out }: FolderRequest): Promise<PairFiles[]> {
  const place = placeOf(folder), target = placeOf(out);
  if (`${target}/`.startsWith(`${place}/`)) {
    throw new Error(
      `Cannot write to ${out}: it lies in ${folder}, whose pictures would then be those of flows. Name another folder.`,
    );
  }
  const pictures = await findPictures(place);
  if (!pictures) throw new Error(`Cannot read ${folder}: there is no such folder.`);
  for (const what of pictures.leftOut) console.error(printable(what));
  return frames(pictures.paths, {
    dataset: DATASET,
    archive: folder,
    leaveOut: (what) => console.error(printable(`${folder}: left out ${what}`)),
  });
}

/** Reads frames, the second of a pair once more as the first of the next one. */
class FrameReader {
  readonly #folder: string;
  readonly #bytes = new Map<string, Bytes>();
  readonly #decoded = new Map<string, Picture>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async readPair({ frame1, frame2 }: PairFiles): Promise<[Bytes, Bytes]> {
    for (const kept of [this.#bytes, this.#decoded]) {
      for (const path of kept.keys()) if (path !== frame1) kept.delete(path);
    }
    for (const path of [frame1, frame2]) {
      if (!this.#bytes.has(path)) this.#bytes.set(path, await readTyped(join(this.#folder, path)));
    }
    return [this.#bytes.get(frame1)!, this.#bytes.get(frame2)!];
  }

  /** @throws {Error} naming the file that is damaged or of another size */
  decode({ frame1, frame2 }: PairFiles, [first, second]: [Bytes, Bytes]): [Picture, Picture] {
    const nameOf = (path: string) => join(this.#folder, path);
    const decode = (path: string, bytes: Bytes) => {
      const picture = this.#decoded.get(path) ?? readPicture(bytes, nameOf(path));
      this.#decoded.set(path, picture);
      return picture;
    };
    const one = decode(frame1, first), two = decode(frame2, second);
    checkSizes(nameOf(frame1), one, nameOf(frame2), two);
    return [one, two];
  }
}

async function keyOf(
  { scale, refine, format, backward }: FolderRequest,
  model: string,
  [frame1, frame2]: [Bytes, Bytes],
): Promise<string> {
  const inputs = { model, frame1: await sha256(frame1), frame2: await sha256(frame2) };
  return await sha256(encode(JSON.stringify({ ...inputs, scale, refine, format, backward })));
}

async function recordOf(
  key: string,
  outputs: readonly [string, Bytes][],
  { width, height, motion, agreement, maximum }: Described,
  tiles: number,
): Promise<PairRecord> {
  const hashes: Record<string, string> = {};
  for (const [path, bytes] of outputs) hashes[path] = await sha256(bytes);
  return {
    key,
    outputs: hashes,
    width,
    height,
    tiles,
    largest_px: roundNumber(motion.largest),
    median_px: roundNumber(motion.median),
    inconsistent_px: roundNumber(agreement.medianDistance),
    not_back_pct: roundNumber(100 * agreement.inconsistent),
    leaving_pct: roundNumber(100 * agreement.leaving),
    colour_px: roundNumber(maximum),
  };
}

const NUMBERS: readonly (keyof PairNumbers)[] = [
  "width",
  "height",
  "tiles",
  "largest_px",
  "median_px",
  "inconsistent_px",
  "not_back_pct",
  "leaving_pct",
  "colour_px",
];

function table(done: readonly DonePair[]): string {
  return formatTsv(
    ["pair", "frame1", "frame2", ...NUMBERS],
    done.map(({ files: { name, frame1, frame2 }, record }) => [
      name,
      frame1,
      frame2,
      ...NUMBERS.map((key) => record[key]),
    ]),
  );
}
