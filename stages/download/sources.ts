/**
 * Brings the archives of the chosen sources into one folder: from data/, from archives/, or
 * from their URL, in that order. What comes over the network stays in a cache outside the stage's
 * outs, which DVC empties before every run.
 */
import { format as formatBytes } from "@std/fmt/bytes";
import { join, resolve } from "@std/path";
import {
  type CatalogueArchive,
  type CatalogueSource,
  longestBody,
} from "../../pipeline/fetch/catalogue.ts";
import { fetchFile, type FetchOptions } from "../../pipeline/fetch/fetch_file.ts";
import { formatManifest, type ManifestArchive } from "../../pipeline/fetch/manifest.ts";
import { checkOwn } from "../../pipeline/fetch/own_archives.ts";
import { writeZip } from "../../pipeline/fetch/zip_writer.ts";
import { openZipFile } from "../common/archives.ts";
import {
  copyWhole,
  DISK,
  fileSha256,
  fileSize,
  isFolder,
  linkOrCopy,
  partialFile,
  removeFile,
} from "./files.ts";
import { findPictures, findUnpacked, refuseMisnamed } from "./own_folder.ts";

/** Where DVC runs queued experiments, below the root of the clone. */
const QUEUE = "/.dvc/tmp/exps/";

export interface Places {
  /** The embedded archives. */
  data: string;
  /** Archives and frames of whoever runs the stage. */
  own: string;
  /** Fetched archives and parts of them. */
  cache: string;
  /** Where all archives end up, beside manifest.json. */
  out: string;
}

export interface Hooks extends Pick<FetchOptions, "fetch" | "wait" | "signal" | "onRetry"> {
  freeBytes: (folder: string) => Promise<number>;
  onProgress: (file: string, received: number, total: number) => void;
  /** Told while a fetched archive of unknown hash is read through. */
  onCheck: (file: string, done: number, files: number) => void;
  /** Told what is left out, and what is about to be fetched. */
  onNotice: (message: string) => void;
}

type Origin =
  | { from: "file"; path: string; bytes: number }
  | { from: "folder"; path: string; bytes: number; paths: string[]; stored?: RegExp }
  | { from: "cache"; path: string; bytes: 0 }
  | { from: "network"; path: string; bytes: number };

/**
 * @throws {Error} when an archive is nowhere, archives/ holds what cannot be used, the disk is too small, an embedded archive differs from
 *   the catalogue, or a download fails; archives that were complete stay in the cache
 */
export async function collectSources(
  sources: readonly [string, CatalogueSource][],
  places: Places,
  hooks: Hooks,
): Promise<void> {
  await checkOwn(places.own, DISK);
  await Deno.mkdir(places.out, { recursive: true });
  await Deno.mkdir(places.cache, { recursive: true });
  await removeFile(join(places.out, "manifest.json"));
  const origins = new Map<CatalogueArchive, Origin>();
  for (const [name, source] of sources) {
    for (const archive of source.archives) {
      origins.set(archive, await findOrigin(archive, name, source, places, hooks));
    }
  }
  await checkFreeSpace([...origins.values()], places, hooks);
  const listed: Parameters<typeof formatManifest>[0][number][] = [];
  for (const [name, source] of sources) {
    const archives: ManifestArchive[] = [];
    for (const archive of source.archives) {
      archives.push(await bring(archive, source, origins.get(archive)!, places, hooks));
    }
    listed.push([name, source, archives, await bringTexts(source, places)]);
  }
  const kept = listed.flatMap(([, , archives, texts = []]) => [...archives, ...texts]);
  await removeOthers(places.out, kept.map(({ file }) => file));
  await Deno.writeTextFile(join(places.out, "manifest.json"), formatManifest(listed));
}

async function findOrigin(
  archive: CatalogueArchive,
  name: string,
  source: CatalogueSource,
  places: Places,
  { onNotice }: Hooks,
): Promise<Origin> {
  const picturesFolder = source.layout === "frames"
    ? archive.file.replace(/\.zip$/, "")
    : undefined;
  for (const folder of [places.data, places.own]) {
    const path = join(folder, archive.file);
    const bytes = await fileSize(path);
    if (bytes === undefined) continue;
    if (folder === places.data && !source.embedded) {
      onNotice(
        `${path} lies in ${folder}, which DVC manages: dvc checkout deletes it. Move it into ` +
          `${places.own}.`,
      );
    }
    if (picturesFolder !== undefined && await isFolder(join(places.own, picturesFolder))) {
      const unused = join(places.own, picturesFolder);
      onNotice(`${path} is used, and not the folder ${unused}: keep one of them.`);
    }
    return { from: "file", path, bytes };
  }
  if (picturesFolder !== undefined) {
    const found = await findPictures(join(places.own, picturesFolder));
    if (found) {
      found.leftOut.forEach(onNotice);
      return { from: "folder", path: found.folder, bytes: found.bytes, paths: found.paths };
    }
  }
  if (source.embedded) {
    throw new Error(
      `Cannot find ${join(places.data, archive.file)}, part of the embedded sample. ` +
        `Get it with: ./run dvc pull data.dvc`,
    );
  }
  await refuseMisnamed(archive, picturesFolder, places.own);
  const unpacked = await findUnpacked(archive, places.own);
  if (unpacked) {
    const { folder: path, paths, bytes, leftOut } = unpacked;
    onNotice(
      `${archive.file} lies unpacked in ${path}: ${paths.length} files of it are packed again.`,
    );
    leftOut.forEach(onNotice);
    // As large as they are, they are packed for a moment's use: what counts is the time.
    return { from: "folder", path, bytes, paths, stored: /./ };
  }
  refuseInQueue(archive, places);
  if (archive.url === undefined) {
    const folder = picturesFolder === undefined
      ? `the folder ${archive.unpacked?.markers[0]}`
      : `your pictures in a folder ${picturesFolder}`;
    throw new Error(
      `Cannot find ${archive.file} for the source ${name}. Put ${archive.file}, or ${folder}, into ${places.own}.`,
    );
  }
  const path = join(places.cache, archive.file);
  if (await fileSize(path) !== undefined) return { from: "cache", path, bytes: 0 };
  const have = await fileSize(`${path}.part`) ?? 0;
  const bytes = Math.max(0, archive.bytes - have);
  onNotice(
    `${archive.file} is not in ${places.data} or ${places.own}: fetching about ` +
      `${formatBytes(bytes)} from ${archive.url}`,
  );
  return { from: "network", path, bytes };
}

/**
 * A queued experiment runs in a copy of the clone without what Git ignores: neither own archives nor what was fetched are
 * there, and what is fetched goes with the copy.
 */
function refuseInQueue({ file, url }: CatalogueArchive, { own }: Places): void {
  // For the message only; files are read by their given names.
  const here = resolve(".");
  if (!here.includes(QUEUE)) return;
  const clone = here.slice(0, here.indexOf(QUEUE));
  const folder = url !== undefined ? "" : ` (or -C ${own}/${file.replace(/\.zip$/, "")})`;
  const fetched = url === undefined
    ? ""
    : ` If it is not there, fetch it once: run the stage download in ${clone}.`;
  throw new Error(
    `Cannot find ${file}: a queued experiment runs in a copy of ${clone}, without the files of its ${own}. ` +
      `Queue it with each of them: ./run dvc exp run --queue -C ${own}/${file}${folder}.${fetched}`,
  );
}

async function checkFreeSpace(origins: Origin[], places: Places, hooks: Hooks): Promise<void> {
  const wanted = origins.reduce((sum, { bytes }) => sum + bytes, 0);
  const free = await hooks.freeBytes(places.out);
  if (free >= wanted) return;
  throw new Error(
    `Cannot fit the archives on the disk: they still need about ${formatBytes(wanted)}, ` +
      `${formatBytes(free)} are free at ${places.out}. Free some space or choose fewer sources.`,
  );
}

/** Checks an archive where it is, then puts it into its place. */
async function bring(
  archive: CatalogueArchive,
  source: CatalogueSource,
  origin: Origin,
  places: Places,
  hooks: Hooks,
): Promise<ManifestArchive> {
  const out = join(places.out, archive.file);
  if (origin.from === "folder") {
    await packFolder(origin, out);
    return await checkArchive(archive, out, hooks);
  }
  if (origin.from === "network") {
    const checked = await download(archive, source, origin.path, places, hooks);
    await linkOrCopy(origin.path, out);
    return checked;
  }
  const mend = origin.from === "cache"
    ? undefined
    : `Get it anew from where it came${
      archive.url === undefined ? "" : `, ${source.page}`
    }, and put it there.`;
  const checked = await checkArchive(archive, origin.path, hooks, mend);
  await (origin.from === "cache" ? linkOrCopy : copyWhole)(origin.path, out);
  return checked;
}

/** Texts that lie beside the archives, such as an official split; there need be none. */
async function bringTexts(
  { texts = [] }: CatalogueSource,
  { own, out }: Places,
): Promise<ManifestArchive[]> {
  const brought: ManifestArchive[] = [];
  for (const file of texts) {
    const path = join(own, file);
    const bytes = await fileSize(path);
    if (bytes === undefined) continue;
    await copyWhole(path, join(out, file));
    brought.push({ file, bytes, sha256: await fileSha256(path) });
  }
  return brought;
}

async function download(
  archive: CatalogueArchive,
  source: CatalogueSource,
  path: string,
  places: Places,
  hooks: Hooks,
): Promise<ManifestArchive> {
  const part = partialFile(`${path}.part`);
  const onProgress = (received: number, total: number) =>
    hooks.onProgress(archive.file, received, Number.isNaN(total) ? archive.bytes : total);
  for (;;) {
    const resumed = await part.size() > 0;
    try {
      await fetchFile(archive.url!, part, { ...hooks, onProgress, longest: longestBody(archive) });
    } catch (error) {
      if (hooks.signal.aborted) throw error;
      const manual = `Or get ${archive.file} by hand from ${source.page} and put it into ` +
        `${places.own}.`;
      throw new Error(`${(error as Error).message} ${manual}`);
    }
    try {
      const checked = await checkArchive(archive, `${path}.part`, hooks);
      if (archive.sha256 === undefined) await checkEntries(archive, `${path}.part`, hooks);
      await part.setValidator("");
      await Deno.rename(`${path}.part`, path);
      return checked;
    } catch (error) {
      if (hooks.signal.aborted) throw error;
      // Kept, damaged bytes would be resumed for ever; the fault may lie in an earlier run's part.
      await part.clear();
      if (!resumed) throw error;
    }
  }
}

/**
 * The archive's hash and length; it must open as a zip and agree with what the catalogue knows.
 * @param mend what helps where it is not a whole archive, if not to delete it
 */
async function checkArchive(
  archive: CatalogueArchive,
  path: string,
  { signal }: Hooks,
  mend?: string,
): Promise<ManifestArchive> {
  const sha256 = await fileSha256(path, signal);
  if (archive.sha256 !== undefined && sha256 !== archive.sha256) {
    const remedy = archive.url === undefined
      ? "Restore it with: ./run dvc pull --force data.dvc"
      : "Get it again.";
    throw new Error(
      `Cannot use ${path}: it is not the file that the catalogue knows. SHA-256 in the catalogue ` +
        `${archive.sha256}, of the file ${sha256}. ${remedy}`,
    );
  }
  using open = new DisposableStack();
  await openZipFile(path, open, { name: path, mend });
  return { file: archive.file, bytes: (await fileSize(path))!, sha256 };
}

/** Reads every file in the archive, which compares its checksum: the next best thing to a known hash. */
async function checkEntries(archive: CatalogueArchive, path: string, hooks: Hooks): Promise<void> {
  using open = new DisposableStack();
  const { paths, read } = await openZipFile(path, open);
  for (const [done, entry] of paths.entries()) {
    hooks.signal.throwIfAborted();
    hooks.onCheck(archive.file, done, paths.length);
    await read(entry);
  }
}

/** Packs a folder of archives/, so that later stages see archives only. */
async function packFolder(
  { path: folder, paths, stored }: Extract<Origin, { from: "folder" }>,
  out: string,
): Promise<void> {
  const file = await Deno.create(`${out}.partial`);
  await writeZip(paths, (path) => Deno.readFile(join(folder, path)), file.writable, stored);
  await Deno.rename(`${out}.partial`, out);
}

async function removeOthers(folder: string, keep: readonly string[]): Promise<void> {
  for await (const { name, isDirectory } of Deno.readDir(folder)) {
    if (!isDirectory && !keep.includes(name)) await removeFile(join(folder, name));
  }
}
