/** `deno task compare` as deno.json calls it, in a folder of its own with Git. */
import { join } from "@std/path";
import denoConfig from "../../../deno.json" with { type: "json" };
import { packSplit } from "../../../pipeline/common/io/pack.ts";
import { ROOT, write, writeParams } from "../../stages/_run.ts";
import { drawnPair } from "../../picture/viewer/_pair.ts";

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(program: string, args: string[], folder: string): Promise<Result> {
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: folder,
    env: { NO_COLOR: "1", INIT_CWD: folder },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** @param args with relative paths, as in a terminal in that folder */
export function runCompare(folder: string, ...args: string[]): Promise<Result> {
  const [program, command, ...flags] = denoConfig.tasks.compare.command.split(" ");
  const script = join(ROOT, flags.pop()!);
  const config = `--config=${join(ROOT, "deno.json")}`;
  return run(program, [command, config, ...flags, script, ...args], folder);
}

export async function git(folder: string, ...args: string[]): Promise<string> {
  const identity = ["-c", "user.name=a", "-c", "user.email=a@b.c"];
  const { code, stdout, stderr } = await run("git", [...identity, ...args], folder);
  if (code !== 0) throw new Error(stderr);
  return stdout.trim();
}

/** results/preprocess with the data set "drawn", of so many pairs of 21 x 13 pixels, and params.yaml. */
export async function packPairs(folder: string, count: number): Promise<void> {
  const place = join(folder, "results/preprocess");
  const pairs = Array.from({ length: count }, (_, i) => drawnPair(`pair_${i}`));
  await packSplit("drawn", pairs, (name, bytes) => write(join(place, "drawn", name), bytes));
  const splits = [
    { split: "scenes_test", dataset: "scenes", pairs: 0, truth: true },
    { split: "drawn", dataset: "drawn", pairs: count, truth: true },
    { split: "real_train", dataset: "drawn", pairs: count, truth: false },
  ];
  await write(join(place, "splits.json"), new TextEncoder().encode(JSON.stringify({ splits })));
  await writeParams(folder, []);
}
