/**
 * `deno task deps`: writes into dvc.yaml and sweep/dvc.yaml what follows from the code: the deps that are modules
 * and kernels, and the command with its permissions. Everything else in the files, comments included, stays as it is.
 * Also writes stages/report/graph.json, the stages in short: the report shows them, and DVC takes no dvc.yaml as a dependency.
 * `--check` writes nothing and exits 1 if something would change.
 */
import { parseArgs } from "@std/cli/parse-args";
import { isMap, parse, parseDocument, Scalar, type YAMLMap } from "yaml";
import type { StageDefinition } from "../pipeline/report/lineage.ts";
import {
  isCode,
  outPath,
  programOf,
  reachedFiles,
  type Stage,
  stageCommand,
} from "../commands/_contract.ts";

const FILE = "dvc.yaml";
const SWEEP = "sweep/dvc.yaml";
const GRAPH = "stages/report/graph.json";

/** The text of dvc.yaml with its generated parts brought up to date; stages without a program are left alone. */
export async function updatedPipeline(text: string): Promise<string> {
  const document = parseDocument(text);
  const stages = document.get("stages") as YAMLMap<Scalar<string>, YAMLMap>;
  for (const { key, value: node } of stages.items) {
    const name = key.value;
    if (!isMap(node)) continue;
    const stage = node.toJSON() as Stage;
    const [program] = programOf(name, stage);
    if (!await exists(program)) continue;
    const data = (stage.deps ?? []).filter((path) => !isCode(path));
    const deps = [...data, "deno.lock", ...await reachedFiles(program)].sort();
    node.set("deps", document.createNode(deps));
    const command = new Scalar(stageCommand(name, stage, deps));
    command.type = Scalar.BLOCK_FOLDED;
    node.set("cmd", command);
  }
  return document.toString({ lineWidth: 100 });
}

/** The text of stages/report/graph.json that belongs to a dvc.yaml. */
export function pipelineGraph(text: string): string {
  const { stages } = parse(text) as { stages: Record<string, Stage> };
  const definitions = Object.entries(stages).map(
    ([name, { cmd, params = [], deps = [], outs }]): StageDefinition => ({
      name,
      cmd: cmd.trim(),
      params,
      outs: outs.map(outPath),
      data: deps.filter((path) => !isCode(path)),
      code: deps.filter(isCode),
    }),
  );
  return JSON.stringify(definitions, null, 2) + "\n";
}

async function exists(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFile;
  } catch {
    return false;
  }
}

if (import.meta.main) {
  const { check, help, _: others } = parseArgs(Deno.args, { boolean: ["check", "help"] });
  if (help || others.length > 0) {
    console.log(
      "deno task deps [--check]\n  Brings deps and permissions in dvc.yaml, and stages/report/graph.json, up to date.",
    );
    Deno.exit(help ? 0 : 2);
  }
  try {
    await update(check);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}

async function update(check: boolean): Promise<void> {
  const before = await Deno.readTextFile(FILE);
  const after = await updatedPipeline(before);
  await bringUpToDate(FILE, before, after, check);
  const sweep = await Deno.readTextFile(SWEEP);
  await bringUpToDate(SWEEP, sweep, await updatedPipeline(sweep), check);
  const graph = await exists(GRAPH) ? await Deno.readTextFile(GRAPH) : "";
  await bringUpToDate(GRAPH, graph, pipelineGraph(after), check);
}

async function bringUpToDate(
  file: string,
  before: string,
  after: string,
  check: boolean,
): Promise<void> {
  if (before === after) return console.log(`${file} is up to date.`);
  if (check) throw new Error(`${file} does not match the imports. Run: ./run deno task deps`);
  await Deno.writeTextFile(file, after);
  console.log(`${file} updated.`);
}
