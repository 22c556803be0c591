/**
 * `deno task trace FILE [KEY]`: where a number comes from, as a tree from the value back to the archives. Reads
 * dvc.lock, Git and the files; runs nothing. Exits 0 only if the number is explained and the chain is intact.
 */
import { relative } from "@std/path";
import { printable } from "../pipeline/common/printable.ts";
import { CATALOGUE } from "../pipeline/fetch/catalogue.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { formatLineage } from "./lineage/format.ts";
import { Git } from "./lineage/git.ts";
import { traceLineage } from "./lineage/lineage.ts";
import { namedTree, workingTree } from "./lineage/snapshot.ts";
import { runCommand } from "./run_command.ts";
import { placeOf } from "./typed_path.ts";

const HELP = `deno task trace FILE [KEY] [--rev NAME] [--json | --brief | --full]
  FILE     an output of a stage, for example results/evaluate/metrics.json, from the folder that one is in
  KEY      one number in it: scenes.epe_px; in a table (.tsv) ROW.COLUMN: 400.total_loss
  --rev    an experiment (dvc exp show), a branch, tag or commit, instead of the working tree
  --json   for machines
  --brief  code by the names of its folders only, not each file with its hash
  --full   every hash at every stage, also those that a stage above lists
  Exit status: 0 intact; 1 not intact, or nothing explains the number; 2 wrong usage`;

const FORMS = ["json", "brief", "full"] as const;

interface TraceRequest {
  readonly file: string;
  readonly key?: string;
  readonly rev?: string;
  readonly form: typeof FORMS[number] | "normal";
}

function parseRequest(args: readonly string[]): Parsed<TraceRequest> {
  const given = givenArguments(args, { texts: ["rev"], switches: FORMS, names: true });
  if (given === "help" || "wrong" in given) return given;
  const [file, key, ...others] = given.names;
  if (file === undefined || others.length > 0) {
    return { wrong: `One file and at most one key are needed, got ${given.names.length} names.` };
  }
  const [form = "normal", ...more] = FORMS.filter((each) => given.switches[each]);
  if (more.length > 0) {
    return { wrong: `--${[form, ...more].join(" and --")}: one of them, please.` };
  }
  return { file, key, rev: given.texts.rev, form };
}

/** @returns the exit status */
async function trace({ file, key, rev, form }: TraceRequest): Promise<number> {
  const root = Deno.cwd();
  const git = new Git(root);
  const snapshot = rev === undefined ? await workingTree(git) : await namedTree(git, rev);
  const path = relative(root, placeOf(file));
  const lineage = await traceLineage(snapshot, path, key, CATALOGUE);
  console.log(
    form === "json" ? JSON.stringify(lineage, null, 2) : printable(formatLineage(lineage, form)),
  );
  return lineage.intact ? 0 : 1;
}

if (import.meta.main) await runCommand(HELP, parseRequest, trace);
