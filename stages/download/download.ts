/**
 * Stage download: brings the archives that download.sources names into results/download, checks them,
 * and lists them with hash, page and licence in manifest.json. The embedded sample needs no network.
 */
import { format as formatBytes } from "@std/fmt/bytes";
import { selectSources } from "../../pipeline/fetch/catalogue.ts";
import { OWN } from "../../pipeline/fetch/own_archives.ts";
import { freeBytes } from "./files.ts";
import { collectSources } from "./sources.ts";
import { Interrupted, savesFirst } from "../common/ending.ts";
import { type Progress, progress, readSection, runStage } from "../common/stage.ts";
import { downloadSchema } from "./params.ts";

const DATA = "data";
const CACHE = ".cache/download";
const OUT = "results/download";

async function main(): Promise<void> {
  const { sources } = await readSection("download", downloadSchema);
  using ending = savesFirst("Keeps what has arrived, then stops.");
  let label = "", bar: Progress | undefined;
  const barOf = (wanted: string, total: number) => {
    if (bar !== undefined && wanted === label) return bar;
    bar?.finish();
    label = wanted;
    return bar = progress(label, total);
  };
  try {
    await collectSources(selectSources(sources), { data: DATA, own: OWN, cache: CACHE, out: OUT }, {
      fetch,
      wait,
      signal: ending.signal,
      freeBytes,
      onProgress(file, received, total) {
        // In MB, so that the bar's rate reads as MB/s.
        barOf(`${file}, MB`, Math.ceil(total / 1e6))
          .update(Math.round(received / 1e6), formatBytes(received));
      },
      onCheck: (file, done, files) => barOf(`${file}, checked files`, files).update(done),
      onNotice: (message) => console.error(`download: ${message}`),
      onRetry: (reason, pauseMs) =>
        console.error(`\nBroken off: ${reason}. Trying again in ${Math.round(pauseMs / 1000)} s.`),
    });
    bar?.finish();
  } catch (error) {
    if (!ending.requested) throw error;
    throw new Interrupted(
      `Stopped. What has arrived is kept in ${CACHE}; the same command goes on from there.`,
    );
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
