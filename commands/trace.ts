/**
 * `deno task trace FILE [KEY]`: where a number comes from, as a tree from the value back to the archives. Reads
 * dvc.lock, Git and the files; runs nothing. Exits 0 only if the number is explained and the chain is intact.
 */
import { parseArgs } from "@std/cli/parse-args";
import { isAbsolute, normalize, relative } from "@std/path";
import { printable } from "../pipeline/common/printable.ts";
import { CATALOGUE } from "../pipeline/fetch/catalogue.ts";
import { formatLineage } from "./lineage/format.ts";
import { Git } from "./lineage/git.ts";
import { traceLineage } from "./lineage/lineage.ts";
import { namedTree, workingTree } from "./lineage/snapshot.ts";

const HELP = `deno task trace FILE [KEY] [--rev NAME] [--json | --brief | --full]
  FILE     an output of a stage, for example results/evaluate/metrics.json
  KEY      one number in it: scenes.epe_px; in a table (.tsv) ROW.COLUMN: 400.total
  --rev    an experiment (dvc exp show), a branch, tag or commit, instead of the working tree
  --json   for machines
  --brief  code by the names of its folders only, not each file with its hash
  --full   every hash at every stage, also those that a stage above lists
  Exit status: 0 intact; 1 not intact, or nothing explains the number; 2 wrong usage`;

async function main(): Promise<number> {
  const unknown: string[] = [];
  const given = parseArgs(Deno.args, {
    boolean: ["json", "brief", "full", "help"],
    string: ["rev", "_"],
    unknown: (argument, key) => {
      if (key !== undefined) unknown.push(argument);
    },
  });
  const [file, key, ...others] = given._.map(String);
  if (given.help) {
    console.log(HELP);
    return 0;
  }
  if (file === undefined || others.length > 0 || unknown.length > 0 || given.rev === "") {
    console.error(unknown.length > 0 ? `Unknown option ${unknown[0]}.\n${HELP}` : HELP);
    return 2;
  }
  const root = Deno.cwd();
  const git = new Git(root);
  const snapshot = given.rev === undefined
    ? await workingTree(git)
    : await namedTree(git, given.rev);
  const path = normalize(isAbsolute(file) ? relative(root, file) : file);
  const lineage = await traceLineage(snapshot, path, key, CATALOGUE);
  console.log(
    given.json
      ? JSON.stringify(lineage, null, 2)
      : printable(formatLineage(lineage, given.full ? "full" : given.brief ? "brief" : "normal")),
  );
  return lineage.intact ? 0 : 1;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(printable((error as Error).message));
    Deno.exit(1);
  }
}
