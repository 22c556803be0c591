/**
 * What every stage shares: its parameters, whole outputs, packed splits, progress, and how errors end; what ends it early
 * is in ending.ts.
 * The only place, with the stages themselves and tools/, that touches files and the terminal.
 * A stage runs in the root of the repository with the permissions that dvc.yaml names.
 */
import { format as formatDuration } from "@std/fmt/duration";
import { dirname } from "@std/path";
import type { z } from "zod";
import { unpackSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { printable } from "../../pipeline/common/printable.ts";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { exitStatus, Interrupted, listenForEnd, stopIfOrphaned } from "./ending.ts";
import { readWhole } from "./read_whole.ts";

/** One section of params.yaml, checked by its schema; it must be among the stage's params in dvc.yaml. */
export async function readSection<S extends z.ZodObject>(
  name: string,
  schema: S,
): Promise<z.infer<S>> {
  return parseSection(await Deno.readFile("params.yaml"), name, schema);
}

/** Files that are being written beside their place. */
const partials = new Set<string>();

/**
 * Writes a file whole or not at all: beside its place first, then moved there. Makes the folder.
 * @param path relative to the root of the repository, inside the stage's results folder
 * @throws {Interrupted} when the process that started the stage is gone: a newer run may have written the file since
 */
export async function writeOutput(path: string, bytes: Uint8Array | string): Promise<void> {
  await Deno.mkdir(dirname(path), { recursive: true });
  const partial = `${path}.partial`;
  partials.add(partial);
  try {
    await Deno.writeFile(
      partial,
      typeof bytes === "string" ? new TextEncoder().encode(bytes) : bytes,
    );
    stopIfOrphaned();
    Deno.renameSync(partial, path);
  } catch (error) {
    removePartial(partial);
    throw error;
  } finally {
    partials.delete(partial);
  }
}

/** Removes what is not written to its end. */
function removePartial(partial: string): void {
  try {
    Deno.removeSync(partial);
  } catch {
    // Not begun yet, or not ours: the error that led here says more.
  }
}

/**
 * Makes a folder of outputs and removes what an earlier run left in it, which may have had other names.
 * @throws {Interrupted} as writeOutput
 */
export async function emptyFolder(path: string): Promise<void> {
  stopIfOrphaned();
  await Deno.mkdir(path, { recursive: true });
  for await (const { name } of Deno.readDir(path)) await Deno.remove(`${path}/${name}`);
}

/** Where `preprocess` packs its splits. */
export const SPLITS = "results/preprocess";

/** The frame pairs of a split that `preprocess` packed, in the order of its index. @param splits the folder of all splits */
export function readSplit(split: string, splits: string = SPLITS): Promise<FramePair[]> {
  const folder = `${splits}/${split}`;
  return unpackSplit((fileName) => readWhole(`${folder}/${fileName}`), folder);
}

export interface Progress {
  /** @param done how much of the total is finished @param text shown behind the numbers, such as a loss */
  update(done: number, text?: string): void;
  finish(text?: string): void;
}

const BAR_CELLS = 24;
const TERMINAL_INTERVAL_MS = 100;
const LINE_INTERVAL_MS = 15_000;

/** The stage that runs, and whether its bar stands on the terminal without a line's end. */
let stageName = "";
let barIsOpen = false;

/**
 * Progress on stderr: a bar with time left on a terminal, a line now and then without one; a last line with the time
 * taken. The clock is used for display only.
 * @param label what is counted; the name of the stage goes before it
 */
export function progress(label: string, total: number): Progress {
  const terminal = Deno.stderr.isTerminal();
  const title = label.startsWith(stageName) ? label : `${stageName} ${label}`;
  const start = performance.now();
  // Without a terminal, what is over soon says so once.
  let next = terminal ? start : start + LINE_INTERVAL_MS;
  let first = -1;

  const describe = (done: number, text: string, finished = false) => {
    const seconds = (performance.now() - start) / 1000;
    // A resumed run starts in the middle: only what was done here counts for the rate.
    const here = done - (first > 1 ? first : 0);
    const rate = here / Math.max(seconds, 1e-3);
    const time = finished
      ? `in ${readableTime(seconds)}`
      : `${readableTime((total - done) / rate)} left`;
    const speed = seconds > 1 && here > 0 ? `  ${time}  ${rate.toPrecision(3)}/s` : "";
    const share = total > 0 ? Math.min(done / total, 1) : 1;
    const cells = Math.round(share * BAR_CELLS);
    const bar = terminal ? `[${"=".repeat(cells)}${" ".repeat(BAR_CELLS - cells)}] ` : "";
    return printable(`${title} ${bar}${done}/${total}${speed}${text && `  ${text}`}`);
  };
  return {
    update(done, text = "") {
      if (first < 0) first = done;
      const now = performance.now();
      // The last line says that it is done.
      if (now < next || (done >= total && !terminal)) return;
      next = now + (terminal ? TERMINAL_INTERVAL_MS : LINE_INTERVAL_MS);
      if (terminal) {
        print(`\r\x1b[K${describe(done, text).slice(0, terminalColumns() - 1)}`);
        barIsOpen = true;
      } else print(`${describe(done, text)}\n`);
    },
    finish(text = "") {
      print(`${terminal ? "\r\x1b[K" : ""}${describe(total, text, true)}\n`);
      barIsOpen = false;
    },
  };
}

function readableTime(seconds: number): string {
  const whole = Math.round(seconds);
  return whole === 0 ? "0s" : formatDuration(whole * 1000, { ignoreZero: true });
}

/** To stderr. A terminal that was closed meanwhile is no reason to lose a run: it is about to be asked to save. */
export function print(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // Nobody reads it any more.
  }
}

function terminalColumns(): number {
  try {
    return Deno.consoleSize().columns;
  } catch {
    return 80; // closed, see print()
  }
}

/** A message on a line of its own; a bar stays above it, to tell how far the stage came. */
function say(message: string): void {
  print(`${barIsOpen ? "\n" : ""}${message}\n`);
  barIsOpen = false;
}

function leave(message: string, status: number): never {
  partials.forEach(removePartial);
  say(message);
  Deno.exit(status);
}

/**
 * Runs a stage's main function; an error ends in one message on stderr and exit status 1
 * (130 after Ctrl-C, 143 and 129 after SIGTERM and SIGHUP), so that DVC stops there. `--help` says what the stage is.
 * @param options.usage the help of a program that takes arguments
 */
export async function runStage(
  name: string,
  main: (args: string[]) => Promise<void>,
  { usage }: { usage?: string } = {},
): Promise<void> {
  if (Deno.args.some((argument) => argument === "--help" || argument === "-h")) {
    console.log(
      usage ??
        `Stage ${name}. Takes no arguments: its parameters are the section "${name}" of params.yaml,\n` +
          `its inputs and permissions are named in dvc.yaml, and it writes results/${name}/.\n` +
          `Run it with: ./run dvc repro ${name}`,
    );
    return;
  }
  if (Deno.args.length > 0 && !usage) {
    print(
      `Stage ${name} takes no arguments, got "${Deno.args.join(" ")}". ` +
        `Change params.yaml, or use: ./run dvc exp run -S ${name}.KEY=VALUE\n`,
    );
    Deno.exit(2);
  }
  stageName = name;
  using _listening = listenForEnd({ name, say, leave });
  try {
    await main(Deno.args);
  } catch (error) {
    leave(printable(explain(name, error)), error instanceof Interrupted ? exitStatus() : 1);
  }
}

/** What the user reads: the message and its causes; for a mistake in the program the stack as well. */
function explain(name: string, error: unknown): string {
  if (!(error instanceof Error)) return `Stage ${name} failed: ${error}`;
  if (error instanceof Interrupted) return error.message;
  let message = `Stage ${name} failed: ${error.message}`;
  for (let cause = error.cause; cause instanceof Error; cause = cause.cause) {
    message += `\n  because: ${cause.message}`;
  }
  if (error instanceof Deno.errors.NotCapable) {
    message += `\nThe stage touched something that dvc.yaml does not declare: ` +
      `add it to the deps or outs of "${name}", then run: ./run deno task deps`;
  }
  const mistake = [TypeError, RangeError, ReferenceError, SyntaxError]
    .some((kind) => error instanceof kind);
  return mistake && error.stack ? `${message}\n${error.stack}` : message;
}
