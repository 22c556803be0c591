/**
 * What ends a stage early, in one place: Ctrl-C (SIGINT), SIGTERM (a time limit, `kill`), SIGHUP (a closed terminal), and the
 * end of the process that started it, without which it would later write over the results of a newer run. A stage that has
 * something to save says so (savesFirst) and is asked to; any other is left at once, since outputs are written whole or not
 * at all.
 */

const CAUSES = {
  SIGINT: { status: 130, words: "Ctrl-C (SIGINT)" },
  SIGTERM: { status: 143, words: "SIGTERM" },
  SIGHUP: { status: 129, words: "SIGHUP" },
  orphaned: { status: 129, words: "the process that started it is gone" },
} as const;
type Cause = keyof typeof CAUSES;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const LOOK_EVERY_MS = 1000;
const STDIN_WAIT_MS = 100;

/** Thrown by a stage that stopped early and has saved what it could; runStage then exits with exitStatus(). */
export class Interrupted extends Error {
  override name = "Interrupted";
}

/** What a stage does when it is asked to end. */
export interface Saving extends Disposable {
  /** Whether it was asked to, or lost its parent. */
  readonly requested: boolean;
  /** Aborted at the same time. */
  readonly signal: AbortSignal;
}

interface Listener {
  readonly name: string;
  say(message: string): void;
  leave(message: string, status: number): never;
}

const parent = Deno.ppid;
let listener: Listener | undefined;
let cause: Cause | undefined;
let saving: { readonly what: string; readonly controller: AbortController } | undefined;
let withoutSaving = "Nothing is kept halfway; the same command does it again.";

/** Listens until it is disposed of; for runStage. */
export function listenForEnd(stage: Listener): Disposable {
  listener = stage;
  const added = SIGNALS.flatMap((signal) => {
    const heard = async () => {
      if (signal !== "SIGHUP" || !await startedByNohup()) end(signal);
    };
    try {
      Deno.addSignalListener(signal, heard);
    } catch (error) {
      // Windows has no SIGTERM.
      if (error instanceof TypeError) return [];
      throw error;
    }
    return [() => Deno.removeSignalListener(signal, heard)];
  });
  const timer = setInterval(lookForParent, LOOK_EVERY_MS);
  Deno.unrefTimer(timer);
  return {
    [Symbol.dispose]() {
      clearInterval(timer);
      for (const remove of added) remove();
      listener = undefined;
    },
  };
}

/**
 * Until it is disposed of, the stage is asked to end rather than left; a second Ctrl-C leaves all the same.
 * @param what the sentence that says what it does then
 */
export function savesFirst(what: string): Saving {
  const controller = new AbortController();
  saving = { what, controller };
  return {
    get requested() {
      lookForParent();
      return controller.signal.aborted;
    },
    signal: controller.signal,
    [Symbol.dispose]: () => saving = undefined,
  };
}

/** From here on the stage is left when it is asked to end. @param why the sentence that says that nothing is lost */
export function leavesAtOnce(why: string): void {
  saving = undefined;
  withoutSaving = why;
}

/** Exit status of a stage that was interrupted. */
export function exitStatus(): number {
  return CAUSES[cause ?? "SIGINT"].status;
}

/** Before an output takes its place. @throws {Interrupted} in a stage whose parent is gone */
export function stopIfOrphaned(): void {
  if (Deno.ppid === parent) return;
  cause ??= "orphaned";
  throw new Interrupted(
    `Stopped, ${CAUSES.orphaned.words}: no output is replaced. The same command goes on from what is saved.`,
  );
}

function lookForParent(): void {
  if (Deno.ppid !== parent) end("orphaned");
}

function end(found: Cause): void {
  if (listener === undefined) return;
  const { name, say, leave } = listener;
  const { status, words } = CAUSES[found];
  if (cause !== undefined) {
    // SIGTERM and SIGHUP may come twice, to the group and passed on by DVC.
    if (found === "SIGINT") leave(`${name}: left at once.`, status);
    return;
  }
  cause = found;
  if (saving === undefined) {
    return leave(`${name}: stopped, ${words}. ${withoutSaving}`, status);
  }
  const again = found === "SIGINT" ? " Ctrl-C again leaves at once." : "";
  say(`${name}: ${words}. ${saving.what}${again}`);
  saving.controller.abort();
}

/**
 * nohup makes a process deaf to SIGHUP, but a listener hears it all the same. What is left of nohup is a standard input that
 * cannot be read. Without it a read ends, waits, or is not tried since it would take what somebody types.
 */
async function startedByNohup(): Promise<boolean> {
  if (Deno.stdin.isTerminal()) return false;
  const read = Deno.stdin.read(new Uint8Array(1)).then(() => false, () => true);
  const waited = new Promise<boolean>((resolve) =>
    Deno.unrefTimer(setTimeout(() => resolve(false), STDIN_WAIT_MS))
  );
  return await Promise.race([read, waited]);
}
