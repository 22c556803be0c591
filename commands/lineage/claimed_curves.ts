/** The curves of a training stage against the numbers of steps that its run recorded. */
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import { parseValues } from "./values.ts";

/**
 * @param folder for messages
 * @param texts of loss.tsv, validation.tsv and metrics.json, where they are here
 * @param section steps, log_every and validate_every of the run
 */
export function curveProblems(
  folder: string,
  texts: Readonly<Record<string, string | undefined>>,
  section: Readonly<Record<string, unknown>>,
): string[] {
  const steps = section.steps as number;
  const problems: string[] = [];
  for (const [name, key] of [["loss.tsv", "log_every"], ["validation.tsv", "validate_every"]]) {
    const text = texts[name], every = section[key];
    if (text === undefined || typeof every !== "number") continue;
    const found = parseTsv(text, `${folder}/curves/${name}`, { step: "number" }).map(({ step }) =>
      Number(step)
    );
    const wanted = rowsAt(steps, every);
    if (found.join() === wanted.join()) continue;
    problems.push(
      `${folder}/${name} has ${found.length} rows up to step ${found.at(-1)}, dvc.lock asks for ` +
        `${wanted.length} up to ${steps} (steps ${steps}, ${key} ${every})`,
    );
  }
  if (texts["metrics.json"] === undefined) return problems;
  const metrics = parseValues(texts["metrics.json"], `${folder}/metrics.json`);
  if (metrics.steps_count !== undefined && metrics.steps_count !== steps) {
    problems.push(
      `${folder}/metrics.json has steps_count = ${metrics.steps_count}, dvc.lock says ${steps}`,
    );
  }
  const loss = texts["loss.tsv"];
  const last = loss === undefined ? {} : parseTsv(loss, `${folder}/curves/loss.tsv`).at(-1) ?? {};
  for (const [name, cell] of Object.entries(last)) {
    const value = metrics[name];
    // Both are rounded to the same digits.
    if (value === undefined || value === Number(cell)) continue;
    problems.push(`${folder}/metrics.json has ${name} = ${value}, loss.tsv ends with ${cell}`);
  }
  return problems;
}

/** Every so many steps, and the last. */
function rowsAt(steps: number, every: number): number[] {
  const rows = Array.from({ length: Math.floor(steps / every) }, (_, i) => (i + 1) * every);
  return rows.at(-1) === steps ? rows : [...rows, steps];
}
