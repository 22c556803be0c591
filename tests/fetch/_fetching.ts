/** Runs fetchFile() against a local server and keeps what happened. */
import { fetchFile, type PartialFile } from "../../pipeline/fetch/fetch_file.ts";
import { type Reply, type Request, serve } from "./_http.ts";

/** A partial file in memory. */
export function memoryFile(start = new Uint8Array(0), validator = "") {
  let bytes = start, note = validator;
  const file: PartialFile = {
    size: () => Promise.resolve(bytes.length),
    append(more) {
      const joined = new Uint8Array(bytes.length + more.length);
      joined.set(bytes);
      joined.set(more, bytes.length);
      bytes = joined;
      return Promise.resolve();
    },
    clear() {
      bytes = new Uint8Array(0);
      note = "";
      return Promise.resolve();
    },
    validator: () => Promise.resolve(note),
    setValidator: (value) => Promise.resolve(void (note = value)),
  };
  return { file, content: () => bytes };
}

const MINUTE_MS = 60_000;
export const content = Uint8Array.from({ length: 5000 }, (_, i) => i * i >> 2);

export interface RunOptions {
  partial?: ReturnType<typeof memoryFile>;
  attempts?: number;
  /** Lengths of the partial file at which a minute has passed, one after the other. */
  minutesAt?: number[];
  longest?: number;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Fetches from a server that answers so. Pauses take no time. */
export async function run(
  answer: (request: Request, index: number) => Reply,
  { partial = memoryFile(), attempts = 4, minutesAt = [], longest, ...more }: RunOptions = {},
) {
  await using server = serve(answer);
  const pauses: number[] = [], reasons: string[] = [], progress: [number, number][] = [];
  const wait = async (ms: number, signal: AbortSignal) => {
    if (ms !== MINUTE_MS) return void pauses.push(ms);
    const passed = () => server.requests.length > 0 && partial.content().length >= minutesAt[0];
    while (!passed()) {
      await new Promise((resolve) => setTimeout(resolve, 2));
      signal.throwIfAborted();
    }
    minutesAt.shift();
  };
  let error: Error | undefined;
  try {
    await fetchFile(server.url, partial.file, {
      fetch: more.fetch ?? fetch,
      wait,
      signal: new AbortController().signal,
      attempts,
      longest,
      onRetry: (reason) => reasons.push(reason),
      onProgress: (received, total) => progress.push([received, total]),
    });
  } catch (caught) {
    error = caught as Error;
  }
  const { requests } = server;
  return { error, bytes: partial.content(), requests, pauses, reasons, progress };
}
