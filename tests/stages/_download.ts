/** What tests of the stage download share: a small archive, a source, places and hooks. */
import { join } from "@std/path";
import type { CatalogueSource } from "../../pipeline/fetch/catalogue.ts";
import type { Hooks, Places } from "../../stages/download/sources.ts";
import { middleburyFiles, zip } from "../fetch/_archives.ts";

export const archive = await zip(middleburyFiles());
export const SOURCE: Omit<CatalogueSource, "archives"> = {
  title: "A small one",
  dataset: "small",
  layout: "middlebury",
  page: "https://example.org/small",
  licence: "none",
  citation: "nobody",
};

export interface Setting {
  places: Places;
  hooks: Hooks;
  stop: AbortController;
  retries: string[];
  notices: string[];
}

/** Places below a folder, archives/ empty; pauses take no time, notices and retries are kept. */
export function setting(folder: string): Setting {
  const stop = new AbortController();
  const retries: string[] = [], notices: string[] = [];
  Deno.mkdirSync(join(folder, "archives"), { recursive: true });
  const wait = (milliseconds: number, signal: AbortSignal) =>
    new Promise<void>((resolve, reject) => {
      // Pauses between attempts take no time; a stall of a minute never comes.
      if (milliseconds < 60_000) resolve();
      signal.addEventListener("abort", () => reject(signal.reason));
    });
  return {
    places: {
      data: join(folder, "data"),
      own: join(folder, "archives"),
      cache: join(folder, "cache"),
      out: join(folder, "out"),
    },
    hooks: {
      fetch,
      wait,
      signal: stop.signal,
      freeBytes: () => Promise.resolve(1e12),
      onProgress: () => {},
      onCheck: () => {},
      onNotice: (message) => notices.push(message.replaceAll(`${folder}/`, "")),
      onRetry: (reason) => retries.push(reason),
    },
    stop,
    retries,
    notices,
  };
}
