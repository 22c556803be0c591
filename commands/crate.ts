/**
 * `deno task crate`: the committed run as a Provenance Run Crate 0.5, a folder with the pipeline, its code, data and
 * results, and ro-crate-metadata.json, which says how they hang together. Runs nothing and reads no clock: the same
 * commit gives the same bytes. It may write anywhere, because --out says where.
 */
import { join } from "@std/path";
import { CATALOGUE } from "../pipeline/fetch/catalogue.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { crateContents } from "./lineage/crate_contents.ts";
import { Git } from "./lineage/git.ts";
import { writeCrateFolder } from "./crate_folder.ts";
import { ancestors, describeChain } from "./lineage/lineage.ts";
import { readRepository } from "./lineage/repository.ts";
import { runCrate } from "./lineage/run_crate.ts";
import { readText, workingTree } from "./lineage/snapshot.ts";
import { runCommand } from "./run_command.ts";

const HELP = `deno task crate [--out DIR]
  Writes the committed run as a Provenance Run Crate 0.5 (RO-Crate 1.1) to DIR, .cache/crate if none is given;
  in the place of an earlier crate, and of nothing else.
  Refuses when a file, a parameter or dvc.lock is not what is committed and recorded: see deno task trace.
  Exit status: 0 written; 1 an error; 2 wrong usage`;

const PIPELINE = "dvc.yaml";

/** @throws {Error} when the run is not whole, committed and unchanged, or the folder holds something else */
async function writeCrate(root: string, out: string): Promise<string> {
  const snapshot = await workingTree(new Git(root));
  const { commit } = snapshot;
  if (!commit) throw new Error("Cannot make a crate outside of a Git clone with a commit.");
  const repository = await readRepository(snapshot);
  const roots = repository.stages.filter(({ pipeline }) => pipeline === PIPELINE)
    .map((stage) => ({ stage, out: stage.outs[0] }));
  const { stages, pins } = ancestors(repository, roots);
  // From the data to the results.
  const chain = await describeChain(repository, stages.toReversed(), pins, CATALOGUE);
  if (!chain.intact) {
    throw new Error(
      `Cannot make a crate, the run is not that of this tree:\n  ${chain.problems.join("\n  ")}\n` +
        `Commit or restore what changed, or run the stages anew: ./run dvc repro`,
    );
  }
  const contents = await crateContents(repository, stages, pins);
  const uncommitted = await snapshot.uncommitted(contents.files.map(({ path }) => path));
  if (uncommitted.length > 0) {
    throw new Error(`Cannot make a crate of what is not committed: ${uncommitted.join(", ")}.`);
  }
  const versions = pinnedVersions(await readText(snapshot, "requirements.txt") ?? "");
  const metadata = runCrate({ ...chain, commit, pipeline: PIPELINE, contents, versions });
  const files = contents.files.map(({ path }) => ({ path, from: join(root, path) }));
  await writeCrateFolder(out, metadata, files);
  return `${out}: ${contents.files.length} files of commit ${commit.hash.slice(0, 7)}, ` +
    `${chain.checked} hashes checked`;
}

/** Programs and versions of a requirements.txt. */
function pinnedVersions(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/^([\w-]+)==(\S+)/gm)].map(([, name, version]) => [name, version]),
  );
}

function parseRequest(args: readonly string[]): Parsed<{ out: string }> {
  const given = givenArguments(args, { texts: ["out"] });
  if (given === "help" || "wrong" in given) return given;
  return { out: given.texts.out ?? ".cache/crate" };
}

if (import.meta.main) {
  await runCommand(HELP, parseRequest, async ({ out }) => {
    console.log(await writeCrate(Deno.cwd(), out));
    return 0;
  });
}
