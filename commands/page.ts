/** `deno task page`: builds the live page, static and self-contained, into site/; `--serve` shows it on this machine. */
import { format } from "@std/fmt/bytes";
import { fromFileUrl, join } from "@std/path";
import { LIVE_ADDRESS } from "../pipeline/report/page_viewer.ts";
import { writeAll } from "./flow/files.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { readContents } from "./page/contents.ts";
import { serveSite } from "./page/serve.ts";
import { siteFiles, sizeOf } from "./page/site.ts";
import { runCommand } from "./run_command.ts";

/** Where reports look for the page. */
const { port: PORT } = new URL(LIVE_ADDRESS);
const HELP = `deno task page [--serve [--port N]]
  builds the live page into site/: any static host can serve this folder
  --serve     and serves it on 127.0.0.1 until Ctrl-C
  --port N    there; ${PORT} unless given, 0 for any that is free
  Exit status: 0 built (and served); 1 something is missing or the port is taken; 2 wrong usage`;
const FOLDER = "site";

interface PageRequest {
  readonly serve: boolean;
  readonly port: number;
}

function parseRequest(args: readonly string[]): Parsed<PageRequest> {
  const given = givenArguments(args, { texts: ["port"], switches: ["serve"] });
  if (given === "help" || "wrong" in given) return given;
  const { texts: { port = PORT }, switches: { serve } } = given;
  if (given.texts.port !== undefined && !serve) return { wrong: "--port is for --serve." };
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65535) {
    return { wrong: `A port is a number from 0 to 65535, got ${port}.` };
  }
  return { serve, port: Number(port) };
}

/**
 * Writes the files into a folder, which is made, all of them or none. Others that lie there stay.
 * @throws {Error} naming the file that cannot be written
 */
export async function writeSite(
  folder: string,
  files: ReadonlyMap<string, Uint8Array>,
): Promise<void> {
  await writeAll([...files].map(([path, bytes]) => {
    const place = join(folder, path);
    return { typed: place, place, bytes };
  }));
}

/** @returns the exit status, once nobody is served any more */
async function buildPage({ serve, port }: PageRequest): Promise<number> {
  const files = await siteFiles(await readContents());
  await writeSite(fromFileUrl(new URL(`../${FOLDER}`, import.meta.url)), files);
  console.log(`${FOLDER}/ holds the page: ${files.size} files, ${format(sizeOf(files))}`);
  if (!serve) return 0;
  const server = serveSite(files, port);
  console.log(`http://127.0.0.1:${server.addr.port}/ until Ctrl-C`);
  await server.finished;
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseRequest, buildPage);
