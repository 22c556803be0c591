/**
 * What is remembered of each pair of a folder beside its flow: hashes of what went in and came out, so that the same command
 * knows what need not be estimated again; and the numbers that the table and the page show.
 */
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { sha256 } from "../../pipeline/common/sha256.ts";

const hash = z.string().regex(/^[0-9a-f]{64}$/);
const count = z.int().nonnegative();
const length = z.number().nonnegative();

const recordSchema = z.strictObject({
  /** Of everything that the outputs depend on, but the adapter. */
  key: hash,
  /** SHA-256 by path, relative to the output folder. */
  outputs: z.record(z.string(), hash),
  width: count,
  height: count,
  /** Looks of the network that were taken. */
  looks: count,
  /** At which it looked last: the pictures' size times this. */
  finest_scale: z.number().positive(),
  tiles: count,
  /** Whether both pictures are the same, pixel for pixel. */
  identical: z.boolean(),
  /** Of pictures with 16 bits: of how many the upper 8 were seen, and whether the other picture has 8 and they hardly fit. */
  depth: z.strictObject({ bits: z.int().min(8).max(16), unequal: z.boolean() }).optional(),
  largest_px: length,
  median_px: length,
  inconsistent_px: length,
  not_back_pct: length,
  leaving_pct: length,
  /** Length at which colours of the picture saturate. */
  colour_px: length,
});

export type PairRecord = z.infer<typeof recordSchema>;
export type PairNumbers = Omit<PairRecord, "key" | "outputs" | "identical" | "depth">;

export function formatRecord(record: PairRecord): string {
  return `${JSON.stringify(record, null, 2)}\n`;
}

/**
 * Reads what an earlier run remembered of a pair, if it still holds.
 * @param read bytes of a file of the output folder by its relative path; undefined where there is none
 * @returns undefined when the pair must be estimated: no record or a damaged one, another key, an output that is not as it was
 */
export async function validRecord(
  path: string,
  key: string,
  read: (path: string) => Promise<Uint8Array<ArrayBuffer> | undefined>,
): Promise<PairRecord | undefined> {
  const bytes = await read(path);
  if (bytes === undefined) return undefined;
  let record;
  try {
    record = parseJson(bytes, recordSchema, { file: path });
  } catch {
    // Whatever it is, it says of no output that it is whole.
    return undefined;
  }
  if (record.key !== key) return undefined;
  for (const [output, wanted] of Object.entries(record.outputs)) {
    const content = await read(output);
    if (content === undefined || await sha256(content) !== wanted) return undefined;
  }
  return record;
}
