/**
 * Lineage of the files that the report's numbers come from: stage by stage back to the archives, as
 * dvc.yaml describes it, with the parameters of each stage and the hashes of the files that the
 * report was made from.
 */

/** A stage as stages/report/graph.json has it, in short from dvc.yaml. */
export interface StageDefinition {
  readonly name: string;
  readonly cmd: string;
  readonly params: readonly string[];
  readonly outs: readonly string[];
  /** Dependencies that are data. */
  readonly data: readonly string[];
  /** Dependencies that are modules, kernels and the lock file of packages. */
  readonly code: readonly string[];
}

/** Nested values of one section of params.yaml. */
export type Section = Readonly<Record<string, unknown>>;

export interface LineageInput {
  readonly stages: readonly StageDefinition[];
  /** The parameters that each stage ran with, by stage. */
  readonly params: Readonly<Record<string, Section>>;
  /** MD5 by path, as dvc.lock has it, of files that were hashed. */
  readonly hashes: Readonly<Record<string, string>>;
  readonly archives: readonly ArchiveOrigin[];
}

export interface ArchiveOrigin {
  readonly file: string;
  readonly title: string;
  readonly page: string;
  readonly licence: string;
  /** Absent where none is published; the manifest that `download` writes then holds it. */
  readonly sha256?: string;
}

/** A file or folder and what made it. */
export interface FileNode {
  readonly path: string;
  readonly md5?: string;
  /** Absent for what no stage makes. */
  readonly stage?: StageNode;
}

export interface StageNode {
  readonly stage: StageDefinition;
  /** Absent where the stage stands higher up in the same tree. */
  readonly inputs?: readonly FileNode[];
}

/** The tree behind a file; a stage that occurs again is not unfolded twice. */
export function lineageOf(path: string, input: LineageInput, seen = new Set<string>()): FileNode {
  const md5 = input.hashes[path];
  const stage = input.stages.find(({ outs }) =>
    outs.some((out) => path === out || path.startsWith(`${out}/`) || out.startsWith(`${path}/`))
  );
  if (!stage) return { path, md5 };
  if (seen.has(stage.name)) return { path, md5, stage: { stage } };
  seen.add(stage.name);
  const inputs = stage.data.map((dependency) => lineageOf(dependency, input, seen));
  return { path, md5, stage: { stage, inputs } };
}

/** The command that prints the lineage of a number with every hash recomputed. */
export function traceCommand(file: string, key?: string): string {
  const words = ["./run", "deno", "task", "trace", file, ...key === undefined ? [] : [key]];
  return words.map(shellWord).join(" ");
}

function shellWord(text: string): string {
  return /^[\w./@:+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
