/** Why nothing is seen yet: some drivers take a minute to compile all kernels, once. */

const NOTICE =
  "Compiling kernels: the first time, up to a minute or two, then the driver keeps them.";

/**
 * Says on a terminal what a first run waits for. At once, since a driver that compiles lets no timer run.
 * @returns what to call once something else is seen, and when the work ends: the terminal's line is empty again
 */
export function noticeOfCompiling(): () => void {
  let shown = Deno.stderr.isTerminal();
  const write = (text: string) => Deno.stderr.writeSync(new TextEncoder().encode(text));
  if (shown) write(NOTICE);
  return () => {
    if (shown) write("\r\x1b[K");
    shown = false;
  };
}
