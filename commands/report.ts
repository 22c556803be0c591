/** `deno task report`: the three numbers of the run in results/, and the link of its page; `--open` opens it. */
import { parseArgs } from "@std/cli/parse-args";
import { printable } from "../pipeline/common/printable.ts";
import { openInBrowser } from "./report/browser.ts";
import { formatHeadline, PAGE, readHeadline } from "./report/headline.ts";

const HELP = `deno task report [--open]
  prints the end-point errors of the run in results/ and the link of its page
  --open   opens the page in the desktop's browser
  Exit status: 0 printed (and opened); 1 there is no run, or no browser; 2 wrong usage`;

async function main(): Promise<number> {
  const unknown: string[] = [];
  const given = parseArgs(Deno.args, {
    boolean: ["open", "help"],
    alias: { help: "h" },
    unknown: (argument) => {
      unknown.push(argument);
    },
  });
  if (given.help) {
    console.log(HELP);
    return 0;
  }
  if (unknown.length > 0) {
    console.error(`Unknown argument ${unknown[0]}.\n${HELP}`);
    return 2;
  }
  const root = new URL("../", import.meta.url);
  const page = new URL(PAGE, root);
  const headline = await readHeadline((path) => Deno.readTextFile(new URL(path, root)));
  try {
    await Deno.stat(page);
  } catch (error) {
    throw new Error(`There is no ${PAGE} yet. ./run fetches or makes it.`, { cause: error });
  }
  console.log(formatHeadline(headline, page.href));
  if (given.open && !await openInBrowser(page.href)) {
    console.error("No browser could be opened from here: open that link in one.");
    return 1;
  }
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(printable((error as Error).message));
    Deno.exit(1);
  }
}
