/**
 * The script of a Slurm job array, one job a cell: its own clone of the commit, data and committed results pulled, the
 * experiment, its result pushed. It needs nothing but itself, so one job can be submitted again alone.
 */
import type { Cell } from "./cells.ts";

export interface Sweep {
  /** Experiments are called NAME-1, NAME-2 ... */
  readonly name: string;
  readonly cells: readonly Cell[];
  /** Where jobs clone from, and push experiments to. */
  readonly repository: string;
  readonly commit: string;
  /** DVC's remote that all share, by its name and address. */
  readonly remote: { readonly name: string; readonly url: string };
  /** The clone that submits; where the cluster shares its disk, jobs use its programs and its settings of DVC. */
  readonly root: string;
  /** A folder for the jobs' output. */
  readonly logs: string;
  /** So many at once; undefined for as many as there is room for. */
  readonly atOnce?: number;
  /** Passed on to Slurm: --partition=gpu. */
  readonly options: readonly string[];
}

export function jobScript(sweep: Sweep): string {
  const { name, cells, repository, commit, remote, root, logs, atOnce, options } = sweep;
  const array = `1-${cells.length}${atOnce === undefined ? "" : `%${atOnce}`}`;
  const directives = [
    `--job-name=${name}`,
    `--array=${array}`,
    `--output=${logs}/%a_%A.log`,
    ...options,
  ];
  return `#!/bin/sh
${directives.map((directive) => `#SBATCH ${directive}`).join("\n")}
# Written by \`deno task sweep:slurm\`: each job computes one cell of a sweep in its own clone and pushes the result.
# One cell again: sbatch --array=NUMBER and this file.
set -eu

case $SLURM_ARRAY_TASK_ID in
${cells.map((cell, i) => `  ${i + 1}) set -- ${cell.map(setting).join(" ")} ;;`).join("\n")}
  *)
    echo "There are cells 1 to ${cells.length}, and no cell $SLURM_ARRAY_TASK_ID." >&2
    exit 2
    ;;
esac
experiment=${name}-$SLURM_ARRAY_TASK_ID
origin_folder=${quoted(root)}

folder=$(mktemp -d "\${SLURM_TMPDIR:-\${TMPDIR:-/tmp}}/$experiment.XXXXXX")
trap 'rm -rf "$folder"' EXIT
trap 'exit 143' TERM INT

git clone --quiet ${quoted(repository)} "$folder/clone"
cd "$folder/clone"
git checkout --quiet --detach ${commit}

# The programs of the clone that submitted, where this machine sees it; else set up here.
run=$origin_folder/run
[ -x "$run" ] || run=./run

"$run" dvc pull --quiet --allow-missing
"$run" dvc exp run --name "$experiment" "$@"

# Settings of the remote that are not committed, such as credentials.
[ ! -f "$origin_folder/.dvc/config.local" ] || cp "$origin_folder/.dvc/config.local" .dvc/config.local
"$run" dvc remote add --quiet --local --force ${quoted(remote.name)} ${quoted(remote.url)}
"$run" dvc exp push --force --no-run-cache --remote ${quoted(remote.name)} origin "$experiment"
`;
}

function setting(text: string): string {
  return `-S ${quoted(text)}`;
}

/** One word of a POSIX shell. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
