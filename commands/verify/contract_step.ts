/**
 * Step contract: every stage declares all code that it reaches, and its command allows what its deps, params and outs
 * say and nothing else. Runs no stage.
 */
import { dirname, join } from "@std/path";
import { parse } from "yaml";
import {
  isCode,
  outPath,
  programOf,
  reachedFiles,
  type Stage,
  stageCommand,
} from "../_contract.ts";
import { Git } from "../lineage/git.ts";
import { pipelinesOf, stageAddress } from "../lineage/repository.ts";
import { updatedPipeline } from "../../tools/update_dependencies.ts";
import { counted, fails, holds, type Site, type Step, type Verdict } from "./step.ts";

export const contractStep: Step = {
  name: "contract",
  claim: "deps are complete, and permissions equal deps and outs",
  cost: "seconds",
  run: checkContract,
};

async function checkContract({ root }: Site): Promise<Verdict> {
  const problems: string[] = [];
  const files = new Set<string>();
  let count = 0;
  for (const pipeline of pipelinesOf(await new Git(root).workingFiles() ?? ["dvc.yaml"])) {
    const text = await Deno.readTextFile(join(root, pipeline));
    const { stages = {} } = parse(text) as { stages?: Record<string, Stage> };
    const before = problems.length;
    for (const [name, stage] of Object.entries(stages)) {
      const address = stageAddress({ pipeline, name });
      const results = pipeline === "dvc.yaml" ? `results/${name}` : `results/${dirname(pipeline)}`;
      const found = await stageProblems(name, stage, results, files);
      problems.push(...found.map((problem) => `stage ${address} ${problem}`));
      count++;
    }
    if (problems.length === before && await updatedPipeline(text) !== text) {
      problems.push(`${pipeline} is not as the generator writes it`);
    }
  }
  if (problems.length > 0) {
    return fails("dvc.yaml does not say what the stages do", [
      ...problems,
      "Run: ./run deno task deps; then ./run, since a stage with other deps is another stage",
    ]);
  }
  return holds(
    `${counted(count, "stage")}, which reach ${counted(files.size, "module")} and kernels`,
  );
}

/**
 * Each continues "stage NAME ...".
 * @param results the folder that all of its outs must lie in
 * @param files collects what all stages reach
 */
async function stageProblems(
  name: string,
  stage: Stage,
  results: string,
  files: Set<string>,
): Promise<string[]> {
  const [program] = programOf(name, stage);
  let reached: string[];
  try {
    reached = ["deno.lock", ...await reachedFiles(program)];
  } catch (error) {
    return [`has no program that can be read: ${(error as Error).message.trim()}`];
  }
  reached.forEach((path) => files.add(path));
  const { deps = [], outs = [], cmd } = stage;
  const declared = deps.filter(isCode);
  const problems = [
    ...reached.filter((path) => !declared.includes(path))
      .map((path) => `reaches ${path}, which is not among its deps`),
    ...declared.filter((path) => !reached.includes(path))
      .map((path) => `declares ${path}, which it does not reach`),
    ...await computedImports(reached),
    ...outs.map(outPath)
      .filter((path) => path !== results && !path.startsWith(`${results}/`))
      .map((path) => `has the output ${path} outside of ${results}`),
  ];
  const data = deps.filter((path) => !isCode(path));
  const complete = [...data, ...reached].sort();
  const wanted = permissions(stageCommand(name, stage, complete));
  const given = permissions(cmd);
  for (const word of [...given].filter((word) => !wanted.has(word))) {
    problems.push(`has ${word} in its command, which its deps, params and outs do not say`);
  }
  for (const word of [...wanted].filter((word) => !given.has(word))) {
    problems.push(`lacks ${word} in its command`);
  }
  return problems;
}

/** The words of a command, a permission for several things as one for each. */
function permissions(command: string): Set<string> {
  const words = command.replaceAll('"', "").split(/\s+/).filter((word) => word !== "");
  return new Set(words.flatMap((word) => {
    const [flag, values] = word.split("=", 2);
    return values === undefined ? [word] : values.split(",").map((value) => `${flag}=${value}`);
  }));
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
