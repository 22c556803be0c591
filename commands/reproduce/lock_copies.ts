/**
 * Copies of dvc.lock, of the root, the general model and their sweeps, in .cache, taken before DVC runs and after each stage that it finishes. By itself DVC
 * does not write them in one piece: a signal or a full disk at the wrong moment leaves half a file, and with it nothing of
 * what was computed. tools/whole_lock.py prevents that for the dvc of .venv; this mends what another dvc has left.
 */
import { join } from "@std/path";
import { parse } from "yaml";
import { fileInfo, gitText, readText, writeWhole } from "./files.ts";
import { isWholeLock, lockDamage } from "./lock_damage.ts";

const FOLDERS = ["", "sweep", "models", "models/sweep"];
const COPIES = ".cache/lock_copies";

interface Copy {
  readonly text: string;
  /** Name in Git of the file of the last commit at that time: another one means that another branch is checked out. */
  readonly committed: string;
}

export class LockCopies {
  /** Of each lock, what it looked like at the last look of the watcher. */
  readonly #seen = new Map<string, string>();

  /** @param root the folder of the repository */
  constructor(readonly root: string) {}

  /**
   * Copies what is whole and has changed.
   * @param after a DVC that ended well has written to the end, also where the file is shorter than before
   */
  async keep(after?: "success"): Promise<void> {
    for (const folder of FOLDERS) await this.#keepOne(folder, after === "success");
  }

  /** As `keep`, for a timer: only what has changed and then stood still since the last call. */
  async keepWhatStands(): Promise<void> {
    for (const folder of FOLDERS) {
      const info = await fileInfo(join(this.root, folder, "dvc.lock"));
      const looks = `${info?.mtime?.getTime()} ${info?.size}`;
      const before = this.#seen.get(folder);
      if (before === looks) {
        await this.#keepOne(folder);
        this.#seen.set(folder, `${looks} kept`);
      } else if (before !== `${looks} kept`) this.#seen.set(folder, looks);
    }
  }

  /**
   * Puts back what is cut. Nobody may be writing meanwhile.
   * @param say is told a sentence for each file
   */
  async restore(say: (sentence: string) => void): Promise<void> {
    for (const folder of FOLDERS) {
      const path = join(folder, "dvc.lock");
      const text = await readText(join(this.root, path));
      if (text === undefined) continue;
      const damage = await this.#damage(folder, text);
      if (damage === undefined) continue;
      const good = await this.#lastGood(folder);
      if (good === undefined) {
        say(
          `${path} ${damage}, and there is no copy of it. Get the committed one: git checkout ${path}`,
        );
        continue;
      }
      const aside = join(COPIES, `${path}.damaged`);
      await writeWhole(join(this.root, aside), text);
      await Deno.writeTextFile(join(this.root, path), good.text);
      say(
        `${path} ${damage}: DVC was stopped while it wrote it. It is back as ${good.from}. ` +
          `What was left of it: ${aside}`,
      );
    }
  }

  async #keepOne(folder: string, written = false): Promise<void> {
    const text = await readText(join(this.root, folder, "dvc.lock"));
    if (text === undefined) return;
    const copy = await this.#copy(folder);
    const committed = await this.#committed(folder);
    if (copy?.text === text && copy.committed === committed) return;
    if (!isWholeLock(text)) return;
    if (!written && await this.#damage(folder, text) !== undefined) return;
    const next: Copy = { text, committed };
    await writeWhole(this.#pathOfCopy(folder), JSON.stringify(next));
  }

  async #damage(folder: string, text: string): Promise<string | undefined> {
    const whole = (await this.#copy(folder))?.text;
    const damage = lockDamage(text, whole, await this.#defined(folder, text === whole));
    // Where only the copy tells that something is missing, another commit's file is no damage.
    if (damage === undefined || lockDamage(text) !== undefined) return damage;
    return await this.#isKnownToGit(folder) ? undefined : damage;
  }

  /** The stages of dvc.yaml. @param idle when nobody will ask for them */
  async #defined(folder: string, idle: boolean): Promise<Set<string> | undefined> {
    if (idle) return undefined;
    try {
      const content = parse(await readText(join(this.root, folder, "dvc.yaml")) ?? "");
      return new Set(Object.keys(content.stages));
    } catch {
      return undefined;
    }
  }

  async #lastGood(folder: string): Promise<{ text: string; from: string } | undefined> {
    const copy = await this.#copy(folder);
    if (copy && copy.committed === await this.#committed(folder)) {
      return { text: copy.text, from: "of the last stage that was seen to finish" };
    }
    const text = await gitText(this.root, "cat-file", "blob", `HEAD:${join(folder, "dvc.lock")}`);
    if (text !== undefined && isWholeLock(text)) return { text, from: "committed" };
    return copy && { text: copy.text, from: "of the last run" };
  }

  async #copy(folder: string): Promise<Copy | undefined> {
    const json = await readText(this.#pathOfCopy(folder));
    if (json === undefined) return undefined;
    try {
      const copy = JSON.parse(json) as Copy;
      return typeof copy.text === "string" ? copy : undefined;
    } catch {
      return undefined;
    }
  }

  #pathOfCopy(folder: string): string {
    return join(this.root, COPIES, folder, "dvc.lock.json");
  }

  async #committed(folder: string): Promise<string> {
    const name = `HEAD:${join(folder, "dvc.lock")}`;
    return (await gitText(this.root, "rev-parse", "--verify", "--quiet", name))?.trim() ?? "";
  }

  async #isKnownToGit(folder: string): Promise<boolean> {
    const path = join(folder, "dvc.lock");
    const object = (await gitText(this.root, "hash-object", "--", path))?.trim();
    return object !== undefined &&
      await gitText(this.root, "cat-file", "-e", object) !== undefined;
  }
}
