import { assertEquals, assertRejects } from "@std/assert";
import { joinArchives, openZip } from "../../pipeline/fetch/archive.ts";
import { type Files, memoryArchive, zip } from "./_archives.ts";

const text = (value: string) => new TextEncoder().encode(value);

/** Opens bytes and counts how many of them are read. */
async function open(bytes: Uint8Array, name = "a.zip") {
  const counter = { bytes: 0 };
  const read = (offset: number, length: number) => {
    counter.bytes += length;
    return Promise.resolve(bytes.slice(offset, offset + length));
  };
  return { archive: await openZip({ size: bytes.length, read }, name), counter };
}

const files: Files = {
  "b/two.txt": text("two ".repeat(5000)),
  "a/one.txt": text("one"),
  "__MACOSX/a/._one.txt": text("litter"),
  "a/.DS_Store": text("litter"),
};

Deno.test("openZip()", async (t) => {
  await t.step("lists files sorted, without litter, and reads them", async () => {
    const { archive } = await open(await zip(files));
    assertEquals(archive.paths, ["a/one.txt", "b/two.txt"]);
    assertEquals(await archive.read("a/one.txt"), files["a/one.txt"]);
    assertEquals(await archive.read("b/two.txt"), files["b/two.txt"]);
  });
  await t.step("does not read what is not asked for", async () => {
    const noise = Uint8Array.from({ length: 200_000 }, (_, i) => (i * i * 31 >> 3) ^ (i >> 5));
    const bytes = await zip({ noise, "small.txt": text("small") });
    const { archive, counter } = await open(bytes);
    const listing = counter.bytes;
    assertEquals(await archive.read("small.txt"), text("small"));
    assertEquals(counter.bytes - listing < 10_000, true);
  });
});

Deno.test("openZip() names the archive and what is wrong", async (t) => {
  for (const path of ["../evil.txt", "a/../../evil.txt", "/etc/evil", "C:/evil", "..\\evil"]) {
    await t.step(`a path that leaves the folder: ${path}`, async () => {
      const bytes = await zip({ "fine.txt": text("x"), [path]: text("y") });
      await assertRejects(
        () => open(bytes, "hostile.zip"),
        Error,
        `Cannot use hostile.zip: the path ${JSON.stringify(path)} in it leads out`,
      );
    });
  }
  await t.step("a truncated archive", async () => {
    const bytes = await zip(files);
    for (const length of [0, 10, bytes.length >> 1, bytes.length - 30]) {
      await assertRejects(
        () => open(bytes.subarray(0, length), "cut.zip"),
        Error,
        "Cannot open cut.zip: it is not a whole zip archive",
      );
    }
  });
  await t.step("a page of HTML", async () => {
    await assertRejects(() => open(text("<html>gone</html>")), Error, "not a whole zip archive");
  });
  await t.step("a damaged entry", async () => {
    const bytes = await zip({ "a.txt": text("abcdefgh".repeat(50)) });
    bytes[45] ^= 0xff;
    const { archive } = await open(bytes);
    await assertRejects(
      () => archive.read("a.txt"),
      Error,
      "Cannot read a.txt in a.zip: the entry is damaged",
    );
  });
  await t.step("a file that is not there", async () => {
    const { archive } = await open(await zip(files));
    await assertRejects(() => archive.read("c.txt"), Error, "a.zip holds no such file");
  });
});

Deno.test("joinArchives()", async (t) => {
  const first = memoryArchive({ a: text("1"), b: text("2") }, "one.zip");
  const second = memoryArchive({ b: text("3"), c: text("4") }, "two.zip");
  const joined = joinArchives([first, second]);
  await t.step("has the paths of both; the first wins", async () => {
    assertEquals([joined.name, joined.paths], ["one.zip + two.zip", ["a", "b", "c"]]);
    assertEquals(await joined.read("b"), text("2"));
    assertEquals(await joined.read("c"), text("4"));
  });
  await t.step("names both when a file is in neither", async () => {
    await assertRejects(() => joined.read("d"), Error, "one.zip + two.zip holds no such file");
  });
});
