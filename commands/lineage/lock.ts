/** What DVC wrote down: the runs in a dvc.lock, and the data that a .dvc file pins. */
import { dirname, join, normalize } from "@std/path";
import { z } from "zod";
import { parseYaml } from "../../pipeline/common/io/yaml.ts";
import type { Recorded } from "./snapshot.ts";

export interface LockedFile extends Recorded {
  /** Bytes; of a folder the sum of its files. */
  readonly size?: number;
  /** Files of a folder. */
  readonly nfiles?: number;
}

/** One run of a stage. Paths start from the root of the repository. */
export interface LockedStage {
  readonly name: string;
  /** The dvc.yaml that describes it, and the lock that holds its run. */
  readonly pipeline: string;
  readonly lock: string;
  readonly cmd: string;
  readonly deps: readonly LockedFile[];
  readonly outs: readonly LockedFile[];
  /** By file: what stands in the lock, whole sections or dotted names. */
  readonly params: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Data that no stage made. */
export interface PinnedData extends LockedFile {
  /** The .dvc file. */
  readonly pin: string;
}

const fileSchema = z.object({
  path: z.string(),
  md5: z.string().optional(),
  size: z.number().optional(),
  nfiles: z.number().optional(),
});
const filesSchema = z.array(fileSchema).default([]);
const lockSchema = z.object({
  stages: z.record(
    z.string(),
    z.object({
      cmd: z.unknown().optional(),
      deps: filesSchema,
      outs: filesSchema,
      params: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
    }),
  ).default({}),
}).nullable();
const pinSchema = z.object({ outs: filesSchema }).nullable();
type WrittenFile = z.infer<typeof fileSchema>;

/** dvc.lock stands beside its dvc.yaml. */
export function lockOf(pipeline: string): string {
  return pipeline.replace(/yaml$/, "lock");
}

/**
 * @param folderOf the folder that a stage's paths start from
 * @throws {Error} when the text is not a lock of DVC 3
 */
export function parseLock(
  text: string,
  pipeline: string,
  folderOf: (stage: string) => string,
): LockedStage[] {
  const lock = lockOf(pipeline);
  const stages = parseYaml(text, lockSchema, written(lock))?.stages ?? {};
  return Object.entries(stages).map(([name, { cmd, deps, outs, params }]) => {
    const place = (path: string) => normalize(join(folderOf(name), path));
    const files = (list: WrittenFile[]) =>
      list.map((file) => lockedFile(file, place(file.path), lock));
    return {
      name,
      pipeline,
      lock,
      cmd: [cmd].flat().join("\n"),
      deps: files(deps),
      outs: files(outs),
      params: Object.fromEntries(
        Object.entries(params).map(([file, values]) => [place(file), values]),
      ),
    };
  });
}

/** The outs of a .dvc file. @throws {Error} when it is none */
export function parsePin(text: string, path: string): PinnedData[] {
  const outs = parseYaml(text, pinSchema, written(path))?.outs ?? [];
  return outs.map((out) => ({
    ...lockedFile(out, normalize(join(dirname(path), out.path)), path),
    pin: path,
  }));
}

/** By DVC, and in Git. */
function written(file: string) {
  return { file, mend: `Get it back with: git checkout ${file}` };
}

function lockedFile({ md5, size, nfiles }: WrittenFile, path: string, where: string): LockedFile {
  if (md5 === undefined) {
    throw new Error(`${where} has no md5 for ${path}. Run the stage again with DVC 3.`);
  }
  return { path, md5, size, nfiles };
}

/** The lines of one stage in the text of a lock, for comparing two versions; undefined when it is not there. */
export function stageText(lock: string, stage: string): string | undefined {
  const lines = lock.split("\n");
  const start = lines.findIndex((line) => line === `  ${stage}:` || line === `  '${stage}':`);
  if (start < 0) return undefined;
  const length = lines.slice(start + 1).findIndex((line) => /^ {0,2}\S/.test(line));
  return lines.slice(start, length < 0 ? undefined : start + 1 + length).join("\n");
}
