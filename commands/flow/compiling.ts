/** Why nothing is seen yet: some drivers take a minute to compile all kernels, once. */

// Shorter than a terminal is wide, since only its last line can be taken away.
const NOTICE = "Compiling kernels: a minute or two the first time with some drivers";

/**
 * Says on a terminal what a first run waits for. At once, since a driver that compiles lets no timer run.
 * @returns what to call once something else is seen, and when the work ends: the terminal's line is empty again
 */
export function noticeOfCompiling(): () => void {
  let shown = Deno.stderr.isTerminal();
  if (shown) write(NOTICE);
  return () => {
    if (shown) write("\r\x1b[K");
    shown = false;
  };
}

/** A terminal that was closed meanwhile is no reason to lose a flow. */
function write(text: string): void {
  try {
    Deno.stderr.writeSync(new TextEncoder().encode(text));
  } catch {
    // Nobody reads it any more.
  }
}
