/**
 * `deno task deps`: writes into dvc.yaml what follows from the code: the deps that are modules and kernels, and
 * the command with its permissions. Everything else in the file, comments included, stays as it is.
 * `--check` writes nothing and exits 1 if something would change.
 */
import { parseArgs } from "@std/cli/parse-args";
import { isMap, parseDocument, Scalar, type YAMLMap } from "yaml";
import { isCode, reachedFiles, type Stage, stageCommand } from "./_contract.ts";

const FILE = "dvc.yaml";

/** The text of dvc.yaml with its generated parts brought up to date; stages without a program are left alone. */
export async function updatedPipeline(text: string): Promise<string> {
  const document = parseDocument(text);
  const stages = document.get("stages") as YAMLMap<Scalar<string>, YAMLMap>;
  for (const { key, value: node } of stages.items) {
    const name = key.value;
    const program = `stages/${name}.ts`;
    if (!isMap(node) || !await exists(program)) continue;
    const stage = node.toJSON() as Stage;
    const data = (stage.deps ?? []).filter((path) => !isCode(path));
    const deps = [...data, "deno.lock", ...await reachedFiles(program)].sort();
    node.set("deps", document.createNode(deps));
    const command = new Scalar(stageCommand(name, stage, deps));
    command.type = Scalar.BLOCK_FOLDED;
    node.set("cmd", command);
  }
  return document.toString({ lineWidth: 100 });
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
    console.log("deno task deps [--check]\n  Brings deps and permissions in dvc.yaml up to date.");
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
  if (before === after) return console.log(`${FILE} is up to date.`);
  if (check) throw new Error(`${FILE} does not match the imports. Run: ./run deno task deps`);
  await Deno.writeTextFile(FILE, after);
  console.log(`${FILE} updated.`);
}
