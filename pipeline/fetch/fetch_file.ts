/**
 * Fetches one large file over HTTP into a partial file that survives breaks: goes on where it
 * stopped by a Range request, tries again after a growing pause, and starts anew when the server
 * ignores the range or the file there has changed. A body that is too long or comes too slowly is not
 * taken, and what trying again cannot change is not tried again. Network, disk and timer are passed in.
 */
import { describeFailure, isHopeless } from "./fetch_failure.ts";

/** The bytes that have arrived so far, kept between runs. */
export interface PartialFile {
  size(): Promise<number>;
  append(bytes: Uint8Array): Promise<void>;
  /** Forgets bytes and validator. */
  clear(): Promise<void>;
  /** The ETag or date that the server gave with the bytes; "" when it gave none. */
  validator(): Promise<string>;
  setValidator(value: string): Promise<void>;
}

export interface FetchOptions {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Resolves after `milliseconds`, rejects when the signal aborts. */
  wait: (milliseconds: number, signal: AbortSignal) => Promise<void>;
  /** Aborting stops at once and keeps the partial file. */
  signal: AbortSignal;
  /** @param total from the server, NaN while it has not said */
  onProgress?: (received: number, total: number) => void;
  /** Told why an attempt failed and how long the pause is. */
  onRetry?: (reason: string, pauseMs: number) => void;
  /** Attempts in a row that bring nothing worth mentioning before giving up. */
  attempts?: number;
  /** The body may not have more bytes, whatever the server says. */
  longest?: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A connection that brings less than so many bytes in such a time counts as broken: 10 kB/s. */
const WINDOW_MS = 60_000;
const FEWEST_BYTES = 600_000;
/** An attempt that brought so much, or this share of the file, lets the count of failures start anew. */
const PROGRESS_BYTES = 1_000_000;
const PROGRESS_SHARE = 1 / 1000;
/** Answers that may be different next time; every other one from 400 on is final. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** What trying again cannot change. */
class FinalError extends Error {}
/** The server sends, but too little. */
class SlowError extends Error {}

/**
 * Brings `partial` to the whole length that the server announces.
 * @throws {Error} when the server refuses, the body is longer than allowed (nothing of it is kept), or nothing new came
 *   in `attempts` attempts (the partial file is kept); the message says why the last one failed
 */
export async function fetchFile(
  url: string,
  partial: PartialFile,
  options: FetchOptions,
): Promise<void> {
  const { attempts = 6, signal, onRetry, wait, longest = Infinity } = options;
  let total = NaN;
  const onProgress = (received: number, of: number) => {
    total = of;
    options.onProgress?.(received, of);
  };
  if (await partial.size() > longest) await partial.clear();
  let furthest = await partial.size(), start = furthest, useRange = true;
  for (let failures = 0, pause = FIRST_PAUSE_MS;;) {
    let reason: string, slow = false;
    try {
      const state = await attempt(url, partial, { ...options, onProgress, useRange });
      if (state === "whole") return;
      useRange = false;
      reason = state;
    } catch (error) {
      if (signal.aborted) throw error;
      if (error instanceof FinalError) {
        throw new Error(`Cannot download ${url}: ${error.message}.`);
      }
      reason = describeFailure(error);
      slow = error instanceof SlowError;
    }
    const size = await partial.size();
    const enough = Math.min(PROGRESS_BYTES, PROGRESS_SHARE * (total || Infinity));
    if (!slow && size - furthest >= Math.max(1, enough)) {
      failures = 0;
      pause = FIRST_PAUSE_MS;
      start = size;
    }
    furthest = Math.max(furthest, size);
    if (++failures >= attempts) {
      const brought = furthest > start ? `only ${furthest - start} bytes` : "nothing new";
      throw new Error(
        `Cannot download ${url}: ${attempts} attempts in a row brought ${brought}, ${size} bytes ` +
          `are kept. Last: ${reason}. Run the same command later to go on.`,
      );
    }
    onRetry?.(reason, pause);
    await wait(pause, signal);
    pause = Math.min(2 * pause, LONGEST_PAUSE_MS);
  }
}

/** One request; "whole", or why the next one must start anew, without a range. */
async function attempt(
  url: string,
  partial: PartialFile,
  options: FetchOptions & { useRange: boolean },
): Promise<"whole" | string> {
  const done = new AbortController();
  const signal = AbortSignal.any([options.signal, done.signal]);
  let arrived = 0;
  const tooSlow = async (): Promise<never> => {
    for (let before = 0;; before = arrived) {
      await options.wait(WINDOW_MS, signal);
      const brought = arrived - before, seconds = WINDOW_MS / 1000;
      if (brought === 0) throw new SlowError(`nothing arrived for ${seconds} s`);
      if (brought < FEWEST_BYTES) {
        throw new SlowError(
          `only ${brought} bytes arrived in ${seconds} s, at least ${FEWEST_BYTES} are expected`,
        );
      }
    }
  };
  const request = async () => {
    if (!options.useRange) await partial.clear();
    const offset = await partial.size();
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (offset > 0) {
      headers.range = `bytes=${offset}-`;
      const validator = await partial.validator();
      // The server then sends the whole file if it is another one by now.
      if (validator !== "") headers["if-range"] = validator;
    }
    let response: Response;
    try {
      response = await options.fetch(url, { headers, signal });
    } catch (error) {
      if (signal.aborted || !isHopeless(error)) throw error;
      throw new FinalError(describeFailure(error));
    }
    return await receive(response, offset, partial, {
      ...options,
      onBytes: (count) => arrived += count,
    });
  };
  const work = request();
  try {
    return await Promise.race([work, tooSlow()]);
  } finally {
    done.abort();
    // What has arrived is written before anyone goes on.
    await work.catch(() => {});
  }
}

async function receive(
  response: Response,
  offset: number,
  partial: PartialFile,
  { onBytes, onProgress, longest = Infinity }: FetchOptions & { onBytes: (count: number) => void },
): Promise<"whole" | string> {
  const range = parseContentRange(response.headers.get("content-range"));
  if (response.status === 416 && offset > 0) {
    return range.total === offset ? "whole" : "the server does not know the range that is missing";
  }
  if (!response.ok) {
    const answer = `the server answers ${response.status} ${response.statusText}`.trimEnd();
    throw new (PASSING.has(response.status) ? Error : FinalError)(answer);
  }
  let received = offset;
  if (response.status === 206) {
    if (range.start !== offset) return "the server sends another range than the one asked for";
  } else if (offset > 0) {
    await partial.clear();
    received = 0;
  }
  const length = Number(response.headers.get("content-length") ?? NaN);
  const total = response.status === 206 ? range.total : length;
  if (total > longest) {
    await partial.clear();
    throw new FinalError(
      `the server announces ${total} bytes, and the file may have at most ${longest}`,
    );
  }
  if (received === 0) {
    const { headers } = response;
    const etag = headers.get("etag") ?? "";
    const strong = etag.startsWith("W/") ? "" : etag;
    await partial.setValidator(strong || (headers.get("last-modified") ?? ""));
  }
  const reader = (response.body ?? new Blob().stream()).getReader();
  for (;;) {
    onProgress?.(received, total);
    const { done, value } = await reader.read();
    if (done) break;
    received += value.byteLength;
    onBytes(value.byteLength);
    if (received > longest) {
      await partial.clear();
      throw new FinalError(
        `the server sends more than the ${longest} bytes that the file may have`,
      );
    }
    if (received > total) return `the server sends more than the ${total} bytes that it promised`;
    await append(partial, value);
  }
  if (received < total) throw new Error(`the connection ended after ${received} of ${total} bytes`);
  return "whole";
}

/** A full disk is not the network's fault: asking again would not help. */
async function append(partial: PartialFile, bytes: Uint8Array): Promise<void> {
  try {
    await partial.append(bytes);
  } catch (error) {
    throw new FinalError(`what arrives cannot be written: ${(error as Error).message}`);
  }
}

/** `bytes 5-9/10` or `bytes * /10`; NaN where a number is missing. */
function parseContentRange(header: string | null): { start: number; total: number } {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header ?? "");
  return { start: Number(match?.[1] ?? NaN), total: Number(match?.[2] ?? NaN) };
}
