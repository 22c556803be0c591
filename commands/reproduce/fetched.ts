/**
 * Whether `dvc pull` has put everything in its place. With --allow-missing, which a stage that is yet to run needs, DVC also
 * passes over what it has in its cache and could not copy: on a full disk it ends as if all were well.
 */
import { statfs } from "node:fs/promises";
import { join } from "@std/path";
import { format as formatBytes } from "@std/fmt/bytes";
import { parse } from "yaml";
import { fileInfo, git, readText } from "./files.ts";

const CACHE = ".dvc/cache/files/md5";
const PINS = ["data.dvc", "dvc.lock"];
const FOLDER_SUFFIX = ".dir";
const FILES_NAMED = 4;
/** What DVC copies into before it renames; the next run would take it for a file of the output. */
const LEFT_BY_DVC = [`results/**/.${"?".repeat(22)}.tmp`, `data/**/.${"?".repeat(22)}.tmp`];

interface Output {
  readonly path: string;
  readonly md5?: string;
}

interface Missing {
  readonly path: string;
  readonly bytes: number;
}

/** Removes files that a pull left half, which Git does not know. @param root the folder of the repository */
export async function removeHalfFiles(root: string): Promise<void> {
  await git(root, "clean", "-fdxq", "--", ...LEFT_BY_DVC.map((pattern) => `:(glob)${pattern}`));
}

/**
 * After a pull that says that it ended well.
 * @param root the folder of the repository
 * @returns what is not here although DVC has it, and what to do; undefined when all is
 */
export async function fetchProblem(root: string): Promise<string | undefined> {
  const missing: Missing[] = [];
  for (const output of await outputs(root)) missing.push(...await missingOf(root, output));
  if (missing.length === 0) return undefined;
  const named = missing.slice(0, FILES_NAMED).map(({ path }) => path).join(", ");
  const others = missing.length - FILES_NAMED;
  const { bavail, bsize } = await statfs(root);
  const [free, wanted] = [bavail * bsize, missing.reduce((sum, { bytes }) => sum + bytes, 0)];
  return `Cannot put in its place what was fetched: ${named}${
    others > 0 ? ` and ${others} more` : ""
  }. ` +
    (free <= wanted
      ? `The disk is full: ${size(free)} are free, ${
        size(wanted)
      } are needed. Make room, then try again.`
      : `DVC says why: ./run dvc checkout`);
}

const size = (bytes: number) => formatBytes(bytes, { binary: true });

/** What the stages of dvc.yaml wrote and what data.dvc pins; dvc.lock remembers stages that are gone, too. */
async function outputs(root: string): Promise<Output[]> {
  const read = async (path: string) => parse(await readText(join(root, path)) ?? "{}") ?? {};
  const { stages: defined = {} } = await read("dvc.yaml");
  const found: Output[] = [];
  for (const pin of PINS) {
    const { outs = [], stages = {} } = await read(pin);
    found.push(...outs);
    for (const [name, stage] of Object.entries<{ outs?: Output[] }>(stages)) {
      if (name.split("@")[0] in defined) found.push(...stage.outs ?? []);
    }
  }
  return found;
}

/** Files of an output that are in the cache and not in their place. */
async function missingOf(root: string, { path, md5 }: Output): Promise<Missing[]> {
  const kept = md5 === undefined ? undefined : await fileInfo(cached(root, md5));
  if (md5 === undefined || kept === undefined) return [];
  if (!md5.endsWith(FOLDER_SUFFIX)) {
    return await fileInfo(join(root, path)) ? [] : [{ path, bytes: kept.size }];
  }
  const entries: { md5: string; relpath: string }[] = JSON.parse(
    await Deno.readTextFile(cached(root, md5)),
  );
  const inner = entries.map((entry) => ({ path: `${path}/${entry.relpath}`, md5: entry.md5 }));
  return (await Promise.all(inner.map((file) => missingOf(root, file)))).flat();
}

function cached(root: string, md5: string): string {
  return join(root, CACHE, md5.slice(0, 2), md5.slice(2));
}
