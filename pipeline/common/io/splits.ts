/** splits.json of the stage preprocess: the splits that lie in its folder, in the order in which they were written. */
import { z } from "zod";
import { parseJson } from "./json.ts";

const schema = z.strictObject({
  splits: z.array(z.strictObject({
    // Is the name of a folder.
    split: z.string().regex(/^\w[\w.-]*$/, { error: "must be the name of a split" }),
    dataset: z.string(),
    pairs: z.int().min(0),
    /** Whether the pairs have true flow, so that they can be scored. */
    truth: z.boolean(),
  })),
});

export type SplitSummary = z.infer<typeof schema>["splits"][number];

/** The text of splits.json. */
export function formatSplits(splits: readonly SplitSummary[]): string {
  return JSON.stringify({ splits }, null, 2) + "\n";
}

/**
 * @param file its path, for errors
 * @throws {Error} when it is not JSON or does not list splits
 */
export function parseSplits(text: string | Uint8Array, file: string): SplitSummary[] {
  return parseJson(text, schema, {
    file,
    mend: "Make it anew with: ./run dvc repro -f preprocess",
  }).splits;
}
