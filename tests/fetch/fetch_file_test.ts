import { assert, assertEquals, assertRejects } from "@std/assert";
import { fetchFile } from "../../pipeline/fetch/fetch_file.ts";
import { content, memoryFile, run } from "./_fetching.ts";
import { ranged, type Reply, serve } from "./_http.ts";

Deno.test("fetchFile() with a server that behaves", async (t) => {
  await t.step("fetches in one request and reports progress with the total", async () => {
    const { error, bytes, requests, progress } = await run((request) => ranged(content, request));
    assertEquals([error, requests.length], [undefined, 1]);
    assertEquals(bytes, content);
    assertEquals(progress[0], [0, 5000]);
    assertEquals(progress.at(-1), [5000, 5000]);
  });
  await t.step("goes on where an earlier run stopped", async () => {
    const partial = memoryFile(content.slice(0, 1200), '"v1"');
    const { bytes, requests } = await run((request) => ranged(content, request), { partial });
    assertEquals(bytes, content);
    assertEquals([requests[0].headers.range, requests[0].headers["if-range"]], [
      "bytes=1200-",
      '"v1"',
    ]);
  });
  await t.step("knows when everything was there already", async () => {
    const partial = memoryFile(content, '"v1"');
    const { error, bytes } = await run((request) => ranged(content, request), { partial });
    assertEquals([error, bytes.length], [undefined, 5000]);
  });
  await t.step("starts anew when the file there has changed", async () => {
    const partial = memoryFile(new Uint8Array(1200), '"v0"');
    const { bytes, requests } = await run((request) => ranged(content, request), { partial });
    assertEquals(bytes, content);
    assertEquals(requests.length, 1);
  });
  await t.step("takes a body without a length", async () => {
    const { bytes, progress } = await run(() => ({ body: content, lengthless: true }));
    assertEquals(bytes, content);
    assertEquals(progress.at(-1), [5000, NaN]);
  });
});

Deno.test("fetchFile() with a server that breaks connections", async (t) => {
  await t.step("resumes after every break", async () => {
    const { error, bytes, requests, reasons, pauses } = await run((request, index) => ({
      ...ranged(content, request),
      ...(index < 3 ? { cutAfter: 1000 } : {}),
    }));
    assertEquals(error, undefined);
    assertEquals(bytes, content);
    assertEquals(requests.map(({ headers }) => headers.range), [
      undefined,
      "bytes=1000-",
      "bytes=2000-",
      "bytes=3000-",
    ]);
    assertEquals([reasons.length, pauses], [3, [1000, 1000, 1000]]);
  });
  await t.step("gives up after attempts that bring nothing, with growing pauses", async () => {
    const { error, bytes, requests, pauses } = await run((request, index) => ({
      ...ranged(content, request),
      cutAfter: index === 0 ? 700 : 0,
    }));
    assert(error!.message.includes("4 attempts in a row brought nothing new, 700 bytes are kept"));
    assertEquals(bytes, content.slice(0, 700));
    assertEquals(requests.length, 4);
    assertEquals(pauses, [1000, 2000, 4000]);
  });
  await t.step("does not wait for a connection that has gone silent", async () => {
    const { error, bytes, reasons } = await run((request, index) => ({
      ...ranged(content, request),
      ...(index === 0 ? { cutAfter: 0, hang: true } : {}),
    }), { minutesAt: [0] });
    assertEquals([error, reasons], [undefined, ["nothing arrived for 60 s"]]);
    assertEquals(bytes, content);
  });
  await t.step("waits out 503 and 429", async () => {
    const { error, bytes, reasons } = await run((request, index) =>
      index < 2 ? { status: [503, 429][index] } : ranged(content, request)
    );
    assertEquals([error, bytes], [undefined, content]);
    assertEquals(reasons, [
      "the server answers 503 Service Unavailable",
      "the server answers 429 Too Many Requests",
    ]);
  });
  await t.step("does not ask again after 404", async () => {
    const { error, requests } = await run(() => ({ status: 404 }));
    assert(/Cannot download http:.*: the server answers 404 Not Found\./.test(error!.message));
    assertEquals(requests.length, 1);
  });
});

Deno.test("fetchFile() with a server that ignores or mistakes Range", async (t) => {
  await t.step("sends everything: earlier bytes are dropped, not doubled", async () => {
    const partial = memoryFile(content.slice(0, 1200));
    const { bytes, requests } = await run(() => ({ body: content }), { partial });
    assertEquals(bytes, content);
    assertEquals(requests.length, 1);
  });
  await t.step("breaks and starts anew every time: gives up", async () => {
    const { error, requests } = await run(() => ({ body: content, cutAfter: 900 }));
    assert(error!.message.includes("brought nothing new"));
    assertEquals(requests.length, 4);
  });
  await t.step("sends another range than asked for: starts anew without one", async () => {
    const partial = memoryFile(content.slice(0, 1200));
    const wrong: Reply = {
      status: 206,
      headers: { "content-range": "bytes 0-4999/5000" },
      body: content,
    };
    const { bytes, requests } = await run(
      ({ headers }) => headers.range ? wrong : { body: content },
      { partial },
    );
    assertEquals(bytes, content);
    assertEquals(requests.map(({ headers }) => headers.range), ["bytes=1200-", undefined]);
  });
  await t.step("calls the missing range impossible: starts anew", async () => {
    const partial = memoryFile(new Uint8Array(9000));
    const { bytes } = await run((request) => ranged(content, request), { partial });
    assertEquals(bytes, content);
  });
});

Deno.test("fetchFile() with a server that lies about length", async (t) => {
  await t.step("promises more than it has: never counts as whole", async () => {
    const headers = { "content-length": "6000" };
    const { error } = await run(() => ({ body: content, headers }));
    assert(error!.message.includes("brought nothing new"));
  });
  await t.step(
    "promises less: only that much arrives, for the caller's checks to find",
    async () => {
      const headers = { "content-length": "4000" };
      const { bytes } = await run(() => ({ body: content, headers }));
      assertEquals(bytes, content.slice(0, 4000));
    },
  );
  await t.step("a range that ends early is not whole", async () => {
    const partial = memoryFile(content.slice(0, 1000), '"v1"');
    const { error, bytes, requests } = await run(
      (request, index) =>
        index > 0 ? ranged(content, request) : {
          status: 206,
          headers: { "content-range": "bytes 1000-1999/5000", etag: '"v1"' },
          body: content.slice(1000, 2000),
        },
      { partial },
    );
    assertEquals([error, requests.length], [undefined, 2]);
    assertEquals(bytes, content);
  });
});

Deno.test("fetchFile() stops at once when it is aborted and keeps what has arrived", async () => {
  await using server = serve((request) => ({
    ...ranged(content, request),
    cutAfter: 800,
    hang: true,
  }));
  const partial = memoryFile();
  const stop = new AbortController();
  const wait = (_: number, signal: AbortSignal) =>
    new Promise<void>((_, reject) =>
      signal.addEventListener("abort", () => reject(signal.reason), { once: true })
    );
  const onProgress = (received: number) => {
    if (received === 800) stop.abort();
  };
  await assertRejects(() =>
    fetchFile(server.url, partial.file, { fetch, wait, signal: stop.signal, onProgress })
  );
  assertEquals(partial.content(), content.slice(0, 800));
  assertEquals(server.requests.length, 1);
});
