/** metrics.json and summary.json of stages that score flow: scores by data set. */
import { z } from "zod";
import { parseJson } from "./json.ts";

const schema = z.record(z.string(), z.record(z.string(), z.number()));

/**
 * @param file its path, for errors
 * @param stage that writes it, to say what to run
 * @throws {Error} when it is not JSON or holds anything but numbers by data set
 */
export function parseScores(
  text: string | Uint8Array,
  file: string,
  stage?: string,
): z.infer<typeof schema> {
  return parseJson(text, schema, {
    file,
    mend: stage && `Make it anew with: ./run dvc repro -f ${stage}`,
  });
}
