/**
 * Which cell of the sweep a program is to run: DVC says the name of its stage in DVC_STAGE, as in `sweep/dvc.yaml:direct_plain@l1`.
 * In the command of sweep/dvc.yaml, a shell would read what stands in the lists of sweep/params.yaml.
 */
import { type Cell, cellNamed } from "../../pipeline/smoothness/cells.ts";

export type Experiment = "direct" | "train";

const STAGE = /(?:^|:)(direct|train)_(plain|unrolled|stop_gradient)@(.*)$/s;
const PREFIX: Readonly<Record<string, string>> = {
  plain: "",
  unrolled: "unrolled_T",
  stop_gradient: "unrolled_stop_gradient_T",
};

/** The help of the program of a cell. */
export function cellUsage(experiment: Experiment): string {
  return `One ${experiment} cell of the sweep; which one says DVC_STAGE, which DVC sets. Run all of them with: ` +
    `./run dvc repro sweep/dvc.yaml\nor one with: ./run dvc repro -s sweep/dvc.yaml:${experiment}_unrolled@1`;
}

/**
 * @param stage the value of DVC_STAGE
 * @throws {Error} when it names no cell of the experiment
 */
export function cellOfStage(stage: string | undefined, experiment: Experiment): Cell {
  const [, found, kind, value] = STAGE.exec(stage ?? "") ?? [];
  if (found === experiment) return cellNamed(PREFIX[kind] + value);
  throw new Error(
    `Cannot tell which cell to run: DVC_STAGE must name one of ${experiment}, as in ${experiment}_plain@l1 or ` +
      `${experiment}_unrolled@3, got ${
        JSON.stringify(stage ?? "")
      }. Run it with: ./run dvc repro sweep/dvc.yaml`,
  );
}
