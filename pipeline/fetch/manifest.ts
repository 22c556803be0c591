/**
 * manifest.json of the download stage: which sources lie in its folder, with the hash of every
 * archive. The same archives give the same text, wherever they were fetched from.
 */
import { z } from "zod";
import { parseJson } from "../common/io/json.ts";
import { type CatalogueSource, LAYOUT_NAMES } from "./catalogue.ts";

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
  /** Split files and the like; absent where there are none. */
  texts?: ManifestArchive[];
}

/** The text of manifest.json. @param sources name, source, its archives and its texts */
export function formatManifest(
  sources: readonly [string, CatalogueSource, ManifestArchive[], ManifestArchive[]?][],
): string {
  const list = sources.map(([name, source, archives, texts = []]): ManifestSource => {
    const { title, dataset, layout, page, licence, citation } = source;
    const files = texts.length > 0 ? { archives, texts } : { archives };
    return { name, title, dataset, layout, page, licence, citation, ...files };
  });
  return JSON.stringify({ sources: list }, null, 2) + "\n";
}

const text = z.string({ error: "must be text" });
const plainName = (what: string) =>
  z.string({ error: `must be ${what}` }).regex(/^\w[\w.-]*$/, { error: `must be ${what}` });

const files = (what: string) =>
  z.array(
    z.object({
      file: plainName("a file name without folders"),
      bytes: z.int({ error: "must be a number of bytes" }).min(0, {
        error: "must be a number of bytes",
      }),
      sha256: text,
    }, { error: `must be ${what}: file, bytes, sha256` }),
    { error: `must be a list of ${what.replace(/^an? /, "")}s` },
  );

const schema = z.object({
  sources: z.array(
    z.object({
      name: plainName("the name of a source"),
      title: text,
      // Becomes the name of a folder.
      dataset: plainName("the name of a data set"),
      layout: z.enum(LAYOUT_NAMES, { error: `must be one of ${LAYOUT_NAMES.join(", ")}` }),
      page: text,
      licence: text,
      citation: text,
      archives: files("an archive"),
      texts: files("a text").optional(),
    }, { error: "must be a source: name, dataset, layout, archives and more" }),
    { error: "must be a list of sources" },
  ),
}, { error: "must hold a list of sources" });

/**
 * @param file its path, for errors
 * @throws {Error} when the text is not a manifest: the file, the place in it and what was expected there
 */
export function parseManifest(
  text: string | Uint8Array,
  file = "manifest.json",
): ManifestSource[] {
  const mend = "Run the download stage again: ./run dvc repro -f download";
  return parseJson(text, schema, { file, mend }).sources;
}
