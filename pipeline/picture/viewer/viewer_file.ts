/**
 * viewer.safetensors: the packed pairs that the report's viewer shows, written by evaluate and read
 * by report. One tensor of bytes a pair, sizes and the scale of colours in the metadata.
 */
import { unzlibSync } from "fflate";
import { z } from "zod";
import { parseJson } from "../../common/io/json.ts";
import { readSafetensors, type TensorData, writeSafetensors } from "../../common/io/safetensors.ts";
import { unreadable } from "../../common/io/text.ts";
import { roundNumber } from "../../common/io/tsv.ts";
import { contentLength, type PackedPair } from "./pack.ts";

/** Bytes of one unpacked pair, far above what packPair() makes: no file asks for more memory than this. */
const LARGEST_CONTENT = 1 << 28;

export interface ViewerDataset {
  /** Flow length in pixels at which colours saturate, the same as in the data set's pictures. */
  readonly flowMaximum: number;
  readonly pairs: readonly PackedPair[];
}

const side = z.int().positive();
const entrySchema = z.strictObject({
  dataset: z.string(),
  name: z.string(),
  width: side,
  height: side,
  full: z.strictObject({ width: side, height: side }),
  left: z.int().nonnegative(),
  top: z.int().nonnegative(),
  occlusion: z.boolean(),
  truth: z.literal(false).optional(),
});
const contentSchema = z.strictObject({
  flow_maximum_px: z.record(z.string(), z.number().positive()),
  pairs: z.array(entrySchema),
});

/** @param datasets by name */
export function writeViewer(
  datasets: Readonly<Record<string, ViewerDataset>>,
): Uint8Array<ArrayBuffer> {
  const pairs = Object.values(datasets).flatMap((dataset) => dataset.pairs);
  const content: z.infer<typeof contentSchema> = {
    flow_maximum_px: Object.fromEntries(
      Object.entries(datasets).map(([name, { flowMaximum }]) => [name, roundNumber(flowMaximum)]),
    ),
    pairs: pairs.map(({ bytes: _, ...entry }) => entry),
  };
  return writeSafetensors(
    pairs.map(({ dataset, name, bytes }) => [
      `${dataset}/${name}`,
      { shape: [bytes.length], data: bytes },
    ]),
    { content: JSON.stringify(content) },
  );
}

/**
 * @param name the file's name, for errors
 * @param stage that writes it
 * @throws {Error} when the file was not written by writeViewer, or a pair's content is not as long as its size asks
 */
export function readViewer(
  bytes: Uint8Array,
  name: string,
  stage: string,
): Record<string, ViewerDataset> {
  const mend = `Make it anew with: ./run dvc repro -f ${stage}`;
  const { tensors, metadata } = readSafetensors(bytes, name, mend);
  const { flow_maximum_px, pairs } = parseJson(metadata.content ?? "null", contentSchema, {
    file: name,
    part: "metadata content",
    mend,
  });
  const datasets = Object.fromEntries(
    Object.entries(flow_maximum_px).map(([dataset, flowMaximum]) => [dataset, {
      flowMaximum,
      pairs: [] as PackedPair[],
    }]),
  );
  for (const entry of pairs) {
    const key = `${entry.dataset}/${entry.name}`;
    const data = tensors.get(key)?.data;
    const problem = entryProblem(entry, data, Object.hasOwn(datasets, entry.dataset));
    if (problem) throw unreadable(name, `pair ${JSON.stringify(key)} ${problem}`, mend);
    datasets[entry.dataset].pairs.push({ ...entry, bytes: data as Uint8Array });
    tensors.delete(key);
  }
  for (const key of tensors.keys()) {
    throw unreadable(name, `no pair is listed for its tensor ${JSON.stringify(key)}`, mend);
  }
  return datasets;
}

function entryProblem(
  { width, height, full, left, top }: z.infer<typeof entrySchema>,
  data: TensorData | undefined,
  isKnown: boolean,
): string | undefined {
  if (!isKnown) return "is of a data set without flow_maximum_px";
  if (!(data instanceof Uint8Array)) return "has no tensor of bytes of its own";
  if (left + width > full.width || top + height > full.height) {
    return `shows ${width} x ${height} pixels from (${left}, ${top}) of ${full.width} x ${full.height}`;
  }
  const wanted = contentLength({ width, height });
  if (wanted > LARGEST_CONTENT) return `of ${width} x ${height} pixels is too large to be shown`;
  try {
    // One byte more, so that a content that is too long shows.
    const { length } = unzlibSync(data, { out: new Uint8Array(wanted + 1) });
    return length === wanted ? undefined : `has content of ${length} bytes, ${wanted} are wanted`;
  } catch (error) {
    return `cannot be unpacked: ${(error as Error).message}`;
  }
}
