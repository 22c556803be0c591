/** What the parts of a crate's metadata share: its input, its entities by identifier, and formal parameters. */
import type { CrateContents } from "./crate_contents.ts";
import {
  type Entity,
  entity,
  fileId,
  folderId,
  reference,
  type References,
  references,
  valueType,
} from "./crate_entities.ts";
import type { Commit } from "./git.ts";
import type { LockedFile } from "./lock.ts";
import type { Dependency, PinLineage, StageLineage } from "./lineage.ts";

export interface CrateInput {
  readonly commit: Commit;
  /** dvc.yaml. */
  readonly pipeline: string;
  /** In the order in which they run. */
  readonly stages: readonly StageLineage[];
  readonly pins: readonly PinLineage[];
  readonly contents: CrateContents;
  /** Of the programs in requirements.txt. */
  readonly versions: Readonly<Record<string, string>>;
}

export class CrateGraph {
  readonly #entities = new Map<string, Entity>();
  /** Formal parameters by the data that they stand for. */
  readonly #examples = new Map<string, string[]>();

  constructor(readonly input: CrateInput) {}

  get entities(): Entity[] {
    return [...this.#entities.values()];
  }

  /** @returns the identifier */
  add(added: Entity): string {
    this.#entities.set(added["@id"], added);
    return added["@id"];
  }

  has(id: string): boolean {
    return this.#entities.has(id);
  }

  /** The identifier of a file or folder that a stage reads or writes; with # when it is not in the crate. */
  dataId(path: string): string {
    const { folders, files } = this.input.contents;
    if (folders.some((folder) => folder.path === path)) return folderId(path);
    return files.some((file) => file.path === path) ? fileId(path) : `#${fileId(path)}`;
  }

  /** The formal parameter that a stage's input, or the pipeline's when no stage is given, stands for. */
  inputParameter(file: LockedFile, stage?: string): string {
    return this.#dataParameter(stage === undefined ? "#input" : `#input/${stage}`, file);
  }

  outputParameter(file: LockedFile): string {
    return this.#dataParameter("#output", file);
  }

  #dataParameter(prefix: string, { path, md5 }: LockedFile): string {
    const type = md5.endsWith(".dir") ? "Dataset" : "File";
    return this.#formal(`${prefix}/${fileId(path)}`, path, type, this.dataId(path));
  }

  /** A key of params.yaml with its value: one entity for all stages, as it has one name for all. */
  parameter(name: string, value: unknown): string {
    const id = `#param/${fileId(name)}`;
    if (this.has(id)) return id;
    const example = valueId(name);
    this.#formal(id, name, valueType(value), example);
    const compact = Array.isArray(value) && value.length === 1 ? value[0] : value;
    this.add(entity(example, "PropertyValue", {
      name,
      value: compact ?? "null",
      exampleOfWork: reference(id),
    }));
    return id;
  }

  #formal(id: string, name: string, additionalType: string, example: string): string {
    if (this.has(id)) return id;
    this.#examples.set(example, [...this.#examples.get(example) ?? [], id]);
    return this.add(
      entity(id, "FormalParameter", { name, additionalType, workExample: reference(example) }),
    );
  }

  /** The formal parameters that a file or folder is an example of; known once all stages are described. */
  exampleOf(id: string): References {
    return references(this.#examples.get(id) ?? []);
  }
}

/** The identifier of a parameter's value. */
export function valueId(name: string): string {
  return `#value/${fileId(name)}`;
}

/** Paths of the code that a stage depends on: single files, and those of its folders. */
export function codeOf({ deps }: StageLineage): string[] {
  const paths = deps.filter(({ kind }) => kind !== "data")
    .flatMap(({ path, kind, files = [] }) =>
      kind === "code" ? files.map((file) => file.path) : path
    );
  return [...new Set(paths)].sort();
}

export function dataOf(stage: StageLineage): Dependency[] {
  return stage.deps.filter(({ kind }) => kind === "data");
}

/** The file that a stage's command runs, or an identifier of its own where it runs none. */
export function programOf(stage: StageLineage): string {
  const words = stage.command.split(/\s+/);
  const program = codeOf(stage).find((path) => words.includes(path));
  return program !== undefined ? fileId(program) : `#program/${stage.name}`;
}
