/**
 * Makes the archives of the embedded sample from unpacked official data sets, and the README beside
 * them. The same files give the same bytes. Prints what belongs into pipeline/fetch/catalogue.ts.
 *
 *     deno run --allow-read --allow-write=data tools/make_sample.ts FOLDER
 *
 * FOLDER holds middlebury/other-data, middlebury/other-gt-flow, sintel/training and
 * kitti2015/training as their official archives unpack them.
 */
import { parseArgs } from "@std/cli/parse-args";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import { CATALOGUE, type CatalogueSource } from "../pipeline/fetch/catalogue.ts";
import { writeZip } from "../pipeline/fetch/zip_writer.ts";

const OUT = "data";

interface Sample {
  source: string;
  folder: string;
  files: string[];
}

const SAMPLES: Sample[] = [
  {
    source: "middlebury_sample",
    folder: "middlebury",
    files: ["RubberWhale", "Venus"].flatMap((name) => [
      `other-data/${name}/frame10.png`,
      `other-data/${name}/frame11.png`,
      `other-gt-flow/${name}/flow10.flo`,
    ]),
  },
  {
    source: "sintel_sample",
    folder: "sintel",
    files: [
      "training/final/market_5/frame_0002.png",
      "training/final/market_5/frame_0003.png",
      "training/flow/market_5/frame_0002.flo",
      "training/invalid/market_5/frame_0002.png",
      "training/occlusions/market_5/frame_0002.png",
    ],
  },
  {
    source: "kitti2015_sample",
    folder: "kitti2015",
    files: [
      "training/flow_occ/000000_10.png",
      "training/image_2/000000_10.png",
      "training/image_2/000000_11.png",
    ],
  },
];

function describe(sample: Sample, source: CatalogueSource): string {
  return [
    `## ${source.archives[0].file}`,
    "",
    `${source.title}. Layout of the official archives.`,
    "",
    `- Source: ${source.page}`,
    `- Licence: ${source.licence}`,
    `- Cite: ${source.citation}`,
    "",
    ...[...sample.files].sort().map((file) => `    ${file}`),
    "",
  ].join("\n");
}

async function main(): Promise<void> {
  const { _: [folder], help } = parseArgs(Deno.args, { boolean: ["help"], string: ["_"] });
  if (help || folder === undefined) {
    console.log("usage: make_sample.ts FOLDER   (writes data/*.zip and data/README.md)");
    Deno.exit(help ? 0 : 2);
  }
  await Deno.mkdir(OUT, { recursive: true });
  const sections = [
    "# The embedded sample\n\nSmall parts of public optical flow data sets, so that the pipeline " +
    "runs without a network.\nMade by tools/make_sample.ts; pinned by data.dvc; hashes in " +
    "pipeline/fetch/catalogue.ts.\n",
  ];
  for (const sample of SAMPLES) {
    const source = CATALOGUE[sample.source];
    const path = join(OUT, source.archives[0].file);
    const read = (file: string) => Deno.readFile(join(String(folder), sample.folder, file));
    await writeZip(sample.files, read, (await Deno.create(path)).writable);
    const bytes = await Deno.readFile(path);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    console.log(`${source.archives[0].file}  bytes: ${bytes.length}, sha256: "${sha256}"`);
    sections.push(describe(sample, source));
  }
  await Deno.writeTextFile(join(OUT, "README.md"), sections.join("\n"));
}

if (import.meta.main) await main();
