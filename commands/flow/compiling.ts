/** Why nothing is seen yet: some drivers take a minute to compile all kernels, once. */
import { print } from "../../stages/common/stage.ts";

// Shorter than a terminal is wide, since only its last line can be taken away.
const NOTICE = "Compiling kernels: a minute or two the first time with some drivers";

/**
 * Says on a terminal what a first run waits for. At once, since a driver that compiles lets no timer run.
 * @returns what to call once something else is seen, and when the work ends: the terminal's line is empty again
 */
export function noticeOfCompiling(): () => void {
  let shown = Deno.stderr.isTerminal();
  if (shown) print(NOTICE);
  return () => {
    if (shown) print("\r\x1b[K");
    shown = false;
  };
}
