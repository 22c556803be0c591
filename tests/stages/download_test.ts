import { assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import type { CatalogueSource } from "../../pipeline/fetch/catalogue.ts";
import { parseManifest } from "../../pipeline/fetch/manifest.ts";
import { fileSha256 } from "../../stages/download/files.ts";
import { collectSources } from "../../stages/download/sources.ts";
import { middleburyFiles, picture, zip } from "../fetch/_archives.ts";
import { ranged, type Reply, type Request, serve } from "../fetch/_http.ts";
import { archive, type Setting, setting, SOURCE } from "./_download.ts";
import { inFolder, names, runStage, write, writeParams } from "./_run.ts";

/** Downloads `file.zip` from a server that answers so, in an empty folder unless `prepare` fills it. */
function fromServer(
  answer: (request: Request, index: number) => Reply,
  check: (context: Setting & { run: () => Promise<void>; requests: Request[] }) => Promise<void>,
  sha256?: string,
): Promise<void> {
  return inFolder(async (folder) => {
    await using server = serve(answer);
    const context = setting(folder);
    const archives = [{ file: "file.zip", url: server.url, bytes: 4000, sha256 }];
    const run = () =>
      collectSources([["small", { ...SOURCE, archives }]], context.places, context.hooks);
    await check({ ...context, run, requests: server.requests });
  });
}

Deno.test("collectSources() over the network", async (t) => {
  await t.step(
    "puts the whole archive and its manifest into place",
    () =>
      fromServer((request) => ranged(archive, request), async ({ run, places }) => {
        await run();
        assertEquals(await Deno.readFile(join(places.out, "file.zip")), archive);
        assertEquals(await names(places.out), ["file.zip", "manifest.json"]);
        const [source] = parseManifest(await Deno.readTextFile(join(places.out, "manifest.json")));
        assertEquals(source.archives, [{
          file: "file.zip",
          bytes: archive.length,
          sha256: await fileSha256(join(places.out, "file.zip")),
        }]);
        assertEquals([source.name, source.licence], ["small", "none"]);
      }),
  );
  await t.step(
    "keeps what it has fetched when DVC empties the outs",
    () =>
      fromServer((request) => ranged(archive, request), async ({ run, places, requests }) => {
        await run();
        await Deno.remove(places.out, { recursive: true });
        await run();
        assertEquals(requests.length, 1);
        assertEquals(await Deno.readFile(join(places.out, "file.zip")), archive);
      }),
  );
  await t.step("resumes after breaks", () =>
    fromServer((request, index) => ({
      ...ranged(archive, request),
      ...(index < 2 ? { cutAfter: 300 } : {}),
    }), async ({ run, places, requests }) => {
      await run();
      assertEquals(requests.map(({ headers }) => headers.range), [
        undefined,
        "bytes=300-",
        "bytes=600-",
      ]);
      assertEquals(await Deno.readFile(join(places.out, "file.zip")), archive);
    }));
  await t.step(
    "a part from an interrupted run is kept, nothing is in place, the next goes on",
    () =>
      fromServer((request, index) => ({
        ...ranged(archive, request),
        ...(index === 0 ? { cutAfter: 500, hang: true } : {}),
      }), async ({ run, places, hooks, stop, requests }) => {
        hooks.onProgress = (_, received) => {
          if (received === 500) stop.abort();
        };
        await assertRejects(run);
        assertEquals(await names(places.out), []);
        assertEquals(await names(places.cache), ["file.zip.part", "file.zip.part.validator"]);
        hooks.signal = new AbortController().signal;
        await run();
        assertEquals(requests[1].headers.range, "bytes=500-");
        assertEquals(await names(places.cache), ["file.zip"]);
        assertEquals(await Deno.readFile(join(places.out, "file.zip")), archive);
      }),
  );
  await t.step(
    "wrong bytes: both hashes, no part is left to resume from",
    () =>
      fromServer(() => ({ body: archive.slice(0, -1) }), async ({ run, places }) => {
        const error = await assertRejects(run, Error, "is not the file that the catalogue knows");
        assertStringIncludes(error.message, `catalogue ${"0".repeat(64)}, of the file`);
        assertEquals([await names(places.out), await names(places.cache)], [[], []]);
      }, "0".repeat(64)),
  );
  await t.step(
    "a part of another file: fetched anew once",
    () =>
      fromServer((request) => ranged(archive, request), async ({ run, places, requests }) => {
        await write(join(places.cache, "file.zip.part"), new Uint8Array(700));
        await run();
        assertEquals(requests.map(({ headers }) => headers.range), ["bytes=700-", undefined]);
        assertEquals(await Deno.readFile(join(places.out, "file.zip")), archive);
      }),
  );
  await t.step(
    "a server that promises less than it has: the archive is not whole",
    () =>
      fromServer(
        () => ({ body: archive, headers: { "content-length": String(archive.length - 100) } }),
        async ({ run, places }) => {
          await assertRejects(run, Error, "not a whole zip archive");
          assertEquals([await names(places.out), await names(places.cache)], [[], []]);
        },
      ),
  );
  await t.step(
    "a page of HTML instead of an archive",
    () =>
      fromServer(
        () => ({ body: new TextEncoder().encode("<html>moved</html>") }),
        async ({ run }) => {
          await assertRejects(run, Error, "not a whole zip archive");
        },
      ),
  );
  await t.step(
    "404: says where to get it by hand",
    () =>
      fromServer(() => ({ status: 404 }), async ({ run, places }) => {
        const error = await assertRejects(run, Error, "the server answers 404");
        assertStringIncludes(
          error.message.replaceAll(places.own, "archives"),
          "Or get file.zip by hand from https://example.org/small and put it into archives.",
        );
      }),
  );
  await t.step("503 for a while", () =>
    fromServer(
      (request, index) => index < 3 ? { status: 503 } : ranged(archive, request),
      async ({ run, retries }) => {
        await run();
        assertEquals(retries.length, 3);
      },
    ));
  await t.step(
    "a disk that is too small: before the first byte",
    () =>
      fromServer(() => ({ body: archive }), async ({ run, hooks, requests }) => {
        hooks.freeBytes = () => Promise.resolve(3999);
        await assertRejects(run, Error, "they still need about 4 kB, 4 kB are free");
        assertEquals(requests.length, 0);
      }),
  );
});

Deno.test("collectSources() from folders", async (t) => {
  const embedded = (sha256: string): [string, CatalogueSource][] => [["sample", {
    ...SOURCE,
    embedded: true,
    archives: [{ file: "sample.zip", bytes: archive.length, sha256 }],
  }]];
  const truth = async (folder: string) => {
    await write(join(folder, "data/sample.zip"), archive);
    return await fileSha256(join(folder, "data/sample.zip"));
  };
  await t.step(
    "an embedded archive is copied, and others in the folder removed",
    () =>
      inFolder(async (folder) => {
        const { places, hooks } = setting(folder);
        await write(join(places.out, "old.zip"), archive);
        await collectSources(embedded(await truth(folder)), places, hooks);
        assertEquals(await names(places.out), ["manifest.json", "sample.zip"]);
      }),
  );
  await t.step("the manifest has the same bytes every time", () =>
    inFolder(async (folder) => {
      const { places, hooks } = setting(folder);
      const sha256 = await truth(folder);
      const manifest = () => Deno.readTextFile(join(places.out, "manifest.json"));
      await collectSources(embedded(sha256), places, hooks);
      const first = await manifest();
      await collectSources(embedded(sha256), places, hooks);
      assertEquals(await manifest(), first);
    }));
  await t.step(
    "a changed embedded archive fails with both hashes and the way back",
    () =>
      inFolder(async (folder) => {
        const { places, hooks } = setting(folder);
        const sha256 = await truth(folder);
        await write(join(places.data, "sample.zip"), archive.slice(1));
        const changed = await fileSha256(join(places.data, "sample.zip"));
        const error = await assertRejects(
          () => collectSources(embedded(sha256), places, hooks),
          Error,
          `SHA-256 in the catalogue ${sha256}, of the file ${changed}.`,
        );
        assertStringIncludes(error.message, "./run dvc pull --force data.dvc");
        assertEquals(await names(places.out), []);
      }),
  );
  await t.step("a missing embedded archive", () =>
    inFolder(async (folder) => {
      const { places, hooks } = setting(folder);
      await assertRejects(
        () => collectSources(embedded("0"), places, hooks),
        Error,
        "Get it with: ./run dvc pull data.dvc",
      );
    }));
  await t.step("archives/ comes before the network", () =>
    inFolder(async (folder) => {
      const { places, hooks } = setting(folder);
      await write(join(places.own, "file.zip"), archive);
      const archives = [{ file: "file.zip", url: "http://127.0.0.1:1/file.zip", bytes: 1 }];
      await collectSources([["small", { ...SOURCE, archives }]], places, hooks);
      assertEquals(await Deno.readFile(join(places.out, "file.zip")), archive);
    }));
  await t.step(
    "a folder of pictures is packed, the same bytes every time",
    () =>
      inFolder(async (folder) => {
        const { places, hooks } = setting(folder);
        const archives = [{ file: "frames.zip", bytes: 0 }];
        const run = () =>
          collectSources([["frames", { ...SOURCE, layout: "frames", archives }]], places, hooks);
        await assertRejects(
          run,
          Error,
          "Put frames.zip, or your pictures in a folder frames, into",
        );
        await write(join(places.own, "frames/walk/1.PNG"), picture(3, 2, 7));
        await write(join(places.own, "frames/walk/2.png"), picture(3, 2, 8));
        await write(join(places.own, "frames/notes.txt"), new Uint8Array(4));
        await run();
        const first = await Deno.readFile(join(places.out, "frames.zip"));
        await run();
        assertEquals(await Deno.readFile(join(places.out, "frames.zip")), first);
      }),
  );
});

Deno.test("stage download runs with the permissions of dvc.yaml", () =>
  inFolder(async (folder) => {
    await writeParams(folder, [
      [/ {4}- middlebury_sample\n.*\n.*\n/, "    - middlebury\n"],
    ]);
    const files = Object.entries(middleburyFiles());
    const part = (start: string) => Object.fromEntries(files.filter(([p]) => p.startsWith(start)));
    await write(join(folder, "archives/other-color-twoframes.zip"), await zip(part("other-data")));
    const run = () => runStage("download", folder);

    await write(join(folder, "archives/other-gt-flow.zip"), await zip(part("other-gt-flow")));
    assertEquals(await run(), { code: 0, stderr: "" });
    assertEquals(await names(join(folder, "results/download")), [
      "manifest.json",
      "other-color-twoframes.zip",
      "other-gt-flow.zip",
    ]);
    await writeParams(folder, [["- middlebury_sample", "- midlebury"]]);
    const { code, stderr } = await run();
    assertEquals(code, 1);
    assertStringIncludes(stderr, '"midlebury" is not in the catalogue');
  }));
