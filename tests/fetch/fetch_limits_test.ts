import { assertEquals, assertStringIncludes } from "@std/assert";
import { content, memoryFile, run } from "./_fetching.ts";
import { ranged, serve } from "./_http.ts";

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
