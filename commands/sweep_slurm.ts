/**
 * `deno task sweep:slurm`: a sweep as a job array of Slurm, on as many machines as it gives. Writes the script, submits it,
 * and prints how to watch and to collect.
 */
import { parseArgs } from "@std/cli/parse-args";
import { checkOwn, OWN, ownNames } from "../pipeline/fetch/own_archives.ts";
import { type Cell, cellsOf } from "./slurm/cells.ts";
import { jobScript, type Sweep } from "./slurm/job_script.ts";
import { sweepSource } from "./slurm/source.ts";
import { readableShellWord } from "./slurm/words.ts";
import { runCommand } from "./verify/command.ts";

const HELP =
  `deno task sweep:slurm -S SECTION.KEY=VALUE,VALUE... [-S ...] [OPTION...] [-- SBATCH-OPTION...]
One job for each combination of the values: a clone of the last commit, dvc pull, dvc exp run -S, dvc exp push.
  -S             as for ./run dvc exp run --queue
  --name NAME    experiments are called NAME-1, NAME-2 ... (default: sweep)
  --remote NAME  the remote of DVC that takes the results (default: the default remote); every machine must reach it
  --at-once N    so many jobs at the same time, at most
  --dry-run      prints the script and submits nothing
  Whatever follows -- goes to Slurm: -- --partition=gpu --gres=gpu:1 --time=2:00:00
Exit status: 0 submitted, 1 not, 2 wrong usage`;

interface Wanted {
  readonly settings: readonly string[];
  readonly name: string;
  readonly remote?: string;
  readonly atOnce?: number;
  readonly dryRun: boolean;
  readonly options: readonly string[];
}

/** Undefined when help was asked for. @throws {Error} when the arguments make no sense */
export function readArguments(args: string[]): Wanted | undefined {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const given = parseArgs(args.slice(0, end), {
    boolean: ["dry-run", "help"],
    string: ["S", "name", "remote", "at-once"],
    collect: ["S"],
    alias: { S: "set-param", help: "h" },
    default: { name: "sweep" },
    unknown: (argument) => {
      throw new Error(`Cannot understand "${argument}".`);
    },
  });
  if (given.help) return undefined;
  const atOnce = given["at-once"] === undefined ? undefined : Number(given["at-once"]);
  if (given.S.length === 0) {
    throw new Error("Cannot sweep over nothing: give -S SECTION.KEY=VALUE,VALUE.");
  }
  if (atOnce !== undefined && !(Number.isInteger(atOnce) && atOnce > 0)) {
    throw new Error(
      `Cannot use --at-once "${given["at-once"]}": it must be a whole number from 1 on.`,
    );
  }
  if (!/^[a-zA-Z][\w-]*$/.test(given.name)) {
    throw new Error(
      `Cannot use --name "${given.name}": it must begin with a letter and hold letters, digits, ` +
        `- and _.`,
    );
  }
  return {
    settings: given.S as string[],
    name: given.name,
    remote: given.remote,
    atOnce,
    dryRun: given["dry-run"],
    options: args.slice(end + 1),
  };
}

async function main({ settings, name, remote, atOnce, dryRun, options }: Wanted): Promise<void> {
  const root = Deno.cwd();
  const cells = cellsOf(settings, await Deno.readTextFile("params.yaml"));
  const { problems, ...source } = await sweepSource(root, remote);
  await checkOwn(OWN, Deno);
  const own = await ownNames(OWN, Deno);
  const logs = `${root}/.cache/slurm/${name}`;
  const script = jobScript({ ...source, name, cells, own, logs, atOnce, options });
  if (dryRun) {
    if (problems.length > 0) console.error(`It would not be submitted.\n${problems.join("\n")}\n`);
    return console.log(script.trimEnd());
  }
  if (problems.length > 0) throw new Error(`Nothing was submitted.\n${problems.join("\n")}`);
  const path = `${logs}/job.sh`;
  await Deno.mkdir(logs, { recursive: true });
  await Deno.writeTextFile(path, script);
  const job = await submit(path, root);
  console.log(submittedText({ job, logs, path, cells, name, remote: source.remote }));
}

async function submit(path: string, root: string): Promise<string> {
  try {
    const { code, stdout, stderr } = await runCommand("sbatch", ["--parsable", path], {
      cwd: root,
    });
    if (code !== 0) throw new Error(`sbatch refused ${path}: ${stderr.trim()}`);
    return stdout.trim().split(";")[0];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new Error(
      "There is no sbatch here. Run this on a machine of a Slurm cluster where jobs are submitted, " +
        `or take the script with you: ${path}`,
    );
  }
}

interface Submitted extends Pick<Sweep, "cells" | "logs" | "name" | "remote"> {
  readonly job: string;
  readonly path: string;
}

function submittedText({ job, logs, path, cells, name, remote }: Submitted): string {
  const row = (cell: Cell, i: number) => `  ${name}-${i + 1}  ${cell.join("  ")}`;
  return `Submitted job ${job}:
${cells.map(row).join("\n")}
Watch:       squeue --job ${job}; the output of cell N is in ${logs}/N_${job}.log
Again:       sbatch --array=N ${
    readableShellWord(path)
  }, which goes on where a time limit stopped it
When done:   sbatch --dependency=afterany:${job} (afterok would wait for ever if a cell fails)
Collect:     ./run dvc exp pull --remote ${remote.name} --no-run-cache origin ${name}-1 ... (or -A, all)
             ./run dvc exp show
Complete if: git ls-remote origin 'refs/exps/*/${name}-*' lists ${cells.length}`;
}

if (import.meta.main) {
  let wanted: Wanted | undefined;
  try {
    wanted = readArguments(Deno.args);
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    Deno.exit(2);
  }
  if (!wanted) {
    console.log(HELP);
    Deno.exit(0);
  }
  try {
    await main(wanted);
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
