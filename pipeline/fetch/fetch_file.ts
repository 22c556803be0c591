/**
 * Fetches one large file over HTTP into a partial file that survives breaks: goes on where it
 * stopped by a Range request, tries again after a growing pause, and starts anew when the server
 * ignores the range or the file there has changed. Network, disk and timer are passed in.
 */

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
  /** Attempts in a row that bring nothing new before giving up. */
  attempts?: number;
}

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
/** A connection without a byte for so long counts as broken. */
const STALL_MS = 60_000;
/** Answers that may be different next time; every other one from 400 on is final. */
const PASSING = new Set([408, 425, 429, 500, 502, 503, 504]);

/** An answer that trying again cannot change. */
class FinalError extends Error {}

/**
 * Brings `partial` to the whole length that the server announces.
 * @throws {Error} when the server refuses, or nothing new came in `attempts` attempts; the partial
 *   file is kept
 */
export async function fetchFile(
  url: string,
  partial: PartialFile,
  options: FetchOptions,
): Promise<void> {
  const { attempts = 6, signal, onRetry, wait } = options;
  let furthest = await partial.size(), useRange = true;
  for (let failures = 0, pause = FIRST_PAUSE_MS;;) {
    let reason: string;
    try {
      const state = await attempt(url, partial, { ...options, useRange });
      if (state === "whole") return;
      useRange = false;
      reason = state;
    } catch (error) {
      if (signal.aborted || error instanceof FinalError) throw error;
      reason = (error as Error).message;
    }
    const size = await partial.size();
    if (size > furthest) {
      furthest = size;
      failures = 0;
      pause = FIRST_PAUSE_MS;
    }
    if (++failures >= attempts) {
      throw new Error(
        `Cannot download ${url}: ${attempts} attempts in a row brought nothing new, ${size} bytes ` +
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
  const inTime = async <T>(work: Promise<T>): Promise<T> => {
    const idle = new AbortController();
    const stall = options.wait(STALL_MS, AbortSignal.any([signal, idle.signal])).then(() => {
      throw new Error(`nothing arrived for ${STALL_MS / 1000} s`);
    });
    try {
      return await Promise.race([work, stall]);
    } finally {
      idle.abort();
    }
  };
  try {
    if (!options.useRange) await partial.clear();
    const offset = await partial.size();
    const headers: Record<string, string> = { "accept-encoding": "identity" };
    if (offset > 0) {
      headers.range = `bytes=${offset}-`;
      const validator = await partial.validator();
      // The server then sends the whole file if it is another one by now.
      if (validator !== "") headers["if-range"] = validator;
    }
    const response = await inTime(options.fetch(url, { headers, signal }));
    return await receive(response, offset, url, partial, { ...options, inTime });
  } finally {
    done.abort();
  }
}

async function receive(
  response: Response,
  offset: number,
  url: string,
  partial: PartialFile,
  { inTime, onProgress }: FetchOptions & { inTime: <T>(work: Promise<T>) => Promise<T> },
): Promise<"whole" | string> {
  const range = parseContentRange(response.headers.get("content-range"));
  if (response.status === 416 && offset > 0) {
    return range.total === offset ? "whole" : "the server does not know the range that is missing";
  }
  if (!response.ok) {
    const answer = `the server answers ${response.status} ${response.statusText}`.trimEnd();
    if (PASSING.has(response.status)) throw new Error(answer);
    throw new FinalError(`Cannot download ${url}: ${answer}.`);
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
  if (received === 0) {
    const { headers } = response;
    const etag = headers.get("etag") ?? "";
    const strong = etag.startsWith("W/") ? "" : etag;
    await partial.setValidator(strong || (headers.get("last-modified") ?? ""));
  }
  const reader = (response.body ?? new Blob().stream()).getReader();
  for (;;) {
    onProgress?.(received, total);
    const { done, value } = await inTime(reader.read());
    if (done) break;
    await partial.append(value);
    received += value.byteLength;
  }
  if (received < total) throw new Error(`the connection ended after ${received} of ${total} bytes`);
  if (received > total) return `${received} bytes arrived, the server promised ${total}`;
  return "whole";
}

/** `bytes 5-9/10` or `bytes * /10`; NaN where a number is missing. */
function parseContentRange(header: string | null): { start: number; total: number } {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+|\*)$/.exec(header ?? "");
  return { start: Number(match?.[1] ?? NaN), total: Number(match?.[2] ?? NaN) };
}
