/** `deno task compare`: two models or two runs, pair by pair, with intervals and pictures side by side. */
import { join } from "@std/path";
import { printable } from "../pipeline/common/printable.ts";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { type CompareRequest, HELP, parseCompareRequest, WORKSPACE } from "./compare/arguments.ts";
import { compareDatasets, matchPairs } from "./compare/differences.ts";
import { sidesOfModels } from "./compare/models.ts";
import { comparePage } from "./compare/page.ts";
import { sidesOfRevisions } from "./compare/revisions.ts";
import type { Sides } from "./compare/sides.ts";
import { comparisonText, differencesTable, pairsTable } from "./compare/words.ts";
import { writeAll } from "./flow/files.ts";
import { placeOf } from "./typed_path.ts";
import { checkOutputFolder } from "./flow/output_folder.ts";
import { Git } from "./lineage/git.ts";
import { linkTo } from "./report/link.ts";
import { runCommand } from "./run_command.ts";

const MARK = {
  command: "deno task compare",
  file: "differences.tsv",
  begins: differencesTable([]).trimEnd(),
};

/** Whether a name is that of a model, be it there or not. */
async function isModel(name: string): Promise<boolean> {
  if (name.endsWith(".safetensors")) return true;
  if (name === WORKSPACE) return false;
  return await Deno.stat(placeOf(name)).then(({ isFile }) => isFile, () => false);
}

async function compare(request: CompareRequest, sides: Sides): Promise<void> {
  const { first, second } = sides;
  const { pairs, leftOut } = matchPairs(first, second);
  const datasets = compareDatasets(pairs);
  console.log(printable(`A  ${first.name}\nB  ${second.name}\n\n${comparisonText(datasets)}`));
  const pictures = await sides.pictures(pairs);
  const notes = [...sides.notes, ...leftOut, ...pictures.notes];
  for (const note of notes) console.log(printable(note));
  const page = await comparePage({
    names: [first.name, second.name],
    datasets,
    pairs,
    shown: pictures.shown,
    notes,
  });
  const files = {
    [MARK.file]: differencesTable(datasets),
    "index.html": page,
    "pairs.tsv": pairsTable(pairs),
  };
  const encoder = new TextEncoder();
  await writeAll(
    Object.entries(files).map(([name, text]) => ({
      typed: join(request.out, name),
      place: join(placeOf(request.out), name),
      bytes: encoder.encode(text),
    })),
  );
  console.log(printable(`\n${linkTo(join(placeOf(request.out), "index.html"))}`));
}

async function main(request: CompareRequest): Promise<number> {
  await checkOutputFolder(request.out, MARK);
  const [first, second] = await Promise.all(request.names.map(isModel));
  if (first !== second) {
    const [model, revision] = first ? request.names : request.names.toReversed();
    throw new Error(
      `Cannot compare ${
        request.names.join(" with ")
      }: ${model} is a file and ${revision} is none. ` +
        "Name two models, or two revisions.",
    );
  }
  if (!first) {
    await compare(request, await sidesOfRevisions(new Git(Deno.cwd()), request));
    return 0;
  }
  if (request.table !== undefined) {
    throw new Error(
      "Cannot compare two models by --table: it names a table of runs. Leave it out.",
    );
  }
  using sides = await sidesOfModels(
    request,
    () => openGpu(Deno.env.get("DENO_WEBGPU_BACKEND")),
  );
  await compare(request, sides);
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseCompareRequest, main);
