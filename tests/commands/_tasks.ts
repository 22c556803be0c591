/** The project's own tasks, called as deno.json calls them, in the folder of another project. */
import { join } from "@std/path";
import denoConfig from "../../deno.json" with { type: "json" };
import { type CommandResult, type Project, ROOT } from "./lineage/_project.ts";

export function traceNumber(project: Project, ...args: string[]): Promise<CommandResult> {
  return runTask(project, denoConfig.tasks.trace.command, args);
}

/** The same, called in another folder. */
export function traceFrom(
  place: string,
  project: Project,
  ...args: string[]
): Promise<CommandResult> {
  return runTask(project, denoConfig.tasks.trace.command, args, [`INIT_CWD=${place}`]);
}

export function makeCrate(project: Project, ...args: string[]): Promise<CommandResult> {
  return runTask(project, denoConfig.tasks.crate.command, args);
}

export function verifyCommit(project: Project, ...args: string[]): Promise<CommandResult> {
  return runTask(project, denoConfig.tasks.verify.command, args);
}

/** @param environment replaces variables of this process */
export function sweepWithSlurm(
  project: Project,
  environment: Record<string, string>,
  ...args: string[]
): Promise<CommandResult> {
  const variables = Object.entries(environment).map(([name, value]) => `${name}=${value}`);
  return runTask(project, denoConfig.tasks["sweep:slurm"].command, args, variables);
}

function runTask(
  project: Project,
  command: string,
  args: string[],
  variables: string[] = [],
): Promise<CommandResult> {
  const [program, run, ...flags] = command.split(" ");
  const script = join(ROOT, flags.pop()!);
  const config = ["--config", join(ROOT, "deno.json")];
  // As if `deno task` had been called in the project, and not where the tests were.
  return project.run(
    "env",
    `INIT_CWD=${project.folder}`,
    ...variables,
    program,
    run,
    ...config,
    ...flags,
    script,
    ...args,
  );
}
