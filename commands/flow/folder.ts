/**
 * The flows of a folder of frames, pair by pair, each written whole with a record of what it was made from; what is there
 * already is left as it is. A pair whose files cannot be read, which the device does not hold, or whose flow the format cannot hold,
 * is told of in the end and costs no other.
 */
import { join } from "@std/path";
import { printable } from "../../pipeline/common/printable.ts";
import { formatTsv } from "../../pipeline/common/io/tsv.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";
import { type Gpu, TooLargeError } from "../../pipeline/compute/gpu/device.ts";
import { FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { frames } from "../../pipeline/pairs/layouts/frames.ts";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import { progress } from "../../stages/common/stage.ts";
import { findPictures } from "../../stages/download/own_folder.ts";
import { counted } from "../counted.ts";
import type { FolderRequest } from "./arguments.ts";
import { noticeOfCompiling } from "./compiling.ts";
import { readTypedModel, realPlaceOf, tooLarge, writeAll } from "./files.ts";
import { DoesNotFit } from "./files_of_pair.ts";
import {
  type DonePair,
  encode,
  OUTPUT_FOLDERS,
  outputFile,
  pathsOf,
  readOutput,
} from "./folder_files.ts";
import { writePage } from "./folder_page.ts";
import { keyOf, writePair } from "./folder_pair.ts";
import { FrameReader } from "./frame_reader.ts";
import { checkOutputFolder } from "./output_folder.ts";
import { type PairNumbers, validRecord } from "./record.ts";

const SHOWN_PROBLEMS = 10;
const DATASET = "frames";
const TABLE = "pairs.tsv";
/** Columns that the table has at first. */
const NAMES = ["pair", "frame1", "frame2"];

/** @returns whether every pair has its flow now */
export async function flowsOfFolder(
  request: FolderRequest,
  open: () => Promise<Gpu>,
): Promise<boolean> {
  const pairs = await findPairs(request);
  const { name, model, bytes } = await readTypedModel(request.model);
  const modelHash = await sha256(bytes);
  const gpu = await open();
  let seen: (() => void) | undefined;
  try {
    const estimator = new FlowEstimator(gpu, model);
    const reader = new FrameReader(request.folder);
    const done: DonePair[] = [];
    const problems: string[] = [];
    let skipped = 0;
    console.log(
      printable(
        `${request.folder}: ${counted(pairs.length, "pair")}; ${gpu.adapter.description}; ${name}`,
      ),
    );
    // Marks the folder as this command's, so that a run after a kill may go on in it.
    if (!await readOutput(request, TABLE)) {
      await writeAll([outputFile(request, TABLE, encode(table([])))]);
    }
    const bar = progress("flow", pairs.length);
    for (const [index, files] of pairs.entries()) {
      const input = await reader.readPair(files).catch((error: Error) => error);
      if (input instanceof Error) {
        problems.push(input.message);
        continue;
      }
      const key = await keyOf(request, modelHash, input);
      const read = (path: string) => readOutput(request, path);
      const old = await validRecord(pathsOf(files, request).record, key, read);
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
      seen ??= noticeOfCompiling();
      const record = await writePair(request, estimator, files, key, pictures, (share) => {
        seen?.();
        bar.update(Math.floor(10 * (index + share)) / 10);
      }).catch((error: Error) => {
        if (error instanceof TooLargeError) {
          problems.push(tooLarge(files.frame1, files.frame2, error).message);
        } else if (error instanceof DoesNotFit) problems.push(error.message);
        else throw error;
      });
      if (record) done.push({ files, record });
    }
    bar.finish();
    await writeAll([outputFile(request, TABLE, encode(table(done)))]);
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
          `${counted(problems.length, "pair")} without one`,
      ),
    );
    for (const line of depthInWords(done)) console.log(line);
    const identical = done.filter(({ record }) => record.identical).length;
    if (identical > 0) console.log(identicalInWords(identical));
    return problems.length === 0;
  } finally {
    seen?.();
    gpu.destroy();
  }
}

async function findPairs({ folder, out }: FolderRequest): Promise<PairFiles[]> {
  const place = realPlaceOf(folder), target = realPlaceOf(out);
  const lies = (path: string, outer: string) => `${path}/`.startsWith(`${outer}/`);
  if (lies(target, place)) {
    throw new Error(
      `Cannot write to ${out}: it lies in ${folder}, whose pictures would then be those of flows. Name another folder.`,
    );
  }
  if (OUTPUT_FOLDERS.some((name) => lies(place, join(target, name)))) {
    throw new Error(
      `Cannot write to ${out}: flows would take the place of the pictures in ${folder}. Name another folder.`,
    );
  }
  const begins = `${NAMES.join("\t")}\t`;
  await checkOutputFolder(out, { command: "deno task flow", file: TABLE, begins });
  const pictures = await findPictures(place);
  if (!pictures) throw new Error(`Cannot read ${folder}: there is no such folder.`);
  for (const what of pictures.leftOut) console.error(printable(what));
  return frames(pictures.paths, {
    dataset: DATASET,
    archive: folder,
    leaveOut: (what) => console.error(printable(`${folder}: left out ${what}`)),
  });
}

function identicalInWords(count: number): string {
  return count === 1
    ? "1 pair is the same picture twice, in 8 bits: its flow is the model's error"
    : `${count} pairs are the same picture twice, in 8 bits: their flow is the model's error`;
}

function depthInWords(done: readonly DonePair[]): string[] {
  const depths = done.flatMap(({ record }) => record.depth ?? []);
  const partly = depths.map(({ bits }) => bits).filter((bits) => bits < 16).sort((a, b) => a - b);
  const unequal = depths.filter(({ unequal }) => unequal).length;
  const lines: string[] = [];
  if (partly.length > 0) {
    const least = partly[0], most = partly.at(-1)!;
    lines.push(
      `${counted(partly.length, "pair")} of 16 bits, of which the lower ${
        least === most ? most : `${least} to ${most}`
      } are used: the network sees the upper 8 of these`,
    );
  }
  if (unequal > 0) {
    lines.push(
      `${
        counted(unequal, "pair")
      } of 8 and 16 bits, the latter not all used: they may differ in brightness`,
    );
  }
  return lines;
}

const NUMBERS: readonly (keyof PairNumbers)[] = [
  "width",
  "height",
  "looks",
  "finest_scale",
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
    [...NAMES, ...NUMBERS, "identical"],
    done.map(({ files: { name, frame1, frame2 }, record }) => [
      name,
      frame1,
      frame2,
      ...NUMBERS.map((key) => record[key]),
      Number(record.identical),
    ]),
  );
}
