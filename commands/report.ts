/** `deno task report`: the three numbers of the run in results/, and the link of its page; `--open` opens it. */
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { openInBrowser } from "./report/browser.ts";
import { formatHeadline, PAGE, readHeadline } from "./report/headline.ts";
import { runCommand } from "./run_command.ts";

const HELP = `deno task report [--open]
  prints the end-point errors of the run in results/ and the link of its page
  --open   opens the page in the desktop's browser
  Exit status: 0 printed (and opened); 1 there is no run, or no browser; 2 wrong usage`;

function parseRequest(args: readonly string[]): Parsed<{ open: boolean }> {
  const given = givenArguments(args, { switches: ["open"] });
  return given === "help" || "wrong" in given ? given : given.switches;
}

/** @returns the exit status */
async function main({ open }: { open: boolean }): Promise<number> {
  const root = new URL("../", import.meta.url);
  const page = new URL(PAGE, root);
  const headline = await readHeadline((path) => Deno.readTextFile(new URL(path, root)));
  try {
    await Deno.stat(page);
  } catch {
    throw new Error(`There is no ${PAGE} yet. ./run fetches or makes it.`);
  }
  console.log(formatHeadline(headline, page.href));
  if (open && !await openInBrowser(page.href)) {
    console.error("No browser could be opened from here: open that link in one.");
    return 1;
  }
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseRequest, main);
