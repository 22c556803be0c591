/** The archives that the data of a run came from: source, licence, and SHA-256 recomputed where the file is here. */
import type { CatalogueSource } from "../../pipeline/fetch/catalogue.ts";
import { type ManifestSource, parseManifest } from "../../pipeline/fetch/manifest.ts";
import { hashFile } from "./hashes.ts";
import type { LockedStage, PinnedData } from "./lock.ts";
import { locate, type Snapshot } from "./snapshot.ts";
import { flatten } from "./values.ts";
import { againstWitness, firstPin } from "./witness.ts";

export type Catalogue = Readonly<Record<string, CatalogueSource>>;

export interface ArchiveLineage {
  readonly file: string;
  /** The name in the catalogue. */
  readonly source: string;
  readonly title: string;
  readonly page: string;
  /** Where the archive is fetched from; absent when only the repository or archives/ can hold it. */
  readonly url?: string;
  readonly licence: string;
  readonly citation: string;
  /** The .dvc file that pins it, for an archive of the embedded sample. */
  readonly pin?: string;
  /** Expected, from the catalogue or else the manifest of the run; absent when neither says. */
  readonly sha256?: string;
  readonly state: "same" | "differs" | "absent";
}

/**
 * The archives of every source that a stage names in the parameter `download.sources`.
 * @returns what is wrong with them as well; nothing for a stage without such a parameter
 */
export async function archivesOf(
  stage: LockedStage,
  snapshot: Snapshot,
  pins: readonly PinnedData[],
  catalogue: Catalogue,
): Promise<{ archives: ArchiveLineage[]; problems: string[] }> {
  const archives: ArchiveLineage[] = [];
  const problems: string[] = [];
  const manifest = await manifestOf(stage, snapshot);
  for (const name of sourceNames(stage)) {
    const source = catalogue[name];
    if (!source) {
      problems.push(`the source ${name} of stage ${stage.name} is not in the catalogue`);
      continue;
    }
    const listed = manifest.find((entry) => entry.name === name);
    for (const archive of source.archives) {
      const inRun = listed?.archives.find(({ file }) => file === archive.file)?.sha256;
      const sha256 = archive.sha256 ?? inRun;
      const found = await archiveHash(archive.file, snapshot, stage, pins);
      const wrong = [found, inRun].find((hash) => hash !== undefined && hash !== sha256);
      if (wrong !== undefined) {
        problems.push(`${archive.file} has SHA-256 ${wrong}, the catalogue says ${sha256}`);
      }
      const { title, page, licence, citation, embedded } = source;
      problems.push(
        ...againstWitness(archive.file, sha256, await firstPin(snapshot, archive.file)),
      );
      const pin = embedded && pins.find(({ path }) => stage.deps.some((dep) => dep.path === path));
      archives.push({
        file: archive.file,
        source: name,
        title,
        page,
        ...archive.url && { url: archive.url },
        licence,
        citation,
        ...pin && { pin: pin.pin },
        ...sha256 && { sha256 },
        state: wrong !== undefined ? "differs" : found === undefined ? "absent" : "same",
      });
    }
  }
  return { archives, problems };
}

/** The packages of photographs, textures.sources, are none of the catalogue: they are pinned by models/packages.txt. */
const DOWNLOADED = "download.sources";

function sourceNames(stage: LockedStage): string[] {
  return Object.values(stage.params).flatMap((values) =>
    Object.entries(flatten(values))
      .filter(([name, value]) => name === DOWNLOADED && Array.isArray(value))
      .flatMap(([, value]) => value as string[])
  );
}

/** What the run wrote down about its archives, where that is here. */
async function manifestOf(stage: LockedStage, snapshot: Snapshot): Promise<ManifestSource[]> {
  for (const out of stage.outs) {
    const place = await locate(snapshot, out, "manifest.json");
    if (place !== undefined) return parseManifest(await Deno.readTextFile(place), place);
  }
  return [];
}

/** SHA-256 of an archive in the pinned data, in an output of the stage, or in DVC's store of either. */
async function archiveHash(
  file: string,
  snapshot: Snapshot,
  stage: LockedStage,
  pins: readonly PinnedData[],
): Promise<string | undefined> {
  for (const folder of [...pins, ...stage.outs]) {
    const place = await locate(snapshot, folder, file);
    if (place !== undefined) return hashFile(place, "sha256");
  }
}
