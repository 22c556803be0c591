/** splits.json of the stage preprocess: the splits that lie in its folder, in the order in which they were written, and what made them. */
import { z } from "zod";
import { parseJson } from "./json.ts";
import { MADE_BY, type MadeBy, madeBySchema } from "./made_by.ts";
import { unreadable } from "./text.ts";

const MEND = "Make it anew with: ./run dvc repro -f preprocess";

const schema = z.strictObject({
  splits: z.array(z.strictObject({
    // Is the name of a folder.
    split: z.string().regex(/^\w[\w.-]*$/, { error: "must be the name of a split" }),
    dataset: z.string(),
    pairs: z.int().min(0),
    /** Whether the pairs have true flow, so that they can be scored. */
    truth: z.boolean(),
  })),
  [MADE_BY]: madeBySchema.optional(),
});

export type SplitSummary = z.infer<typeof schema>["splits"][number];

/** The text of splits.json. */
export function formatSplits(splits: readonly SplitSummary[], madeBy: MadeBy): string {
  return JSON.stringify({ splits, [MADE_BY]: madeBy }, null, 2) + "\n";
}

/**
 * @param file its path, for errors
 * @throws {Error} when it is not JSON, does not list splits, or lists one twice, which would then be scored twice
 */
export function parseSplits(text: string | Uint8Array, file: string): SplitSummary[] {
  const { splits } = parseJson(text, schema, { file, mend: MEND });
  const names = splits.map(({ split }) => split);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  if (twice !== undefined) throw unreadable(file, `it lists the split ${twice} twice`, MEND);
  return splits;
}
