/** `deno task page`: builds the live page, static and self-contained, into site/; `--serve` shows it on this machine. */
import { parseArgs } from "@std/cli/parse-args";
import { format } from "@std/fmt/bytes";
import { fromFileUrl } from "@std/path";
import { printable } from "../pipeline/common/printable.ts";
import { LIVE_ADDRESS } from "../pipeline/report/page_viewer.ts";
import { readContents } from "./page/contents.ts";
import { serveSite } from "./page/serve.ts";
import { siteFiles, sizeOf, writeSite } from "./page/site.ts";

/** Where reports look for the page. */
const { port: PORT } = new URL(LIVE_ADDRESS);
const HELP = `deno task page [--serve [--port N]]
  builds the live page into site/: any static host can serve this folder
  --serve     and serves it on 127.0.0.1 until Ctrl-C
  --port N    there; ${PORT} unless given, 0 for any that is free
  Exit status: 0 built (and served); 1 something is missing or the port is taken; 2 wrong usage`;
const FOLDER = "site";

async function main(): Promise<number> {
  const unknown: string[] = [];
  const given = parseArgs(Deno.args, {
    boolean: ["serve", "help"],
    string: ["port"],
    default: { port: PORT },
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
    console.error(`Unknown argument ${printable(unknown[0])}.\n${HELP}`);
    return 2;
  }
  if (!/^\d{1,5}$/.test(given.port) || Number(given.port) > 65535) {
    console.error(`A port is a number from 0 to 65535, got ${printable(given.port)}.\n${HELP}`);
    return 2;
  }
  const files = await siteFiles(await readContents());
  await writeSite(fromFileUrl(new URL(`../${FOLDER}`, import.meta.url)), files);
  console.log(`${FOLDER}/ holds the page: ${files.size} files, ${format(sizeOf(files))}`);
  if (!given.serve) return 0;
  const server = serveSite(files, Number(given.port));
  console.log(`http://127.0.0.1:${server.addr.port}/ until Ctrl-C`);
  await server.finished;
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
