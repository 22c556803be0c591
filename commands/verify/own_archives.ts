/** Clones of a commit whose run had archives of its own: they get those of the clone that is checked, when they are the same. */
import { join } from "@std/path";
import { OWN, ownNames } from "../../pipeline/fetch/own_archives.ts";
import { folderHash } from "../lineage/hashes.ts";
import { Git } from "../lineage/git.ts";
import { type LockedFile, parseLock } from "../lineage/lock.ts";
import { describeSize, hasOwnArchives } from "../lineage/own_archives.ts";
import { readText, type Snapshot, workingTree } from "../lineage/snapshot.ts";
import type { Clone } from "./clone.ts";
import { unverified, type Verdict } from "./step.ts";

/** The archives of whoever made the run that dvc.lock of a tree records; undefined when there were none. */
async function ownOf(snapshot: Snapshot): Promise<LockedFile | undefined> {
  const stages = parseLock(await readText(snapshot, "dvc.lock") ?? "", "dvc.yaml", () => ".");
  return stages.flatMap(({ deps }) => deps).find(hasOwnArchives);
}

/** @param file archives/ as it was recorded */
export function lacksOwn(file: LockedFile): Verdict {
  return unverified(`own archives, not in the repository: ${describeSize(file)}`, [
    `The stages that read them cannot be run again here unless they are put into ${OWN}/, as they were: md5 ${file.md5}`,
  ]);
}

/**
 * Lays out in a clone what the committed run had in archives/.
 * @returns a verdict when that is not here
 */
export async function bringOwn({ root, site }: Clone): Promise<Verdict | undefined> {
  const own = await ownOf(await workingTree(new Git(root)));
  if (!own) return undefined;
  const here = await (await workingTree(new Git(site.root))).entries(OWN) ?? [];
  if (folderHash(here) !== own.md5) return lacksOwn(own);
  for (const name of await ownNames(join(site.root, OWN), Deno)) {
    await copyAll(join(site.root, OWN, name), join(root, OWN, name));
  }
}

/** Links as what they lead to. */
async function copyAll(from: string, to: string): Promise<void> {
  if (!(await Deno.stat(from)).isDirectory) return await Deno.copyFile(from, to);
  await Deno.mkdir(to);
  for await (const { name } of Deno.readDir(from)) await copyAll(join(from, name), join(to, name));
}
