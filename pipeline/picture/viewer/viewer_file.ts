/**
 * viewer.safetensors: the packed pairs that the report's viewer shows, written by evaluate and read
 * by report. One tensor of bytes a pair, sizes and the scale of colours in the metadata.
 */
import { z } from "zod";
import { readSafetensors, writeSafetensors } from "../../common/io/safetensors.ts";
import { roundNumber } from "../../common/io/tsv.ts";
import type { PackedPair } from "./pack.ts";

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
 * @throws {Error} when the file was not written by writeViewer
 */
export function readViewer(bytes: Uint8Array, name: string): Record<string, ViewerDataset> {
  const { tensors, metadata } = readSafetensors(bytes, name);
  const parsed = contentSchema.safeParse(JSON.parse(metadata.content ?? "null"));
  if (!parsed.success) {
    throw new Error(
      `Cannot read ${name}: its metadata does not list packed pairs. Run the stage that writes it again.`,
    );
  }
  const { flow_maximum_px, pairs } = parsed.data;
  return Object.fromEntries(
    Object.entries(flow_maximum_px).map(([dataset, flowMaximum]) => [dataset, {
      flowMaximum,
      pairs: pairs.filter((entry) => entry.dataset === dataset).map((entry) => ({
        ...entry,
        bytes: tensors.get(`${dataset}/${entry.name}`)!.data as Uint8Array,
      })),
    }]),
  );
}
