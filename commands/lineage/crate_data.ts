/** Files and folders in a crate, and data that it only describes. */
import { basename } from "@std/path";
import type { CrateFile } from "./crate_contents.ts";
import { hasOwnArchives, isArchivesFolder } from "./own_archives.ts";
import {
  encodingFormat,
  entity,
  fileEntity,
  fileId,
  folderId,
  licenceEntity,
  reference,
  references,
} from "./crate_entities.ts";
import { type CrateGraph, dataOf } from "./crate_graph.ts";

/** Call it after the workflow is described. @returns the parts of the root */
export function addData(graph: CrateGraph): string[] {
  const { files, folders } = graph.input.contents;
  for (const file of files) addFile(graph, file);
  for (const { path, files: inside } of folders) {
    const { md5, description } = recorded(graph, path);
    graph.add(entity(folderId(path), "Dataset", {
      name: path,
      description,
      identifier: md5 && `md5:${md5}`,
      exampleOfWork: graph.exampleOf(folderId(path)),
      hasPart: references(inside.map((file) => fileId(file.path))),
    }));
  }
  addDescribed(graph);
  const inside = new Set(folders.flatMap((folder) => folder.files.map(({ path }) => path)));
  return [
    ...files.filter(({ path }) => !inside.has(path)).map(({ path }) => fileId(path)),
    ...folders.map(({ path }) => folderId(path)),
  ];
}

/** A file that is no stage's program and not the pipeline, which are described already. */
function addFile(graph: CrateGraph, file: CrateFile): void {
  const { commit } = graph.input;
  const id = fileId(file.path);
  if (graph.has(id)) return;
  graph.add(fileEntity(file, commit.hash, {
    exampleOfWork: graph.exampleOf(id),
    ...aboutArchive(graph, file),
    ...aboutRun(graph, file),
    ...file.path === "README.md" && { about: reference("./") },
  }));
}

function aboutArchive(graph: CrateGraph, { path, sha256 }: CrateFile): Record<string, unknown> {
  const archive = graph.input.stages.flatMap((stage) => stage.archives)
    .find(({ file, sha256: expected }) => file === basename(path) && expected === sha256);
  if (!archive) return {};
  const { source, title, licence, citation, url, page } = archive;
  return {
    description: title,
    license: reference(graph.add(licenceEntity(`#licence/${source}`, licence))),
    url: url ?? (page === "" ? undefined : page),
    citation: citation === "" ? undefined : citation,
  };
}

function aboutRun(graph: CrateGraph, { path }: CrateFile): Record<string, unknown> {
  const stage = graph.input.stages.find(({ outs }) => outs.some((out) => out.path === path));
  if (!stage) return {};
  if (basename(path) !== "adapter.json") return { description: `Output of stage ${stage.name}` };
  return {
    description: `WebGPU adapter, driver and seed of the run of stage ${stage.name}`,
    about: reference(`#run/${stage.name}`),
  };
}

function recorded({ input }: CrateGraph, path: string): { md5?: string; description?: string } {
  for (const { name, outs } of input.stages) {
    const out = outs.find((out) => out.path === path);
    if (out) return { md5: out.md5, description: `Output of stage ${name}` };
  }
  const pin = input.pins.find((pin) => pin.path === path);
  if (pin) return { md5: pin.md5, description: `Data pinned by ${pin.pin}` };
  const readers = input.stages.filter(({ deps }) => deps.some((dep) => dep.path === path));
  const dep = readers[0]?.deps.find((dep) => dep.path === path);
  if (!dep) return {};
  const names = readers.map(({ name }) => name).join(", ");
  const kind = dep.kind === "code" ? "Code that is part" : "Data that is input";
  return { md5: dep.md5, description: `${kind} of stage ${names}` };
}

/** Outputs that are never pushed, and own archives. */
function addDescribed(graph: CrateGraph): void {
  const { stages } = graph.input;
  for (const file of stages.flatMap((stage) => [...stage.outs, ...dataOf(stage)])) {
    const { path, md5, size } = file;
    const id = graph.dataId(path);
    if (!id.startsWith("#")) continue;
    const isFolder = md5.endsWith(".dir");
    graph.add(entity(id, isFolder ? "Dataset" : "File", {
      name: path,
      encodingFormat: isFolder ? undefined : encodingFormat(path),
      description: !isArchivesFolder(file)
        ? "Not in this crate: its stage makes it anew, and its MD5 says whether it is the same."
        : hasOwnArchives(file)
        ? "Own archives of whoever ran it, not in this crate; what the run took of them is an output."
        : "The folder for own archives, empty.",
      contentSize: size === undefined ? undefined : String(size),
      identifier: `md5:${md5}`,
      exampleOfWork: graph.exampleOf(id),
    }));
  }
}
