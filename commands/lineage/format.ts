/** A lineage as a tree for people. The first line says whether it is intact. */
import { format as formatBytes } from "@std/fmt/bytes";
import type { FileState } from "./check.ts";
import type { CodeFile, CodeState } from "./code_folder.ts";
import type { Commit } from "./git.ts";
import type { Dependency, DependencyKind, Lineage, StageLineage } from "./lineage.ts";
import { describeSize, hasOwnArchives, isArchivesFolder, isOwnInput } from "./own_archives.ts";
import { rerunCommand } from "./repository.ts";
import type { ArchiveLineage } from "./sources.ts";

/**
 * brief: code by the names of its folders only. normal: with hashes, code that a stage above lists too is counted only.
 * full: everything at every stage, and commands with all their permissions.
 */
export type Detail = "brief" | "normal" | "full";

interface Branch {
  readonly text: string;
  readonly children: readonly Branch[];
}

const SUBJECT_LENGTH = 60;
/** Longer lists of paths in a permission are cut. */
const PERMISSION_PATHS = 8;

const CODE: [kind: DependencyKind, plural: string][] = [
  ["kernel", "kernels"],
  ["module", "modules"],
  ["packages", "packages"],
];

const NOTES: Record<FileState | CodeState, string> = {
  same: "",
  absent: " (not here)",
  differs: " (DIFFERS here)",
  gone: " (GONE here)",
  added: " (ADDED here)",
};

const leaf = (text: string): Branch => ({ text, children: [] });

/** Lines joined by line ends, without one at the end. */
export function formatLineage(lineage: Lineage, detail: Detail = "normal"): string {
  const { file, key, value, md5, at, problems, unchecked } = lineage;
  return [
    verdict(lineage),
    ...problems.map((problem) => `  ! ${problem}`),
    ...problems.length > 0
      ? [
        "  Restore or commit what changed, or run the stages anew: " +
        rerunCommand(lineage.stages[0]?.pipeline),
      ]
      : [`  ${unchecked}`],
    "",
    key === undefined ? file : `${file}  ${key} = ${JSON.stringify(value)}`,
    `md5 ${md5}, read from ${at}`,
    ...draw(new Tree(lineage, detail).roots()),
  ].join("\n");
}

function verdict({ intact, problems, absent, checked, commit }: Lineage): string {
  const missing = absent.length === 0 ? "" : `; not here and so not checked: ${absent.join(", ")}`;
  if (intact) {
    const git = commit
      ? "and committed"
      : "but this is no Git clone, so nothing is known of commits";
    return `intact: ${checked} hashes recomputed, all as recorded ${git}${missing}`;
  }
  const count = problems.length === 1 ? "1 problem" : `${problems.length} problems`;
  return `NOT intact: ${count}, ${checked} hashes recomputed${missing}`;
}

class Tree {
  readonly #listed = new Set<string>();
  /** Where each stage or pin is drawn: below the last of those that read from it. */
  readonly #place = new Map<string, string>();
  readonly #drawn = new Set<string>();

  constructor(readonly lineage: Lineage, readonly detail: Detail) {
    for (const stage of lineage.stages) {
      for (const { from } of stage.deps) {
        for (const origin of from) this.#place.set(origin, stage.name);
      }
    }
  }

  roots(): Branch[] {
    return [this.#origin(this.lineage.from, this.#place.get(this.lineage.from))];
  }

  #origin(name: string, reader: string | undefined): Branch {
    const { pins, stages } = this.lineage;
    const stage = stages.find((stage) => stage.name === name);
    const title = stage ? `stage ${name}` : name;
    if (this.#place.get(name) !== reader) return leaf(`${title}, see below`);
    if (this.#drawn.has(name)) return leaf(`${title}, see above`);
    this.#drawn.add(name);
    if (stage) return this.#stage(stage);
    const { md5, state, size = 0, nfiles } = pins.find((pin) => pin.pin === name)!;
    const files = nfiles === undefined ? "" : `, ${nfiles} files`;
    const archives = stages.flatMap((stage) => stage.archives).filter(({ pin }) => pin === name);
    return {
      text: `${name} pins it: ${md5}${note(state)}${files}, ${formatBytes(size)}`,
      children: archives.map(archiveBranch),
    };
  }

  #stage(stage: StageLineage): Branch {
    const { name, commit, params, run } = stage;
    const children = [leaf(`command: ${this.#command(stage)}`)];
    const pairs = Object.entries(params).map(([key, value]) =>
      leaf(`${key} = ${JSON.stringify(value)}`)
    );
    if (pairs.length > 0) children.push({ text: "params", children: pairs });
    if (run !== undefined) children.push(leaf(`run on: ${runText(run)}`));
    const folders = stage.deps.filter((dep) => dep.kind === "code");
    if (folders.length > 0) children.push(this.#folders(folders));
    for (const [kind, plural] of CODE) {
      const files = stage.deps.filter((dep) => dep.kind === kind);
      if (files.length > 0) children.push(this.#code(plural, files));
    }
    for (const dep of stage.deps.filter(({ kind }) => kind === "data")) {
      children.push(
        isArchivesFolder(dep) || (isOwnInput(dep) && dep.from.length === 0) ? ownBranch(dep) : {
          text: `${dep.path}  ${dep.md5}${note(dep.state)}`,
          children: dep.from.map((origin) => this.#origin(origin, name)),
        },
      );
    }
    children.push(...stage.archives.filter(({ pin }) => pin === undefined).map(archiveBranch));
    const recorded = commit ? `recorded in ${commitText(commit)}` : "its run is not committed";
    return { text: `stage ${name}, ${recorded}`, children };
  }

  #command({ command }: StageLineage): string {
    const words = command.split(/\s+/);
    if (this.detail === "full") return words.join(" ");
    return words.map((word) => {
      const paths = word.startsWith("--allow-") ? word.split(",") : [];
      if (paths.length <= PERMISSION_PATHS) return word;
      return `${paths[0]},… (${paths.length} paths)`;
    }).join(" ");
  }

  #folders(folders: readonly Dependency[]): Branch {
    const count = folders.reduce((sum, { files = [] }) => sum + files.length, 0);
    const title = `code, ${counted(folders.length, "folder")}, ${counted(count, "file")}`;
    if (this.detail === "brief") {
      return leaf(`${title}: ${folders.map(({ path, state }) => path + note(state)).join(" ")}`);
    }
    return {
      text: title,
      children: folders.map(({ path, md5, state, files }) => {
        const text = `${path}  ${md5}${note(state)}`;
        if (!files) return leaf(`${text}, and no commit has the recorded content`);
        return this.#files(`${text}, ${counted(files.length, "file")}`, files);
      }),
    };
  }

  #code(plural: string, files: readonly Dependency[]): Branch {
    const title = `${plural}, ${files.length}`;
    if (this.detail === "brief") {
      return leaf(`${title}: ${files.map(({ path, state }) => path + note(state)).join(" ")}`);
    }
    return this.#files(title, files);
  }

  #files(title: string, files: readonly (Dependency | CodeFile)[]): Branch {
    const isNew = ({ path, md5 }: Dependency | CodeFile) => !this.#listed.has(`${path} ${md5}`);
    const shown = this.detail === "full" ? files : files.filter(isNew);
    for (const { path, md5 } of files) this.#listed.add(`${path} ${md5}`);
    const width = Math.max(0, ...shown.map(({ path }) => path.length));
    const above = files.length - shown.length;
    const some = shown.length === 0 ? "all" : `${above} of them`;
    return {
      text: above > 0 ? `${title}, ${some} listed above with the same md5` : title,
      children: shown.map(({ path, md5, state }) =>
        leaf(`${path.padEnd(width)}  ${md5}${note(state)}`)
      ),
    };
  }
}

function note(state: FileState | CodeState): string {
  return NOTES[state];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function commitText({ hash, date, subject }: Commit): string {
  const cut = subject.length > SUBJECT_LENGTH
    ? `${subject.slice(0, SUBJECT_LENGTH).trimEnd()}…`
    : subject;
  return `commit ${hash.slice(0, 7)} of ${date.slice(0, 10)}: ${cut}`;
}

function runText(run: unknown): string {
  if (run === null || typeof run !== "object") return JSON.stringify(run);
  return Object.entries(run)
    .filter(([, value]) => value !== "")
    .map(([key, value]) => `${key} ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join(", ");
}

function archiveBranch(archive: ArchiveLineage): Branch {
  const { file, sha256, state, title, page, url, licence, citation } = archive;
  return {
    text: `${file}  sha256 ${sha256 ?? "not recorded"}${note(state)}`,
    children: [
      leaf(`source: ${[title, url ?? page].filter((text) => text !== "").join(", ")}`),
      leaf(`licence: ${licence}`),
      ...citation === "" ? [] : [leaf(`cite: ${citation}`)],
    ],
  };
}

function ownBranch(dep: Dependency): Branch {
  const text = `${dep.path}  ${dep.md5}${note(dep.state)}, ${describeSize(dep)}`;
  const isInput = isOwnInput(dep);
  if (!isInput && !hasOwnArchives(dep)) return leaf(text);
  return {
    text: `${text}, own ${isInput ? "data" : "archives"} of whoever ran it, not in the repository`,
    children: (dep.files ?? []).map(({ path, md5 }) => leaf(`${path}  ${md5}`)),
  };
}

function draw(branches: readonly Branch[], indent = ""): string[] {
  return branches.flatMap(({ text, children }, i) => {
    const last = i === branches.length - 1;
    return [
      `${indent}${last ? "└─ " : "├─ "}${text}`,
      ...draw(children, indent + (last ? "   " : "│  ")),
    ];
  });
}
