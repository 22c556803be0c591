/**
 * `deno task deps`: whether every dvc.yaml says what the code does, and what to write where it does not. Also
 * writes stages/report/graph.json, the stages in short: the report shows them, and DVC takes no dvc.yaml as a dependency.
 */
import { parse } from "yaml";
import {
  asInRoot,
  CODE,
  contractProblems,
  isCode,
  isProgram,
  outPath,
  programOf,
  reachedFiles,
  type Stage,
} from "../commands/contract.ts";
import { Git } from "../commands/lineage/git.ts";
import { hiddenCode } from "../commands/hidden_code.ts";
import { moduleMapProblems } from "../commands/module_map.ts";
import { CONFIGURATION } from "../commands/redirections.ts";
import type { StageDefinition } from "../pipeline/report/lineage.ts";

const GRAPH = "stages/report/graph.json";
const PIPELINES = ["dvc.yaml", "sweep/dvc.yaml", "models/dvc.yaml", "commands/own/pipeline.yaml"];

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

/** What no dvc.yaml can mend: modules that are redirected, code that DVC does not see. */
export async function otherProblems(): Promise<string[]> {
  const git = new Git(".");
  const paths = await git.workingFiles() ?? [];
  return [
    ...moduleMapProblems(paths, await Deno.readFile(CONFIGURATION)),
    ...await hiddenCode((folder) => git.hiddenFromDvc(folder), CODE, new Set(paths)),
  ];
}

/** All that is wrong in a dvc.yaml. @param pipeline its path */
export async function pipelineProblems(text: string, pipeline: string): Promise<string[]> {
  const { stages } = parse(text) as { stages: Record<string, Stage> };
  const problems: string[] = [];
  for (const [name, written] of Object.entries(stages)) {
    if (!isProgram(written)) continue;
    const { stage, results } = asInRoot(pipeline, name, written);
    const reached = await reachedFiles(programOf(name, stage)[0]);
    problems.push(
      ...contractProblems(name, stage, results, reached)
        .map((problem) => `stage ${name} ${problem}`),
    );
  }
  return problems;
}

if (import.meta.main) {
  if (Deno.args.length > 0) {
    console.log(
      "deno task deps\n  Compares every dvc.yaml with the imports, and writes " + GRAPH,
    );
    Deno.exit(Deno.args[0] === "--help" ? 0 : 2);
  }
  const others = await otherProblems();
  others.forEach((problem) => console.error(`${problem}.`));
  let wrong = others.length;
  for (const file of PIPELINES) {
    const problems = await pipelineProblems(await Deno.readTextFile(file), file);
    problems.forEach((problem) => console.error(`${file}: ${problem}`));
    if (problems.length === 0) console.log(`${file} says what its stages do.`);
    wrong += problems.length;
  }
  await Deno.writeTextFile(GRAPH, pipelineGraph(await Deno.readTextFile("dvc.yaml")));
  Deno.exit(wrong > 0 ? 1 : 0);
}
