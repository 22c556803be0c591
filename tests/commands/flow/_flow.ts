/** `deno task flow` as deno.json calls it, in a folder of its own with pictures and a small model. */
import { join } from "@std/path";
import denoConfig from "../../../deno.json" with { type: "json" };
import { encodePng } from "../../../pipeline/common/io/png.ts";
import { writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { smallModel, waves } from "../../flow/_waves.ts";
import { ROOT } from "../../stages/_run.ts";

export interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** @param args with relative paths, as in a terminal in that folder */
export async function runFlow(folder: string, ...args: string[]): Promise<Result> {
  const { code, stdout, stderr } = await flowCommand(folder, args).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** Not started yet. */
export function flowCommand(
  folder: string,
  args: readonly string[],
  output: "piped" | "null" = "piped",
): Deno.Command {
  const [program, ...flags] = denoConfig.tasks.flow.command.split(" ");
  return new Deno.Command(program, {
    args: [...flags, ...args],
    cwd: ROOT,
    env: { NO_COLOR: "1", INIT_CWD: folder },
    stdout: output,
    stderr: output,
  });
}

/** A folder with m.safetensors, where `check` runs. */
export async function inFlowFolder(check: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeFile(join(folder, "m.safetensors"), writeModel(smallModel()));
    await check(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** The picture of waves that moved by (u, v), as RGB of 8 bits. */
export function wavesPng(u: number, v: number, width = 96, height = 80): Uint8Array<ArrayBuffer> {
  return encodePng({ ...waves(u, v, width, height), channels: 3 });
}

/** Paths of all files below a folder, sorted. */
export function filesBelow(folder: string, below = ""): string[] {
  return [...Deno.readDirSync(join(folder, below))].flatMap(({ name, isDirectory }) => {
    const path = join(below, name);
    return isDirectory ? filesBelow(folder, path) : [path];
  }).sort();
}
