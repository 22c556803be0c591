/**
 * manifest.json of the download stage: which sources lie in its folder, with the hash of every
 * archive. The same archives give the same text, wherever they were fetched from.
 */
import type { CatalogueSource } from "./catalogue.ts";

export interface ManifestArchive {
  file: string;
  bytes: number;
  sha256: string;
}

export interface ManifestSource {
  name: string;
  title: string;
  dataset: string;
  layout: CatalogueSource["layout"];
  page: string;
  licence: string;
  citation: string;
  archives: ManifestArchive[];
}

/** The text of manifest.json. */
export function formatManifest(
  sources: readonly [string, CatalogueSource, ManifestArchive[]][],
): string {
  const list = sources.map(([name, source, archives]): ManifestSource => {
    const { title, dataset, layout, page, licence, citation } = source;
    return { name, title, dataset, layout, page, licence, citation, archives };
  });
  return JSON.stringify({ sources: list }, null, 2) + "\n";
}

/** @throws {Error} when the text is not a manifest */
export function parseManifest(text: string): ManifestSource[] {
  let sources: unknown;
  try {
    sources = JSON.parse(text)?.sources;
  } catch (error) {
    throw new Error(`Cannot read manifest.json: ${(error as Error).message}.`);
  }
  if (!Array.isArray(sources)) {
    throw new Error(
      "Cannot read manifest.json: it holds no list of sources. Run the download stage again.",
    );
  }
  return sources;
}
