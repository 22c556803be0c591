/**
 * The checkpoints of one training run, in checkpoints/, outside the outs that DVC empties. A file's name holds the key of
 * params, data, code and adapter, and the step: a run with another key starts anew, one with the same key goes on and ends
 * with the same bytes. At least two are kept, so that a damaged one can be passed over.
 */
import {
  type Checkpoint,
  type CheckpointedRun,
  checkpointName,
  parseCheckpointName,
  readCheckpoint,
  shortKeyOf,
  writeCheckpoint,
} from "../../pipeline/train/checkpoint.ts";
import { checkpointEntries, FOLDER, isNoFile, PARTIAL } from "./checkpoint_entries.ts";

export class CheckpointFolder {
  readonly #stage: string;
  readonly #run: CheckpointedRun;
  readonly #kept: number;
  /** Steps of those that stay: the last that is known to be whole, and those before it. */
  #steps: number[] = [];

  /** @param kept so many stay, the last ones */
  constructor(stage: string, run: CheckpointedRun, kept: number) {
    this.#stage = stage;
    this.#run = run;
    this.#kept = kept;
  }

  /**
   * The last checkpoint of this very run that can be used, if there is one.
   * @param warn is told of each that cannot, and what is done instead, in one line
   * @throws {Error} when something is in the way of a later save: what is no folder, or no file in place of a checkpoint
   */
  async load(warn: (sentence: string) => void): Promise<Checkpoint | undefined> {
    const refused: string[] = [];
    let found: Checkpoint | undefined;
    const files = (await this.#files()).filter(({ partial }) => !partial);
    for (const [i, { path, step }] of files.entries()) {
      try {
        const bytes = await Deno.readFile(path).catch((error) => {
          throw new Error(`Cannot read ${path}: ${error.message}.`);
        });
        const checkpoint = await readCheckpoint(bytes, path, this.#run);
        if (checkpoint.state.step !== step) {
          throw new Error(`Cannot read ${path}: it is at step ${checkpoint.state.step}.`);
        }
        found = checkpoint;
        this.#steps = files.slice(i).map(({ step }) => step);
        break;
      } catch (error) {
        refused.push((error as Error).message);
      }
    }
    const instead = found ? `Going on from step ${found.state.step}.` : "Starting anew.";
    for (const message of refused) warn(`${message} ${instead}`);
    return found;
  }

  /**
   * When this returns the checkpoint is on the disk, and those before still are, as many as are kept; older ones are gone.
   * @throws {Error} when it cannot be written; those before stay
   */
  async save(checkpoint: Checkpoint): Promise<void> {
    const { step } = checkpoint.state;
    const { key } = this.#run;
    const name = checkpointName({ stage: this.#stage, shortKey: shortKeyOf(key), step });
    await writeDurably(name, await writeCheckpoint(key, checkpoint));
    this.#steps = [step, ...this.#steps.filter((other) => other < step)].slice(0, this.#kept);
    // What lies between was refused, or is the rest of a write that was cut off.
    await this.#remove((other) => other < step && !this.#steps.includes(other));
  }

  /** Removes all of a run that is complete. */
  removeAll(): Promise<void> {
    return this.#remove(() => true);
  }

  async #remove(which: (step: number) => boolean): Promise<void> {
    for (const { path, step } of await this.#files()) {
      if (which(step)) await Deno.remove(path).catch(unlessMissing);
    }
  }

  /** Of this run, the last step first. */
  async #files(): Promise<{ path: string; step: number; partial: boolean }[]> {
    const files = [];
    for (const entry of await checkpointEntries()) {
      const { name } = entry;
      const partial = name.endsWith(PARTIAL);
      const parsed = parseCheckpointName(partial ? name.slice(0, -PARTIAL.length) : name);
      if (parsed?.stage !== this.#stage || parsed.shortKey !== shortKeyOf(this.#run.key)) continue;
      const path = `${FOLDER}/${name}`;
      if (isNoFile(entry)) {
        throw new Error(
          `Cannot use ${path}: it has the name of a checkpoint and is ` +
            `${entry.isDirectory ? "a folder" : "no file"}. Move it away.`,
        );
      }
      files.push({ path, step: parsed.step, partial });
    }
    return files.sort((a, b) => b.step - a.step);
  }
}

/** Beside its place, onto the disk, then into its place: also after a power cut the name stands for the whole file. */
async function writeDurably(name: string, bytes: Uint8Array): Promise<void> {
  const path = `${FOLDER}/${name}`, partial = `${path}${PARTIAL}`;
  try {
    await Deno.mkdir(FOLDER, { recursive: true });
    {
      using file = await Deno.open(partial, { write: true, create: true, truncate: true });
      for (let written = 0; written < bytes.length;) {
        written += await file.write(bytes.subarray(written));
      }
      await file.sync();
    }
    await Deno.rename(partial, path);
  } catch (error) {
    await Deno.remove(partial).catch(() => {});
    throw new Error(
      `Cannot save the checkpoint ${path}: those before stay, and the same command goes on from the last.`,
      { cause: error },
    );
  }
  await syncFolder();
}

/** Makes the names in the folder last, where the system can: Windows opens no folder. */
async function syncFolder(): Promise<void> {
  try {
    using folder = await Deno.open(FOLDER);
    await folder.sync();
  } catch {
    // The content is on the disk; at worst a power cut leaves the name of the one before.
  }
}

function unlessMissing(error: unknown): void {
  if (!(error instanceof Deno.errors.NotFound)) throw error;
}
