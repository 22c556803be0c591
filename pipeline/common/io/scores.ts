/** metrics.json and summary.json of stages that score flow: scores by data set, beside what made them. */
import { z } from "zod";
import { parseJson } from "./json.ts";
import { MADE_BY, madeBySchema } from "./made_by.ts";

const scoresSchema = z.record(z.string(), z.number());
const schema = z.object({ [MADE_BY]: madeBySchema.optional() }).catchall(scoresSchema);

type ScoresByDataset = Record<string, z.infer<typeof scoresSchema>>;

/**
 * The scores alone; what made them, parseMadeByKey() reads.
 * @param file its path, for errors
 * @param stage that writes it, to say what to run
 * @throws {Error} when it is not JSON or holds anything but numbers by data set
 */
export function parseScores(
  text: string | Uint8Array,
  file: string,
  stage?: string,
): ScoresByDataset {
  const { [MADE_BY]: _, ...scores } = parseJson(text, schema, {
    file,
    mend: stage && `Make it anew with: ./run dvc repro -f ${stage}`,
  });
  return scores as ScoresByDataset;
}
