/** One pair of a folder: whether its flow is there already, and else its flow, written whole with a record of it. */
import { roundNumber } from "../../pipeline/common/io/tsv.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";
import type { Flow, FlowEstimator } from "../../pipeline/flow/estimate.ts";
import { isDeep, type SeenPair } from "../../pipeline/flow/picture_pair.ts";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import type { FolderRequest } from "./arguments.ts";
import { type Described, directionOf } from "./direction.ts";
import { writeAll } from "./files.ts";
import { flowFile, occlusionFile, pictureFile } from "./files_of_pair.ts";
import { type Bytes, encode, outputFile, pathsOf } from "./folder_files.ts";
import { formatRecord, type PairRecord } from "./record.ts";

/** Of everything that the files of a pair depend on, but the adapter. @param model its SHA-256 */
export async function keyOf(
  { scale, looks, sharpen, refine, format, backward }: FolderRequest,
  model: string,
  [frame1, frame2]: [Bytes, Bytes],
): Promise<string> {
  const inputs = { model, frame1: await sha256(frame1), frame2: await sha256(frame2) };
  const options = { scale, looks, sharpen, refine, format, backward };
  // Of 16 bits the upper 8 were taken once, used or not: flows from then are to be estimated again, those of 8 bits are not.
  const depth = isDeep(frame1) || isDeep(frame2) ? { depth: "used bits" } : {};
  return await sha256(encode(JSON.stringify({ ...inputs, ...options, ...depth })));
}

/**
 * @param key of the pair, for its record
 * @param onProgress told how much of it is done, from 0 to 1
 * @throws {DoesNotFit} when the format cannot hold the flow; nothing is then written
 */
export async function writePair(
  request: FolderRequest,
  estimator: FlowEstimator,
  files: PairFiles,
  key: string,
  { frame1, frame2, bits, unequal }: SeenPair,
  onProgress: (share: number) => void,
): Promise<PairRecord> {
  const { scale, looks, sharpen, refine, backward } = request;
  const flow = await estimator.estimate(frame1, frame2, {
    scale,
    looks,
    sharpen,
    refine,
    onProgress,
  });
  const forward = directionOf(flow, false);
  const paths = pathsOf(files, request);
  const outputs: [string, Bytes][] = [
    [paths.flow, flowFile(paths.flow, forward)],
    [paths.picture, await pictureFile(forward)],
    [paths.occlusion, await occlusionFile(forward)],
  ];
  if (backward) {
    outputs.push([paths.backward, flowFile(paths.backward, directionOf(flow, true))]);
  }
  const record = {
    ...await recordOf(key, outputs, forward, flow),
    ...bits === undefined ? {} : { depth: { bits, unequal } },
  };
  // The record last: without it the others count for nothing.
  await writeAll(outputs.map(([path, bytes]) => outputFile(request, path, bytes)));
  await writeAll([outputFile(request, paths.record, encode(formatRecord(record)))]);
  return record;
}

async function recordOf(
  key: string,
  outputs: readonly [string, Bytes][],
  { width, height, motion, agreement, maximum }: Described,
  { scales, tiling, identical }: Flow,
): Promise<PairRecord> {
  const hashes: Record<string, string> = {};
  for (const [path, bytes] of outputs) hashes[path] = await sha256(bytes);
  return {
    key,
    outputs: hashes,
    width,
    height,
    looks: scales.length,
    finest_scale: scales.at(-1)!,
    tiles: tiling.corners.length,
    identical,
    largest_px: roundNumber(motion.largest),
    median_px: roundNumber(motion.median),
    inconsistent_px: roundNumber(agreement.medianDistance),
    not_back_pct: roundNumber(100 * agreement.inconsistent),
    leaving_pct: roundNumber(100 * agreement.leaving),
    colour_px: roundNumber(maximum),
  };
}
