/**
 * The key that a stage's checkpoints carry: parameters, data and code. Which files these are is read from the
 * stage's own deps in dvc.yaml, so the key and DVC cannot disagree. Reads with the stage's permissions. deno.json, which is
 * no dep, can put other code in the place of a module: what of it may is in the key, too.
 */
import { createHash } from "node:crypto";
import { join } from "@std/path";
import { z } from "zod";
import { unreadable } from "../../pipeline/common/io/text.ts";
import { parseYaml } from "../../pipeline/common/io/yaml.ts";
import { type InputFile, inputsKey } from "../../pipeline/train/provenance.ts";
import configuration from "../../deno.json" with { type: "json" };

const BLOCK_BYTES = 1 << 20;

const section = z.looseObject({
  deps: z.array(z.string(), { error: "must be the list of what the stage depends on" }),
});

/**
 * @param stage its name in the pipeline
 * @param settings parameters, and what else decides about the result, such as the adapter
 * @param pipeline the path of its dvc.yaml
 * @returns 64 hexadecimal digits
 * @throws {Error} when the pipeline is damaged or has no such stage, or a dependency does not exist
 */
export async function stageKey(
  stage: string,
  settings: unknown,
  pipeline = "dvc.yaml",
): Promise<string> {
  const schema = z.looseObject({ stages: z.looseObject({ [stage]: section }) });
  const mend = `Restore it with: git checkout ${pipeline}`;
  const content = await present(Deno.readFile(pipeline), pipeline, mend);
  const { stages } = parseYaml(content, schema, { file: pipeline, mend });
  const { deps } = stages[stage] as z.infer<typeof section>;
  const files: InputFile[] = [];
  for (const path of deps) {
    const { isDirectory } = await present(
      Deno.stat(path),
      path,
      `${pipeline} has it among the deps of ${stage}; run: ./run dvc repro ${pipeline}:${stage}`,
    );
    for (const file of isDirectory ? await filesBelow(path) : [path]) {
      files.push({ path: file, sha256: sha256(file) });
    }
  }
  const { tasks: _tasks, fmt: _fmt, lint: _lint, ...modules } = configuration;
  return await inputsKey({ settings, modules }, files);
}

/** What is asked of a path. @throws {Error} naming it and what helps when nothing is there */
async function present<T>(asked: Promise<T>, path: string, mend: string): Promise<T> {
  try {
    return await asked;
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw unreadable(path, "there is no such file or folder", mend);
  }
}

/** Every file below a folder. */
async function filesBelow(folder: string): Promise<string[]> {
  const files: string[] = [];
  for await (const { name } of Deno.readDir(folder)) {
    const path = join(folder, name);
    const { isDirectory } = await Deno.stat(path);
    files.push(...isDirectory ? await filesBelow(path) : [path]);
  }
  return files;
}

/** Block by block, since a shard is larger than needs be held in memory. */
function sha256(path: string): string {
  const hash = createHash("sha256");
  const block = new Uint8Array(BLOCK_BYTES);
  using file = Deno.openSync(path);
  for (let count = file.readSync(block); count !== null; count = file.readSync(block)) {
    hash.update(block.subarray(0, count));
  }
  return hash.digest("hex");
}
