/**
 * `deno task sweep:slurm`: a sweep as a job array of Slurm, on as many machines as it gives. Writes the script, submits it,
 * and prints how to watch and to collect.
 */
import { checkOwn, OWN, ownNames } from "../pipeline/fetch/own_archives.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { runCommand } from "./run_command.ts";
import { type Cell, cellsOf } from "./slurm/cells.ts";
import { jobScript, type Sweep } from "./slurm/job_script.ts";
import { sweepSource } from "./slurm/source.ts";
import { readableShellWord } from "./slurm/words.ts";
import { runProgram } from "./verify/command.ts";

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

export function parseSweep(args: readonly string[]): Parsed<Wanted> {
  const end = args.includes("--") ? args.indexOf("--") : args.length;
  const given = givenArguments(args.slice(0, end), {
    texts: ["name", "remote", "at-once"],
    lists: ["set-param"],
    switches: ["dry-run"],
    letters: { "set-param": "S" },
  });
  if (given === "help" || "wrong" in given) return given;
  const { lists: { "set-param": settings }, switches: { "dry-run": dryRun } } = given;
  const { name = "sweep", remote, "at-once": atOnce } = given.texts;
  if (settings.length === 0) {
    return { wrong: "Cannot sweep over nothing: give -S SECTION.KEY=VALUE,VALUE." };
  }
  if (atOnce !== undefined && !/^[1-9]\d{0,8}$/.test(atOnce)) {
    return { wrong: `Cannot use --at-once "${atOnce}": it must be a whole number from 1 on.` };
  }
  if (!/^[a-zA-Z][\w-]*$/.test(name)) {
    return {
      wrong: `Cannot use --name "${name}": it must begin with a letter and hold letters, digits, ` +
        "- and _.",
    };
  }
  const most = atOnce === undefined ? undefined : Number(atOnce);
  return { settings, name, remote, atOnce: most, dryRun, options: args.slice(end + 1) };
}

/** @returns the exit status */
async function main({ settings, name, remote, atOnce, dryRun, options }: Wanted): Promise<number> {
  const root = Deno.cwd();
  const [params, models] = await Promise.all(
    ["params.yaml", "models/params.yaml"].map((file) => Deno.readTextFile(file)),
  );
  const cells = cellsOf(settings, params, models);
  const { problems, ...source } = await sweepSource(root, remote);
  await checkOwn(OWN, Deno);
  const own = await ownNames(OWN, Deno);
  const logs = `${root}/.cache/slurm/${name}`;
  const script = jobScript({ ...source, name, cells, own, logs, atOnce, options });
  if (dryRun) {
    if (problems.length > 0) console.error(`It would not be submitted.\n${problems.join("\n")}\n`);
    console.log(script.trimEnd());
    return 0;
  }
  if (problems.length > 0) throw new Error(`Nothing was submitted.\n${problems.join("\n")}`);
  const path = `${logs}/job.sh`;
  await Deno.mkdir(logs, { recursive: true });
  await Deno.writeTextFile(path, script);
  const job = await submit(path, root);
  console.log(submittedText({ job, logs, path, cells, name, remote: source.remote }));
  return 0;
}

async function submit(path: string, root: string): Promise<string> {
  try {
    const { code, stdout, stderr } = await runProgram("sbatch", ["--parsable", path], {
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

if (import.meta.main) await runCommand(HELP, parseSweep, main);
