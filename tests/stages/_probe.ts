/** A stage of a few lines, run as a stage runs: a program of its own with named permissions. */
import { join } from "@std/path";
import { ROOT } from "./_run.ts";

const PERMISSIONS = ["--allow-read=params.yaml,results/probe", "--allow-write=results/probe"];

/** Writes `runStage("probe", async () => { BODY })` into `folder`. @returns the command that runs it there */
export function probeCommand(folder: string, body: string, args: string[] = []): string[] {
  const module = (name: string) => new URL(`../../stages/common/${name}.ts`, import.meta.url).href;
  const program = join(folder, "probe.ts");
  Deno.writeTextFileSync(
    program,
    `import * as stage from "${module("stage")}";\nimport * as ending from "${
      module("ending")
    }";\n` +
      `await stage.runStage("probe", async () => {\nending;\n${body}\n});`,
  );
  return ["deno", "run", "--no-prompt", "--ignore-env", "--quiet"]
    .concat(["--config", join(ROOT, "deno.json")], PERMISSIONS, program, args);
}

export async function runProbe(
  folder: string,
  body: string,
  args: string[] = [],
): Promise<{ code: number; stdout: string; stderr: string }> {
  const [program, ...rest] = probeCommand(folder, body, args);
  const { code, stdout, stderr } = await new Deno.Command(program, { args: rest, cwd: folder })
    .output();
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}
