/**
 * `deno task deps`: whether dvc.yaml and sweep/dvc.yaml say what the code does, and what to write where they do not. Also
 * writes stages/report/graph.json, the stages in short: the report shows them, and DVC takes no dvc.yaml as a dependency.
 */
import { parse } from "yaml";
import {
  CONFIGURATION,
  contractProblems,
  isCode,
  outPath,
  programOf,
  reachedFiles,
  type Stage,
} from "../commands/contract.ts";
import { Git } from "../commands/lineage/git.ts";
import { moduleMapProblems } from "../commands/module_map.ts";
import type { StageDefinition } from "../pipeline/report/lineage.ts";

const GRAPH = "stages/report/graph.json";
const PIPELINES = [["dvc.yaml", ""], ["sweep/dvc.yaml", "sweep"]];

/** The text of stages/report/graph.json that belongs to a dvc.yaml. */
export function pipelineGraph(text: string): string {
  const { stages } = parse(text) as { stages: Record<string, Stage> };
  const definitions = Object.entries(stages).map(
    ([name, { cmd, params = [], deps = [], outs }]): StageDefinition => ({
      name,
      cmd: cmd.trim(),
      params: params as string[],
      outs: outs.map(outPath),
      data: deps.filter((path) => !isCode(path)),
      code: deps.filter(isCode),
    }),
  );
  return JSON.stringify(definitions, null, 2) + "\n";
}

/** All that is wrong in a dvc.yaml. @param folder of its results, below results/; "" for one of the stage's name */
export async function pipelineProblems(text: string, folder: string): Promise<string[]> {
  const { stages } = parse(text) as { stages: Record<string, Stage> };
  const problems: string[] = [];
  for (const [name, stage] of Object.entries(stages)) {
    const reached = await reachedFiles(programOf(name, stage)[0]);
    problems.push(
      ...contractProblems(name, stage, `results/${folder || name}`, reached)
        .map((problem) => `stage ${name} ${problem}`),
    );
  }
  return problems;
}

if (import.meta.main) {
  if (Deno.args.length > 0) {
    console.log(
      "deno task deps\n  Compares dvc.yaml and sweep/dvc.yaml with the imports, and writes " +
        GRAPH,
    );
    Deno.exit(Deno.args[0] === "--help" ? 0 : 2);
  }
  const paths = await new Git(".").workingFiles() ?? [];
  const redirected = moduleMapProblems(paths, await Deno.readFile(CONFIGURATION));
  redirected.forEach((problem) => console.error(`${problem}.`));
  let wrong = redirected.length;
  for (const [file, folder] of PIPELINES) {
    const problems = await pipelineProblems(await Deno.readTextFile(file), folder);
    problems.forEach((problem) => console.error(`${file}: ${problem}`));
    if (problems.length === 0) console.log(`${file} says what its stages do.`);
    wrong += problems.length;
  }
  await Deno.writeTextFile(GRAPH, pipelineGraph(await Deno.readTextFile("dvc.yaml")));
  Deno.exit(wrong > 0 ? 1 : 0);
}
