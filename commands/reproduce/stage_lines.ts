/**
 * What `dvc repro` and `dvc pull` say, in one line a stage. Lines that are not understood are passed through, so that
 * another version of DVC shows too much, never too little.
 */
import { format as formatDuration } from "@std/fmt/duration";

/** Fits models:quick_scenes. */
const NAME_WIDTH = 20;

/** DVC's words that a line of ours says already, or that the end of the run says better. */
const SAID_OTHERWISE = [
  /^Use `dvc push` to send your updates to remote storage\.$/,
  /^Data and pipelines are up to date\.$/,
  /^To track the changes with git, run:$/,
  /^\tgit add .*dvc\.lock.*$/,
  /^To enable auto staging, run:$/,
  /^\tdvc config core\.autostage true$/,
];

export interface StageLinesOptions {
  readonly print: (line: string) => void;
  /** Milliseconds of any clock that goes forward. */
  readonly now: () => number;
  /** Stages, and "data", of which something was fetched just before. */
  readonly pulled: ReadonlySet<string>;
}

/** Reads the standard output of `dvc repro` line by line. */
export class StageLines {
  /** Whether dvc.lock was written: what is committed is not what is here. */
  lockChanged = false;
  /** Stages whose command ran to its end. */
  readonly ran: string[] = [];
  readonly #options: StageLinesOptions;
  #running: { name: string; start: number; commandShown: boolean } | undefined;
  /** Blank lines, DVC's own between stages or a stage's: shown only before what is passed through. */
  #blanks = 0;

  constructor(options: StageLinesOptions) {
    this.#options = options;
  }

  /** @param line without its end */
  add(line: string): void {
    if (line === "") {
      this.#blanks++;
      return;
    }
    const understood = this.#stageLine(line) || this.#otherLine(line);
    if (!understood) {
      for (; this.#blanks > 0; this.#blanks--) this.#options.print("");
      this.#options.print(line);
    }
    this.#blanks = 0;
  }

  /** At the end of `dvc repro`. @param how what became of a stage that was still running */
  end(how: "ran" | "failed" | "stopped"): void {
    this.#finish(how);
  }

  #stageLine(line: string): boolean {
    const [, unchanged] = line.match(/^(?:Stage )?'(.+)' didn't change, skipping$/) ?? [];
    const [, cached] = line.match(/^Stage '(.+)' is cached - skipping run, checking out/) ?? [];
    const [, started] = line.match(/^Running stage '(.+)':$/) ?? [];
    const [, verified] = line.match(/^Verifying data sources in stage: '(.+)'$/) ?? [];
    // A stage of another pipeline by its folder: "models/dvc.yaml:textures" is models:textures.
    const name = (unchanged ?? cached ?? started ?? verified)?.replace(/\.dvc$/, "")
      .replace("/dvc.yaml:", ":");
    if (name === undefined) return false;
    this.#finish("ran");
    if (unchanged) this.#say(name, this.#options.pulled.has(name) ? "pulled" : "up to date");
    if (cached) this.#say(name, "from the cache");
    if (verified) this.#say(name, "changed, taken as it is");
    if (started) {
      this.#running = { name, start: this.#options.now(), commandShown: false };
    }
    return true;
  }

  #otherLine(line: string): boolean {
    // The command follows at once, a line each if there are several; later such a line is the stage's own.
    if (this.#running && !this.#running.commandShown && line.startsWith("> ")) return true;
    if (/^(Updating|Generating) lock file '.*'$/.test(line)) {
      this.#finish("ran");
      this.lockChanged = true;
      return true;
    }
    if (this.#running) this.#running.commandShown = true;
    return SAID_OTHERWISE.some((pattern) => pattern.test(line));
  }

  #finish(how: string): void {
    if (!this.#running) return;
    const { name, start } = this.#running;
    this.#running = undefined;
    if (how === "ran") this.ran.push(name);
    this.#say(name, `${how}, ${readableTime(this.#options.now() - start)}`);
  }

  #say(name: string, what: string): void {
    this.#options.print(`${name.padEnd(NAME_WIDTH)} ${what}`);
  }
}

/** "850ms" is no help to anyone: whole seconds, at least one. */
export function readableTime(milliseconds: number): string {
  return formatDuration(Math.max(1, Math.round(milliseconds / 1000)) * 1000, { ignoreZero: true });
}

/** The stages, and "data", of which `dvc pull` says that it brought something. @param output its standard output */
export function pulledStages(output: string): Set<string> {
  const paths = output.split("\n").flatMap((line) => line.match(/^[AM]\s+(.+)$/)?.[1] ?? []);
  return new Set(paths.map((path) => path.match(/^results\/([^/]+)/)?.[1] ?? path.split("/")[0]));
}

/**
 * Warnings of a successful `dvc pull --allow-missing` without those that name what is not pushed, since the stages'
 * lines say what becomes of it.
 * @param errorOutput its standard error
 */
export function otherWarnings(errorOutput: string): string {
  const expected =
    /^(WARNING: Some of the cache files do not exist neither locally nor on remote\..*|(name: .*, )?md5: [0-9a-f]{32}(\.dir)?)$/;
  return errorOutput.split("\n").filter((line) => line !== "" && !expected.test(line)).join("\n");
}
