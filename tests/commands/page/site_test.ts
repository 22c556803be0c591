/** The files of the live page, and the server for them. */
import {
  assertEquals,
  assertLess,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { join } from "@std/path";
import { writeSite } from "../../../commands/page.ts";
import { serveSite } from "../../../commands/page/serve.ts";
import { checkSize, MOST_BYTES, siteFiles, sizeOf } from "../../../commands/page/site.ts";
import { inFolder, names } from "../../stages/_run.ts";

const BYTES = Uint8Array.of(1, 2, 3);
const CONTENTS = {
  model: BYTES,
  frames: [BYTES, BYTES],
  truth: BYTES,
  recorded: { scene: BYTES, rubberWhale: BYTES },
} as const;

Deno.test("siteFiles() makes all that the document names, and a script of one file", async () => {
  const files = await siteFiles(CONTENTS);
  const text = (path: string) => new TextDecoder().decode(files.get(path));
  const named = [...text("index.html").matchAll(/(?:href|src|data-recorded)="([\w/]+\.\w+)"/g)];
  assertEquals(named.map(([, path]) => path).filter((path) => !files.has(path)), []);
  assertEquals(named.length, 4);
  const script = text("page.js");
  assertStringIncludes(script, "fn residuals(", "the kernels are in it as text");
  assertEquals(script.match(/\bfrom\s*["'][^"']+["'];|\bimport\s*["']/g), null);
  assertMatch(text("index.html"), /default-src 'none'; script-src 'self'; style-src 'self'/);
  // The model, the sample and its recorded pictures have 2 MB.
  assertLess(sizeOf(files), 1_500_000);
  assertEquals(/<script>|<style|\sstyle=|\son\w+=/.exec(text("index.html")), null);
});

Deno.test("checkSize() refuses what is too large for a page, with all sizes", () => {
  const files = (bytes: number) =>
    new Map([["page.js", BYTES], ["model.safetensors", new Uint8Array(bytes)]]);
  checkSize(files(MOST_BYTES - BYTES.length));
  assertThrows(
    () => checkSize(files(MOST_BYTES - BYTES.length + 1)),
    Error,
    `Cannot build the page: it may have 5000000 bytes, got 5000001 (page.js 3, model.safetensors 4999998)`,
  );
});

Deno.test("writeSite() writes all files or none, over those of an earlier page", () =>
  inFolder(async (folder) => {
    const site = join(folder, "site");
    const text = (value: string) => new TextEncoder().encode(value);
    const files = (value: string) =>
      new Map([["index.html", text(value)], ["samples/a.png", text(value)]]);
    await writeSite(site, files("old"));
    await Deno.remove(join(site, "samples/a.png"));
    await Deno.mkdir(join(site, "samples/a.png"));
    await assertRejects(
      () => writeSite(site, files("new")),
      Error,
      `Cannot write ${site}/samples/a.png: it is a folder. Nothing was written.`,
    );
    assertEquals(await Deno.readTextFile(join(site, "index.html")), "old");
    await Deno.remove(join(site, "samples/a.png"));
    await writeSite(site, files("new"));
    assertEquals(await Deno.readTextFile(join(site, "samples/a.png")), "new");
    assertEquals(await names(site), ["index.html", "samples"]);
  }));

Deno.test("serveSite() gives the files, on this machine alone", async () => {
  const server = serveSite(new Map([["index.html", BYTES], ["samples/a.png", BYTES]]), 0);
  try {
    const { hostname, port } = server.addr;
    assertEquals(hostname, "127.0.0.1");
    const ask = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`);
      const bytes = await response.bytes();
      return [response.status, response.headers.get("content-type"), bytes.length];
    };
    assertEquals(await ask("/"), [200, "text/html; charset=utf-8", 3]);
    assertEquals(await ask("/samples/a.png?x=1"), [200, "image/png", 3]);
    assertEquals((await ask("/../deno.json"))[0], 404);
    assertThrows(() => serveSite(new Map(), port), Error, `port ${port} is taken`);
  } finally {
    await server.shutdown();
  }
});
