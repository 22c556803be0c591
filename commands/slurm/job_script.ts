/**
 * The script of a Slurm job array, one job a cell: its own clone of the commit, data and committed results pulled, the
 * experiment, its result pushed. It needs nothing but itself, so one job can be submitted again alone. At a time limit the
 * stage is asked to save its checkpoint, which the next job of the same cell goes on from.
 */
import { OWN } from "../../pipeline/fetch/own_archives.ts";
import type { Cell } from "./cells.ts";
import { directiveWord, outputFolder, shellWord } from "./words.ts";

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
  /** Names of own archives in archives/ there, which no commit has. */
  readonly own: readonly string[];
  /** A folder for the jobs' output. */
  readonly logs: string;
  /** So many at once; undefined for as many as there is room for. */
  readonly atOnce?: number;
  /** Passed on to Slurm: --partition=gpu. */
  readonly options: readonly string[];
}

/** So long before its time limit a job is asked to stop: a step ends and a checkpoint is written in less. */
const WARNING_SECONDS = 120;
/** Slurm waits KillWait (30 s unless the cluster says otherwise) after scancel; a job that hangs longer is not waited for. */
const PATIENCE_SECONDS = 90;

/** @throws {Error} when a directive cannot hold an option, or the path of the logs */
export function jobScript(sweep: Sweep): string {
  const { name, cells, repository, commit, remote, root, own, logs, atOnce, options } = sweep;
  const array = `1-${cells.length}${atOnce === undefined ? "" : `%${atOnce}`}`;
  const directives = [
    `--job-name=${name}`,
    `--array=${array}`,
    `--output=${outputFolder(logs)}/%a_%A.log`,
    // B: to this script, which passes it on; without B Slurm would tell only steps, of which there are none.
    `--signal=B:TERM@${WARNING_SECONDS}`,
    ...options,
  ];
  return `#!/bin/sh
${directives.map((directive) => `#SBATCH ${directiveWord(directive)}`).join("\n")}
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
origin_folder=${shellWord(root)}

folder=$(mktemp -d "\${SLURM_TMPDIR:-\${TMPDIR:-/tmp}}/$experiment.XXXXXX")
# What a stopped job saved, for the next one of this cell; where the cluster does not share this folder, that starts anew.
kept=${shellWord(`${logs}/checkpoints`)}/$experiment

leave() {
  if [ -z "\${done:-}" ] && [ -d "$folder/clone/checkpoints" ] && mkdir -p "$kept" 2>/dev/null; then
    cp "$folder"/clone/checkpoints/* "$kept"/ 2>/dev/null &&
      echo "Saved for the next job of this cell: $kept" || :
  fi
  rm -rf "$folder"
}
trap leave EXIT

# A shell runs no trap while it waits for a command in the foreground, so the long one runs beside it. The stage saves and
# stops at INT, DVC ignores it here and ends with its stage; what has nothing to save is ended.
child=
stop() {
  trap '' TERM INT
  if [ -n "$child" ]; then
    kill -INT 0
    patience=${PATIENCE_SECONDS}
    while [ "$patience" -gt 0 ] && kill -0 "$child" 2>/dev/null; do
      sleep 1
      patience=$((patience - 1))
    done
    kill -TERM 0
    wait "$child" || :
  fi
  exit 143
}
trap stop TERM INT

git clone --quiet ${shellWord(repository)} "$folder/clone"
cd "$folder/clone"
git checkout --quiet --detach ${commit}
${bringOwn(own)}
# The programs of the clone that submitted, where this machine sees it; else set up here.
run=$origin_folder/run
[ -x "$run" ] || run=./run

"$run" dvc pull --quiet --allow-missing
# What is not pushed and lies in the clone that submitted: packages of photographs, which a machine without network cannot fetch,
# and the scenes that show them. DVC looks whether they are those of the commit.
for made in packages textures quick_scenes; do
  if [ -d "$origin_folder/models/results/$made" ] && [ -d models/results ] && [ ! -e "models/results/$made" ]; then
    cp -R "$origin_folder/models/results/$made" "models/results/$made"
  fi
done
if [ -d "$kept" ]; then
  mkdir -p checkpoints
  cp "$kept"/* checkpoints/ || :
fi
"$run" dvc exp run --name "$experiment" "$@" &
child=$!
wait "$child"
child=

# Settings of the remote that are not committed, such as credentials.
[ ! -f "$origin_folder/.dvc/config.local" ] || cp "$origin_folder/.dvc/config.local" .dvc/config.local
"$run" dvc remote add --quiet --local --force ${shellWord(remote.name)} ${shellWord(remote.url)}
"$run" dvc exp push --force --no-run-cache --remote ${shellWord(remote.name)} origin "$experiment"
done=yes
rm -rf "$kept"
`;
}

/** Own archives, which the script finds where it was submitted: files by a link, so that large ones are not copied. */
function bringOwn(own: readonly string[]): string {
  if (own.length === 0) return "";
  return `
for own in ${own.map((name) => shellWord(`${OWN}/${name}`)).join(" ")}; do
  [ -e "$origin_folder/$own" ] || {
    echo "Cannot see $origin_folder/$own on this machine. It is in no commit: let it lie, and what it links to, on a disk" \\
      "that all machines share." >&2
    exit 1
  }
  # DVC does not look into linked folders.
  if [ -d "$origin_folder/$own" ]; then cp -RL "$origin_folder/$own" "$own"; else ln -s "$origin_folder/$own" "$own"; fi
done
`;
}

function setting(text: string): string {
  return `-S ${shellWord(text)}`;
}
