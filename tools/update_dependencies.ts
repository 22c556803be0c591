/**
 * `deno task deps`: whether every dvc.yaml says what the code does, and what to write where it does not. Also
 * writes stages/report/graph.json, the stages in short: the report shows them, and DVC takes no dvc.yaml as a dependency.
 */
import { dirname, join, normalize } from "@std/path";
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

/** The pipeline in a folder whose stages some of the experiment's start from. */
const OTHER = "models/dvc.yaml";

/**
 * The text of stages/report/graph.json that belongs to two pipelines.
 * @param text of the experiment's dvc.yaml @param other of OTHER, of which those stages are taken that the experiment needs
 */
export function pipelineGraph(text: string, other: string): string {
  const own = definitionsOf(text);
  const others = definitionsOf(other, OTHER);
  const needed = new Set<StageDefinition>();
  const waiting = own.flatMap(({ data }) => data);
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    const wanted = path;
    const maker = others.find(({ outs }) =>
      outs.some((out) => wanted === out || wanted.startsWith(`${out}/`))
    );
    if (!maker || needed.has(maker)) continue;
    needed.add(maker);
    waiting.push(...maker.data);
  }
  const definitions = [...others.filter((stage) => needed.has(stage)), ...own];
  return JSON.stringify(definitions, null, 2) + "\n";
}

/** @param pipeline its path, where the stages run; their paths are then given from the root */
function definitionsOf(text: string, pipeline = "dvc.yaml"): StageDefinition[] {
  const { stages } = parse(text) as { stages: Record<string, Stage> };
  const folder = dirname(pipeline);
  const fromRoot = (path: string) => normalize(join(folder, path));
  return Object.entries(stages).map(([name, { cmd, params = [], deps = [], outs }]) => {
    const paths = deps.map(fromRoot);
    return {
      name: folder === "." ? name : `${folder}:${name}`,
      cmd: cmd.trim(),
      params: params as string[],
      outs: outs.map(outPath).map(fromRoot),
      data: paths.filter((path) => !isCode(path)),
      code: paths.filter(isCode),
    };
  });
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
  const [own, other] = await Promise.all(
    ["dvc.yaml", OTHER].map((path) => Deno.readTextFile(path)),
  );
  await Deno.writeTextFile(GRAPH, pipelineGraph(own, other));
  Deno.exit(wrong > 0 ? 1 : 0);
}
