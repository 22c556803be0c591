import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { fetchFile, type PartialFile } from "../../pipeline/fetch/fetch_file.ts";
import { ranged, type Reply, type Request, serve } from "./_http.ts";

function memoryFile(start = new Uint8Array(0), validator = "") {
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
const content = Uint8Array.from({ length: 5000 }, (_, i) => i * i >> 2);

interface RunOptions {
  partial?: ReturnType<typeof memoryFile>;
  attempts?: number;
  /** Lengths of the partial file at which a minute has passed, one after the other. */
  minutesAt?: number[];
  longest?: number;
  fetch?: (url: string, init: RequestInit) => Promise<Response>;
}

/** Fetches from a server that answers so. Pauses take no time. */
async function run(
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

Deno.test("fetchFile() with a server that is slow", async (t) => {
  const large = Uint8Array.from({ length: 2_000_000 }, (_, i) => i * i >> 3);
  await t.step("less than 10 kB/s over a minute is a broken connection", async () => {
    const { error, bytes, reasons, requests } = await run((request, index) => ({
      ...ranged(large, request),
      ...(index === 0 ? { cutAfter: 599_999, hang: true } : {}),
    }), { minutesAt: [599_999] });
    assertEquals([error, reasons], [undefined, [
      "only 599999 bytes arrived in 60 s, at least 600000 are expected",
    ]]);
    assertEquals(requests[1].headers.range, "bytes=599999-");
    assertEquals(bytes, large);
  });
  await t.step("10 kB/s is enough, minute after minute", async () => {
    const { error, bytes, requests } = await run((request, index) => ({
      ...ranged(large, request),
      ...(index === 0 ? { cutAfter: 1_200_000, hang: true } : {}),
    }), { minutesAt: [600_000, 1_200_000, 1_200_000] });
    // The third minute brought nothing; before, the connection was kept.
    assertEquals([error, requests[1].headers.range], [undefined, "bytes=1200000-"]);
    assertEquals(bytes, large);
  });
  await t.step("a server that only ever drips is given up, though each drop is new", async () => {
    const drips = [300_000, 600_000, 900_000, 1_200_000];
    const { error, bytes, requests } = await run((request) => ({
      ...ranged(large, request),
      cutAfter: 300_000,
      hang: true,
    }), { minutesAt: drips });
    assertStringIncludes(
      error!.message,
      "4 attempts in a row brought only 1200000 bytes, 1200000 bytes are kept. Last: only 300000 " +
        "bytes arrived in 60 s, at least 600000 are expected.",
    );
    assertEquals([requests.length, bytes.length], [4, 1_200_000]);
  });
  await t.step("a server that hangs up after a few bytes is given up", async () => {
    const { error, requests, pauses } = await run((request) => ({
      ...ranged(large, request),
      cutAfter: 1999,
    }));
    assertStringIncludes(error!.message, "4 attempts in a row brought only 7996 bytes");
    assertEquals([requests.length, pauses], [4, [1000, 2000, 4000]]);
    // A thousandth of the file is progress: six breaks and more are survived.
    const better = await run((request, index) => ({
      ...ranged(large, request),
      ...(index < 8 ? { cutAfter: 2000 } : {}),
    }));
    assertEquals([better.error, better.requests.length], [undefined, 9]);
  });
});

Deno.test("fetchFile() with a body that is longer than it may be", async (t) => {
  await t.step("announced: not a byte is taken, and it is asked once", async () => {
    const { error, bytes, requests } = await run(() => ({ body: content }), { longest: 4999 });
    assertStringIncludes(
      error!.message,
      "the server announces 5000 bytes, and the file may have at most 4999.",
    );
    assertEquals([bytes.length, requests.length], [0, 1]);
  });
  await t.step("unannounced: it is stopped, nothing is kept", async () => {
    const { error, bytes, requests } = await run(
      () => ({ body: content, lengthless: true, hang: true }),
      { longest: 3000 },
    );
    assertStringIncludes(
      error!.message,
      "the server sends more than the 3000 bytes that the file may have.",
    );
    assertEquals([bytes.length, requests.length], [0, 1]);
  });
  await t.step("as long as it may be", async () => {
    const { error, bytes } = await run(() => ({ body: content, lengthless: true }), {
      longest: 5000,
    });
    assertEquals([error, bytes], [undefined, content]);
  });
  await t.step("longer than the range promised: starts anew without one", async () => {
    const partial = memoryFile(content.slice(0, 1000), '"v1"');
    const { error, bytes, requests, reasons } = await run(
      (_, index) =>
        index > 0 ? { body: content } : {
          status: 206,
          headers: { "content-range": "bytes 1000-1999/2000", etag: '"v1"' },
          body: content.slice(1000),
        },
      { partial },
    );
    assertEquals([error, reasons], [undefined, [
      "the server sends more than the 2000 bytes that it promised",
    ]]);
    assertEquals(requests[1].headers.range, undefined);
    assertEquals(bytes, content);
  });
  await t.step("a part from earlier that is too long is dropped", async () => {
    const partial = memoryFile(new Uint8Array(5001), '"v1"');
    const { bytes, requests } = await run((request) => ranged(content, request), {
      partial,
      longest: 5000,
    });
    assertEquals([bytes, requests[0].headers.range], [content, undefined]);
  });
});

Deno.test("fetchFile() says why the last attempt failed", async (t) => {
  const client = (proxy: string) =>
    Deno.createHttpClient({ proxy: { url: new URL(proxy).origin } });
  await t.step("nobody listens", async () => {
    const listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const { port } = listener.addr as Deno.NetAddr;
    listener.close();
    const { error, reasons } = await run(() => ({}), {
      fetch: (_, init) => fetch(`http://127.0.0.1:${port}/`, init),
    });
    assertStringIncludes(error!.message, "Last: the server refuses the connection (");
    assertEquals(reasons.length, 3);
  });
  await t.step("a proxy that asks for a login is asked once", async () => {
    await using proxy = serve(() => ({ status: 407 }));
    using through = client(proxy.url);
    const { error, reasons } = await run(() => ({}), {
      fetch: (_, init) => fetch("https://127.0.0.1:8443/", { ...init, client: through }),
    });
    assertStringIncludes(error!.message, ": the proxy asks for a login (407) (");
    assertEquals([reasons, proxy.requests.length], [[], 1]);
  });
  await t.step("a proxy that refuses the connection", async () => {
    await using proxy = serve(() => ({ status: 403 }));
    using through = client(proxy.url);
    const { error, reasons } = await run(() => ({}), {
      fetch: (_, init) => fetch("https://127.0.0.1:8443/", { ...init, client: through }),
    });
    assertStringIncludes(error!.message, "Last: the proxy does not let the connection through (");
    assertEquals(reasons.length, 3);
  });
  await t.step("a redirection to a host out of bounds is asked once", async () => {
    const headers = { location: "http://example.org/" };
    const { error, requests } = await run(() => ({ status: 302, headers }));
    assertStringIncludes(
      error!.message,
      'it leads to a host that the stage may not reach (Requires net access to "example.org:80"',
    );
    assertEquals(requests.length, 1);
  });
  await t.step("redirections without end are asked for once", async () => {
    const { error, reasons } = await run(() => ({ status: 302, headers: { location: "/more" } }));
    assertStringIncludes(error!.message, "Maximum number of redirects");
    assertEquals(reasons, []);
  });
  await t.step("401 and 403 are asked once", async () => {
    for (const status of [401, 403, 410, 501]) {
      const { error, requests } = await run(() => ({ status }));
      assertStringIncludes(error!.message, `the server answers ${status}`);
      assertEquals(requests.length, 1);
    }
  });
  // In the words of Deno 2.9 for a host without a name and a certificate that nobody signed.
  const failing = (words: string) => () => {
    const url = "error sending request for url (https://a.org/b.zip): client error (Connect): ";
    return Promise.reject(new TypeError("fetch failed", { cause: new Error(url + words) }));
  };
  await t.step("a name that cannot be resolved", async () => {
    const words = "dns error: failed to lookup address information: Name or service not known";
    const { error, reasons } = await run(() => ({}), { fetch: failing(words) });
    assertStringIncludes(
      error!.message,
      `Last: the name of the host cannot be resolved (client error (Connect): ${words}). Run`,
    );
    assertEquals(reasons.length, 3);
  });
  await t.step("a certificate is asked for once", async () => {
    const words = "invalid peer certificate: UnknownIssuer";
    const { error, reasons } = await run(() => ({}), { fetch: failing(words) });
    assertStringIncludes(
      error!.message,
      `: the server's certificate is not accepted (client error (Connect): ${words}).`,
    );
    assertEquals(reasons, []);
  });
  await t.step("a disk that is full is not asked again", async () => {
    const partial = memoryFile();
    partial.file.append = () => Promise.reject(new Error("No space left on device (os error 28)"));
    const { error, requests } = await run(() => ({ body: content }), { partial });
    assertStringIncludes(
      error!.message,
      ": what arrives cannot be written: No space left on device (os error 28).",
    );
    assertEquals(requests.length, 1);
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
