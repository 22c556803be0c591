/** `deno task checkpoints` as deno.json calls it, in another folder. */
import { join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { ROOT } from "../stages/_run.ts";

export async function listCheckpoints(folder: string, ...args: string[]) {
  const [program, ...flags] = denoConfig.tasks.checkpoints.command.split(" ");
  const script = join(ROOT, flags.pop()!);
  const { code, stdout, stderr } = await new Deno.Command(program, {
    args: [...flags.slice(0, 1), "--config", join(ROOT, "deno.json"), ...flags.slice(1), script]
      .concat(args),
    cwd: folder,
    env: { NO_COLOR: "1" },
  }).output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
