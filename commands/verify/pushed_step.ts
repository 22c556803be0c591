/**
 * Step pushed: a fresh clone of the last commit can get every result and all data, with the bytes that the lock
 * names. Neither `dvc status -c` nor the exit status of `dvc fetch` tells: both believe what DVC noted about the
 * remote, and a damaged object is "fetched" without an error. So everything is hashed.
 */
import { Git } from "../lineage/git.ts";
import type { LockedFile } from "../lineage/lock.ts";
import { readRepository, type Repository, stageAddress } from "../lineage/repository.ts";
import { type Snapshot, workingTree } from "../lineage/snapshot.ts";
import { counted } from "../counted.ts";
import { Clone } from "./clone.ts";
import { lastLines } from "./command.ts";
import { fails, holds, type Site, type Step, type Verdict } from "./step.ts";

export const pushedStep: Step = {
  name: "pushed",
  claim: "everything is pushed: a fresh clone gets every result and all data, undamaged",
  cost: "seconds",
  run: checkPushed,
};

/** What may be marked `push: false`: a fresh clone must be able to make it anew, with the same bytes. */
const MADE_ANEW: Readonly<Record<string, string>> = {
  "results/preprocess": "gigabytes with whole data sets, packed without an adapter",
  "results/sweep/scenes": "drawn in seconds without an adapter",
  "results/report/index.html": "made in seconds from what is pushed",
  "models/results/packages": "fifty megabytes that pip fetches by their hashes",
  "models/results/textures": "forty megabytes, taken out of the packages in seconds",
  "models/results/preprocess": "a gigabyte, drawn in minutes without an adapter",
  "models/results/quick_scenes": "hundreds of megabytes, drawn in minutes without an adapter",
  "models/results/pretrain/model.safetensors": "only what training starts from",
  "models/results/evaluate/viewer.safetensors": "scored in seconds",
  "own/NAME/results/preprocess": "packed in seconds from frames that lie beside it",
};

async function checkPushed(site: Site): Promise<Verdict> {
  const clone = await Clone.of(site, "pushed");
  try {
    const { code, stdout, stderr } = await clone.dvc(["fetch"]);
    const snapshot = await workingTree(new Git(clone.root));
    const repository = await readRepository(snapshot);
    const expected = expectedFiles(repository);
    const problems = unpushedOuts(repository);
    const lost = problems.length;
    for (const { file, from } of expected) {
      for (const problem of await problemsOf(snapshot, file)) {
        problems.push(`${problem} (${from})`);
      }
    }
    if (problems.length > 0) {
      const next = "Run ./run dvc push, then commit .data-remote; for files that Git keeps, " +
        "commit them together with dvc.lock";
      const lacks = problems.length - lost;
      return fails(
        [
          ...lost > 0 ? [`${counted(lost, "output")} must not be marked push: false`] : [],
          ...lacks > 0 ? [`a fresh clone lacks ${counted(lacks, "file")}`] : [],
        ].join(", "),
        [...problems, next],
      );
    }
    if (code !== 0) {
      return fails(`dvc fetch exited with ${code} in a fresh clone`, lastLines(stdout + stderr, 8));
    }
    return holds(`${counted(expected.length, "output")} and pinned data, hashed in a fresh clone`);
  } finally {
    await clone.remove();
  }
}

/** Outputs that nobody else could get, nor make anew as a matter of course; of stages that have not run as well. */
function unpushedOuts({ definitions }: Repository): string[] {
  const allowed = Object.entries(MADE_ANEW).map(([path, why]) => `${path} (${why})`).join(", ");
  return [...definitions].flatMap(([address, { unpushed }]) =>
    unpushed.filter((path) => !mayMiss(path)).map((path) =>
      `${path} is marked push: false (stage ${address}), which only ${allowed} may be`
    )
  );
}

function mayMiss(path: string): boolean {
  return Object.hasOwn(MADE_ANEW, path.replace(/^own\/[^/]+\//, "own/NAME/"));
}

/** Everything that DVC or Git should give: outputs but for those marked `push: false`, and pinned data. */
function expectedFiles(
  { stages, definitions, pins }: Repository,
): { file: LockedFile; from: string }[] {
  const outs = stages.flatMap((stage) => {
    const address = stageAddress(stage);
    const unpushed = definitions.get(address)?.unpushed;
    // A stage that dvc.yaml no longer has is not pushed either; the step lock complains of it.
    if (!unpushed) return [];
    return stage.outs
      .filter(({ path }) => !unpushed.includes(path))
      .map((file) => ({ file, from: `stage ${address}` }));
  });
  return [...outs, ...pins.map((pin) => ({ file: pin, from: pin.pin }))];
}

/** What is wrong with a file or folder in the clone, with the file's name. */
async function problemsOf(snapshot: Snapshot, { path, md5 }: LockedFile): Promise<string[]> {
  const [hash] = await snapshot.hashes([{ path, md5 }]);
  if (hash === md5) return [];
  const entries = await snapshot.objects.entries(md5);
  if (!entries || await snapshot.location(path) !== undefined) return [wrong(path, md5, hash)];
  const problems: string[] = [];
  for (const entry of entries) {
    const found = await snapshot.objects.hash(entry.md5);
    if (found !== entry.md5) problems.push(wrong(`${path}/${entry.relpath}`, entry.md5, found));
  }
  return problems;
}

function wrong(path: string, md5: string, found: string | undefined): string {
  return found === undefined
    ? `${path} with md5 ${md5} is neither in the last commit nor on the remote`
    : `${path} should have md5 ${md5}, a fresh clone gets ${found}`;
}
