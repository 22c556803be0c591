/** Runs a stage in a folder of its own, by the command and with the permissions of dvc.yaml. */
import { dirname, fromFileUrl, join } from "@std/path";
import { parse } from "yaml";

export const ROOT = fromFileUrl(new URL("../..", import.meta.url));

/** What runs a test needs: all of params.yaml with some lines replaced. */
export async function writeParams(folder: string, changes: [string | RegExp, string][]) {
  let text = await Deno.readTextFile(join(ROOT, "params.yaml"));
  for (const [from, to] of changes) text = text.replace(from, to);
  await Deno.writeTextFile(join(folder, "params.yaml"), text);
}

/** The arguments of `deno` that dvc.yaml gives a stage, for a run in another folder. */
export async function stageArguments(name: string): Promise<string[]> {
  const { stages } = parse(await Deno.readTextFile(join(ROOT, "dvc.yaml")));
  const [, , ...args] = (stages[name].cmd as string).trim().split(/\s+/);
  const inRoot = args.map((word) => word.startsWith("stages/") ? join(ROOT, word) : word);
  return ["run", `--config=${join(ROOT, "deno.json")}`, ...inRoot];
}

export async function runStage(
  name: string,
  folder: string,
): Promise<{ code: number; stderr: string }> {
  const { code, stderr } = await new Deno.Command(Deno.execPath(), {
    args: await stageArguments(name),
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  return { code, stderr: new TextDecoder().decode(stderr) };
}

export async function inFolder(test: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await test(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

export async function write(path: string, bytes: Uint8Array): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  await Deno.writeFile(path, bytes);
}

/** Names of everything in a folder, sorted; none when there is no folder. */
export async function names(folder: string): Promise<string[]> {
  try {
    return (await Array.fromAsync(Deno.readDir(folder))).map(({ name }) => name).sort();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return [];
    throw error;
  }
}
