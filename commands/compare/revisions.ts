/** Two runs that Git knows: their tables of pairs, and the pictures that DVC keeps of them. */
import { basename, dirname } from "@std/path";
import { decodeText } from "../../pipeline/common/io/text.ts";
import { readViewer, type ViewerDataset } from "../../pipeline/picture/viewer/viewer_file.ts";
import type { Git } from "../lineage/git.ts";
import { parseLock } from "../lineage/lock.ts";
import {
  namedTree,
  outputContent,
  readText,
  type Snapshot,
  workingTree,
} from "../lineage/snapshot.ts";
import { type CompareRequest, TABLE, WORKSPACE } from "./arguments.ts";
import type { MatchedPair, Table } from "./differences.ts";
import type { ShownPair, Sides } from "./sides.ts";
import { readPairTable } from "./table.ts";

/** @throws {Error} when a revision is unknown, or has no such table, or a damaged one, or nothing of the data set */
export async function sidesOfRevisions(
  git: Git,
  { names, table = TABLE, on }: CompareRequest,
): Promise<Sides> {
  const [one, two] = await Promise.all(names.map((name) => openRevision(git, name)));
  return {
    first: await tableOf(one, table, on),
    second: await tableOf(two, table, on),
    notes: [`Both tables are ${table}, as they were written then: nothing is computed again.`],
    pictures: async (pairs) => {
      const viewers = [await viewerOf(one, table), await viewerOf(two, table)];
      const missing = viewers.filter((viewer) => typeof viewer === "string");
      if (missing.length > 0) return { shown: [], notes: missing };
      return commonPairs(pairs, viewers as Viewer[]);
    },
  };
}

type Viewer = Readonly<Record<string, ViewerDataset>>;

function openRevision(git: Git, name: string): Promise<Snapshot> {
  return name === WORKSPACE ? workingTree(git) : namedTree(git, name);
}

async function tableOf(snapshot: Snapshot, path: string, on: string | undefined): Promise<Table> {
  const file = `${path} of ${snapshot.label}`;
  const [bytes] = await snapshot.read([path]);
  if (!bytes) {
    throw new Error(
      `Cannot read ${file}: there is no such file. Name another table with --table, or a commit that has it: ` +
        `git log --oneline -- ${path}`,
    );
  }
  const rows = readPairTable(decodeText(bytes, file), file);
  const chosen = rows.filter(({ dataset }) => on === undefined || dataset === on);
  if (chosen.length > 0) return { name: snapshot.label, rows: chosen };
  const datasets = [...new Set(rows.map(({ dataset }) => dataset))];
  if (datasets.length === 0) throw new Error(`Cannot compare ${file}: it has no pair.`);
  throw new Error(
    `Cannot compare on ${on}: ${file} has no such data set, only ${datasets.join(", ")}.`,
  );
}

/** The pairs that the run's stage kept for its viewer; or why there are none. */
async function viewerOf(snapshot: Snapshot, table: string): Promise<Viewer | string> {
  const path = `${dirname(table)}/viewer.safetensors`;
  const folder = path.slice(0, Math.max(0, path.indexOf("results/")));
  const none = (why: string) => `No pictures: ${why}.`;
  const lock = await readText(snapshot, `${folder}dvc.lock`);
  if (lock === undefined) return none(`${snapshot.label} has no ${folder}dvc.lock`);
  const stages = parseLock(lock, `${folder}dvc.yaml`, () => folder.replace(/\/$/, "") || ".");
  const out = stages.flatMap(({ outs }) => outs).find((out) => out.path === path);
  if (!out) return none(`no stage of ${snapshot.label} wrote ${path}`);
  const bytes = await outputContent(snapshot, out);
  if (!bytes) {
    return none(
      `${path} of ${snapshot.label} is not on this machine. Where it was pushed, this fetches it: ./run dvc fetch --all-commits`,
    );
  }
  return readViewer(bytes, `${path} of ${snapshot.label}`, basename(dirname(table)));
}

function commonPairs(
  pairs: readonly MatchedPair[],
  [first, second]: readonly Viewer[],
): { shown: ShownPair[]; notes: string[] } {
  const find = (viewer: Viewer, { dataset, pair }: MatchedPair) =>
    viewer[dataset]?.pairs.find(({ name }) => name === pair);
  const shown = pairs.flatMap((pair): ShownPair[] => {
    const one = find(first, pair), two = find(second, pair);
    if (!one || !two || one.width !== two.width || one.height !== two.height) return [];
    const { flowMaximum } = first[pair.dataset];
    return [{ first: one, second: two, flowMaximum }];
  });
  const note = "A run keeps pictures of a few pairs; those that both kept are shown.";
  return {
    shown,
    notes: [shown.length > 0 ? note : `No pictures: both runs kept none of one pair.`],
  };
}
