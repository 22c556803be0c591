/**
 * A thread of the worker that looks at the memory of the whole process while a reader holds the main thread. Of the shared
 * array that it is sent, the first number is the greatest it saw since somebody set it to 0. While the second is not 0, it
 * says when the limit is passed.
 */
import { MEMORY_LIMIT } from "./limits.ts";

const INTERVAL_MS = 5;

/** The line that tells of too much memory. */
export const TOO_LARGE = "too large";

function watch(shared: Float64Array): void {
  const memory = Deno.memoryUsage().rss;
  if (memory > MEMORY_LIMIT && shared[0] <= MEMORY_LIMIT && shared[1] !== 0) console.log(TOO_LARGE);
  shared[0] = Math.max(shared[0], memory);
}

addEventListener("message", (event) => {
  const { data } = event as MessageEvent<SharedArrayBuffer>;
  setInterval(watch, INTERVAL_MS, new Float64Array(data));
});
