/** What commands that people type have in common: help, wrong usage, and errors as one sentence with an exit status. */
import { explain } from "./failure.ts";
import type { Parsed } from "./given_arguments.ts";
import { printable } from "../pipeline/common/printable.ts";

/**
 * Does what the arguments ask for, and ends the program: 0 after help; 2 after wrong usage, with the help; 1 after an error,
 * with its message; else with what `run` gives.
 */
export async function runCommand<Request extends object>(
  help: string,
  parse: (args: readonly string[]) => Parsed<Request>,
  run: (request: Request) => Promise<number>,
): Promise<never> {
  try {
    const request = parse(Deno.args);
    if (request === "help") {
      console.log(help);
      Deno.exit(0);
    }
    if ("wrong" in request) {
      console.error(`${printable(request.wrong)}\n${help}`);
      Deno.exit(2);
    }
    Deno.exit(await run(request));
  } catch (error) {
    console.error(printable(explain(error)));
    Deno.exit(1);
  }
}
