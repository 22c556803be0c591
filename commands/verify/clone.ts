/**
 * Fresh clones of the last commit: what somebody else has who only has the repository. They share nothing with it,
 * neither DVC's cache nor its notes about remotes.
 */
import { join, relative } from "@std/path";
import { isMap, parseDocument } from "yaml";
import { Git } from "../lineage/git.ts";
import { pipelinesOf } from "../lineage/repository.ts";
import { lastLines, mustRun, type Output, runProgram } from "./command.ts";
import type { Site } from "./step.ts";

/** How a forced run of the pipeline ended. */
export type Rerun =
  & { readonly stages: readonly string[] }
  & (
    | { readonly complete: true }
    | {
      readonly complete: false;
      /** The stage that failed; undefined when DVC stopped before the first. */
      readonly failed?: string;
      /** The end of what it printed. */
      readonly printed: readonly string[];
    }
  );

const PRINTED_LINES = 12;

export class Clone {
  private constructor(readonly root: string, readonly name: string, readonly site: Site) {}

  /** @param name tells several clones apart; one of the same name is replaced */
  static async of(site: Site, name: string): Promise<Clone> {
    const folder = join(site.scratch, name);
    await removeFolder(folder);
    await Deno.mkdir(folder, { recursive: true });
    const root = join(folder, "clone");
    await mustRun("git", ["clone", "--quiet", site.root, root], { cwd: site.root });
    return new Clone(root, name, site);
  }

  /** For people: its folder from the root of the repository. */
  get place(): string {
    return relative(this.site.root, this.root);
  }

  async remove(): Promise<void> {
    await removeFolder(join(this.site.scratch, this.name));
  }

  dvc(args: readonly string[], onLine?: (line: string) => void): Promise<Output> {
    // DVC remembers per machine what a remote holds, and believes that without looking again.
    const env = { DVC_SITE_CACHE_DIR: join(this.site.scratch, this.name, "site_cache") };
    return runProgram("dvc", args, { cwd: this.root, env, onLine });
  }

  /**
   * Lays out what only DVC keeps.
   * @param targets .dvc files, which pin data, or stages, or paths of outputs
   * @throws {Error} when it cannot be had
   */
  async pull(targets: readonly string[]): Promise<void> {
    if (targets.length === 0) return;
    const { code, stdout, stderr } = await this.dvc(["pull", "--quiet", ...targets]);
    if (code === 0) return;
    const printed = lastLines(stdout + stderr, PRINTED_LINES).join("\n");
    throw new Error(
      `A fresh clone cannot pull ${targets.join(" and ")}:\n${printed}\n` +
        "What the last commit lacks says: ./run deno task verify --only pushed",
    );
  }

  /** Shrinks the clone's parameters to those of the tiny profile, in every pipeline. */
  async shrink(): Promise<void> {
    const allowed = [
      "--allow-read=params.yaml,sweep,models",
      "--allow-write=params.yaml,sweep,models",
    ];
    const script = ["tools/tiny_profile.ts"];
    await mustRun(
      "deno",
      ["run", "--quiet", "--no-prompt", "--ignore-env", ...allowed, ...script],
      { cwd: this.root },
    );
  }

  /** DVC runs no frozen stage, not even by force, and takes what lies there for what it wrote. */
  async #thaw(): Promise<void> {
    for (const pipeline of pipelinesOf(await new Git(this.root).filesOf("HEAD"))) {
      const path = join(this.root, pipeline);
      const document = parseDocument(await Deno.readTextFile(path));
      const stages = document.get("stages");
      if (!isMap(stages)) continue;
      const thawed = stages.items.filter(({ value }) => isMap(value) && value.delete("frozen"));
      if (thawed.length > 0) await Deno.writeTextFile(path, document.toString({ lineWidth: 0 }));
    }
  }

  /**
   * Runs stages, whatever was run before and frozen ones, too.
   * @param targets of `dvc repro`, with its options; without any, every stage of dvc.yaml
   */
  async rerun(targets: readonly string[] = []): Promise<Rerun> {
    await this.#thaw();
    const stages: string[] = [];
    const { code, stdout, stderr } = await this.dvc(
      ["repro", "--force", "--no-run-cache", ...targets],
      (line) => {
        const stage = startedStage(line);
        if (stage === undefined) return;
        stages.push(stage);
        this.site.say(`${this.name}: ${stage}`);
      },
    );
    if (code === 0) return { complete: true, stages };
    const printed = lastLines(stderr.trim() === "" ? stdout : stderr, PRINTED_LINES);
    return { complete: false, stages, failed: stages.at(-1), printed };
  }
}

/** The stage that DVC says it runs in this line of its output, or would run. */
export function startedStage(line: string): string | undefined {
  return /^Running stage '(.+)':/.exec(line)?.[1];
}

async function removeFolder(path: string): Promise<void> {
  try {
    await Deno.remove(path, { recursive: true });
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
}
