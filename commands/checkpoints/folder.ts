/** What lies in checkpoints/: of the run that params.yaml, data and code now mean, of abandoned ones, and what kills left. */
import {
  checkpointMetadata,
  parseCheckpointName,
  shortKeyOf,
} from "../../pipeline/train/checkpoint.ts";
import {
  checkpointEntries,
  FOLDER,
  isNoFile,
  PARTIAL,
} from "../../stages/training/checkpoint_entries.ts";

/** A whole checkpoint as it was called before its step was in its name; no stage reads it any more. */
const EARLIER = /^([a-z]+)-[0-9a-f]{16}\.safetensors$/;

/** The key of a stage's present run, or why there is none to be told. */
export type PresentKey = { readonly key: string } | { readonly unknown: string };

export interface Found {
  readonly path: string;
  readonly stage: string;
  /** Absent in the name of an earlier format. */
  readonly step?: number;
  readonly bytes: number;
  readonly written: Date | null;
  /** Not known where the key of the present run is not. */
  readonly of: "present" | "abandoned" | "unknown";
  /** What is wrong with it or odd about it, if anything. */
  readonly remark?: string;
}

export interface Listing {
  readonly found: readonly Found[];
  /** Names that are not of checkpoints, and what is under such a name no file. */
  readonly others: readonly string[];
}

/**
 * Everything in the folder, by stage and run, the last step first.
 * @param presentKey asked once for each stage that has a checkpoint
 * @throws {Error} when checkpoints is no folder
 */
export async function listCheckpoints(
  presentKey: (stage: string) => Promise<PresentKey>,
): Promise<Listing> {
  const keys = new Map<string, PresentKey>();
  const found: Found[] = [];
  const others: string[] = [];
  for (const entry of await checkpointEntries()) {
    const { name } = entry;
    const partial = name.endsWith(PARTIAL);
    const whole = partial ? name.slice(0, -PARTIAL.length) : name;
    const parsed = parseCheckpointName(whole);
    const stage = parsed?.stage ?? EARLIER.exec(whole)?.[1];
    if (stage === undefined) {
      others.push(name);
      continue;
    }
    if (isNoFile(entry)) {
      others.push(`${name} (${entry.isDirectory ? "a folder" : "no file"}: move it away)`);
      continue;
    }
    const path = `${FOLDER}/${name}`;
    // A link that leads nowhere has a size and a time of its own.
    const { size, mtime } = await Deno.stat(path).catch(() => Deno.lstat(path));
    const common = { path, stage, step: parsed?.step, bytes: size, written: mtime };
    if (!parsed) {
      found.push({ ...common, of: "abandoned", remark: "of an earlier format" });
      continue;
    }
    if (!keys.has(stage)) keys.set(stage, await presentKey(stage));
    const present = keys.get(stage)!;
    const of = "unknown" in present
      ? "unknown"
      : shortKeyOf(present.key) === parsed.shortKey
      ? "present"
      : "abandoned";
    const remark = partial ? "half written" : await damage(path);
    found.push({ ...common, of, remark });
  }
  found.sort((a, b) =>
    a.stage.localeCompare(b.stage) || a.of.localeCompare(b.of) || (b.step ?? 0) - (a.step ?? 0)
  );
  return { found, others: others.sort() };
}

/** "damaged" for what a stage would pass over. */
async function damage(path: string): Promise<string | undefined> {
  try {
    await checkpointMetadata(await Deno.readFile(path), path);
    return undefined;
  } catch {
    return "damaged";
  }
}
