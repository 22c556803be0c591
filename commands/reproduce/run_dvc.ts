/** Runs DVC as the shell would, and looks after dvc.lock before, meanwhile and after. */
import { heal } from "./heal.ts";
import { LockCopies } from "./lock_copies.ts";
import { checkOwnArchives } from "./own_archives.ts";

const LOOK_EVERY_MS = 1000;

export interface DvcOptions {
  /** The folder of the repository. */
  readonly root: string;
  readonly cwd?: string;
  readonly say: (sentence: string) => void;
  /** Reads standard output, which otherwise is that of this program. */
  readonly read?: (output: ReadableStream<Uint8Array<ArrayBuffer>>) => Promise<void>;
}

/**
 * Ctrl-C reaches DVC and the stage by themselves, as they are in the same group; this program only waits for them.
 * SIGTERM and SIGHUP are passed on; DVC passes them to the stage and ends when that has saved (tools/whole_lock.py).
 * @returns DVC's exit status; 128 and its number after a signal
 * @throws {Error} when DVC cannot hash what lies in archives/; it is not started then
 */
export async function runDvc(args: readonly string[], options: DvcOptions): Promise<number> {
  const { root, cwd = root, say, read } = options;
  await checkOwnArchives(root, args);
  const copies = new LockCopies(root);
  const mend = () => heal(copies, say);
  const keep = (after?: "success") =>
    copies.keep(after).catch((error) => say(`Cannot keep a copy of dvc.lock: ${error.message}`));
  await mend();
  await keep();
  const wait = () => {};
  Deno.addSignalListener("SIGINT", wait);
  const dvc = new Deno.Command("dvc", {
    args: [...args],
    cwd,
    // The shell's own word for the folder, which links may have led to.
    env: { PWD: cwd },
    stdin: "inherit",
    stdout: read ? "piped" : "inherit",
    stderr: "inherit",
  }).spawn();
  const passOn = (["SIGTERM", "SIGHUP"] as const).map((signal) => {
    const listener = () => dvc.kill(signal);
    Deno.addSignalListener(signal, listener);
    return () => Deno.removeSignalListener(signal, listener);
  });
  let code: number | undefined;
  let looking = Promise.resolve();
  const timer = setInterval(() => {
    // What cannot be copied now (a full disk) is said at the end.
    looking = looking.then(() => copies.keepWhatStands()).catch(() => undefined);
  }, LOOK_EVERY_MS);
  try {
    if (read) await read(dvc.stdout);
    code = (await dvc.status).code;
    return code;
  } finally {
    clearInterval(timer);
    await looking;
    if (code === 0) await keep("success");
    else {
      await mend();
      await keep();
    }
    for (const remove of passOn) remove();
    Deno.removeSignalListener("SIGINT", wait);
  }
}
