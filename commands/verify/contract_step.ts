/**
 * Step contract: every stage declares all code that it reaches, and its command allows what its deps, params and outs
 * say and nothing else. Runs no stage.
 */
import { join } from "@std/path";
import { parse } from "yaml";
import {
  asInRoot,
  contractProblems,
  isProgram,
  programOf,
  reachedFiles,
  type Stage,
} from "../contract.ts";
import { hiddenCode } from "../hidden_code.ts";
import { moduleMapProblems } from "../module_map.ts";
import { CONFIGURATION } from "../redirections.ts";
import { Git } from "../lineage/git.ts";
import { pipelinesOf, stageAddress } from "../lineage/repository.ts";
import { counted } from "../counted.ts";
import { fails, holds, type Site, type Step, type Verdict } from "./step.ts";

export const contractStep: Step = {
  name: "contract",
  claim: "deps are complete, and permissions equal deps and outs",
  cost: "seconds",
  run: checkContract,
};

async function checkContract({ root }: Site): Promise<Verdict> {
  const problems: string[] = [];
  const files = new Set<string>();
  const folders: string[] = [];
  let count = 0;
  const git = new Git(root);
  const paths = await git.workingFiles() ?? ["dvc.yaml"];
  const redirected = moduleMapProblems(paths, await Deno.readFile(join(root, CONFIGURATION)));
  if (redirected.length > 0) return fails("modules may be others than their names say", redirected);
  for (const pipeline of pipelinesOf(paths)) {
    const text = await Deno.readTextFile(join(root, pipeline));
    const { stages = {} } = parse(text) as { stages?: Record<string, Stage> };
    for (const [name, stage] of Object.entries(stages)) {
      if (!isProgram(stage)) continue;
      const address = stageAddress({ pipeline, name });
      const inRoot = asInRoot(pipeline, name, stage);
      folders.push(...inRoot.stage.deps ?? []);
      const found = await stageProblems(name, inRoot, files);
      problems.push(...found.map((problem) => `stage ${address} ${problem}`));
      count++;
    }
  }
  const hidden = await hiddenCode(
    (folder) => git.hiddenFromDvc(folder),
    folders,
    new Set(paths),
    files,
  );
  if (hidden.length > 0) return fails("DVC does not see all code", hidden);
  if (problems.length > 0) {
    return fails("dvc.yaml does not say what the stages do", [
      ...problems,
      "Correct dvc.yaml (./run deno task deps says the same); then ./run, since a stage with other deps is another stage",
    ]);
  }
  return holds(
    `${counted(count, "stage")}, which reach ${counted(files.size, "module")} and kernels`,
  );
}

/**
 * Each continues "stage NAME ...".
 * @param placed the stage, and the folder that all of its outs must lie in
 * @param files collects what all stages reach
 */
async function stageProblems(
  name: string,
  { stage, results }: ReturnType<typeof asInRoot>,
  files: Set<string>,
): Promise<string[]> {
  let reached: string[];
  try {
    reached = await reachedFiles(programOf(name, stage)[0]);
  } catch (error) {
    return [`has no program that can be read: ${(error as Error).message.trim()}`];
  }
  reached.forEach((path) => files.add(path));
  return [
    ...contractProblems(name, stage, results, reached),
    ...await computedImports(reached),
  ];
}

/** An import of a computed name is invisible to the graph. */
async function computedImports(paths: readonly string[]): Promise<string[]> {
  const problems: string[] = [];
  for (const path of paths.filter((path) => path.endsWith(".ts"))) {
    const code = await Deno.readTextFile(path);
    const [found] = code.match(/\bimport\((?!\s*"[^"]*"\s*[,)])[^)]*\)/) ?? [];
    if (found) problems.push(`reaches ${path}, whose ${found} hides what it imports`);
  }
  return problems;
}
