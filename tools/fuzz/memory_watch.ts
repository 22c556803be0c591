/**
 * A thread of the worker that looks at the memory of the whole process while a reader holds the main thread. The greatest
 * it saw since it was last set to 0 stands in the shared array that it is sent.
 */

const INTERVAL_MS = 5;

addEventListener("message", (event) => {
  const peak = new Float64Array((event as MessageEvent<SharedArrayBuffer>).data);
  setInterval(() => {
    peak[0] = Math.max(peak[0], Deno.memoryUsage().rss);
  }, INTERVAL_MS);
});
