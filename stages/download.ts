/**
 * Stage download: brings the archives that download.sources names into results/download, checks them,
 * and lists them with hash, page and licence in manifest.json. The embedded sample needs no network.
 */
import { format as formatBytes } from "@std/fmt/bytes";
import { selectSources } from "../pipeline/dataset/catalogue.ts";
import { freeBytes } from "./_files.ts";
import { collectSources } from "./_sources.ts";
import { Interrupted, type Progress, progress, readSection, runStage } from "./_stage.ts";

const DATA = "data";
const CACHE = ".cache/download";
const OUT = "results/download";

async function main(): Promise<void> {
  const { sources, folder } = await readSection("download");
  const stop = new AbortController();
  const onInterrupt = () => stop.abort();
  Deno.addSignalListener("SIGINT", onInterrupt);
  let current = "", bar: Progress | undefined;
  try {
    await collectSources(selectSources(sources), { data: DATA, folder, cache: CACHE, out: OUT }, {
      fetch,
      wait,
      signal: stop.signal,
      freeBytes,
      onProgress(file, received, total) {
        if (file !== current) {
          bar?.finish();
          current = file;
          // In MB, so that the bar's rate reads as MB/s.
          bar = progress(`${file}, MB`, Math.ceil(total / 1e6));
        }
        bar?.update(Math.round(received / 1e6), formatBytes(received));
      },
      onRetry: (reason, pauseMs) =>
        console.error(`\nBroken off: ${reason}. Trying again in ${Math.round(pauseMs / 1000)} s.`),
    });
    bar?.finish();
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    throw new Interrupted(
      `Stopped. What has arrived is kept in ${CACHE}; the same command goes on from there.`,
    );
  } finally {
    Deno.removeSignalListener("SIGINT", onInterrupt);
  }
}

function wait(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(signal.reason);
    };
    const timer = setTimeout(() => {
      signal.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
  });
}

if (import.meta.main) await runStage("download", main);
