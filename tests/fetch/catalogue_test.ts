import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import { CATALOGUE, selectSources } from "../../pipeline/fetch/catalogue.ts";
import { formatManifest, parseManifest } from "../../pipeline/fetch/manifest.ts";

Deno.test("CATALOGUE", async (t) => {
  for (const [name, source] of Object.entries(CATALOGUE)) {
    await t.step(`${name} says where it is from and what its archives are`, () => {
      assert(source.archives.length > 0 && source.title !== "" && source.licence !== "");
      for (const { file, url, bytes, sha256 } of source.archives) {
        if (url !== undefined) assertEquals(new URL(url).pathname.split("/").at(-1), file);
        if (sha256 !== undefined) assertMatch(sha256, /^[0-9a-f]{64}$/);
        assertEquals(source.embedded === true, sha256 !== undefined);
        assert(bytes > 0 || name === "frames");
      }
      if (name !== "frames") {
        assert(URL.canParse(source.page) && source.citation !== "");
      }
    });
  }
  await t.step("no two archives share a file name", () => {
    const files = Object.values(CATALOGUE).flatMap(({ archives }) => archives.map((a) => a.file));
    assertEquals(new Set(files).size, files.length);
  });
});

Deno.test("selectSources()", async (t) => {
  await t.step("keeps the order", () => {
    const names = ["sintel_sample", "kitti2012"];
    assertEquals(selectSources(names).map(([name]) => name), names);
  });
  await t.step("refuses an unknown name and lists the known ones", () => {
    const error = assertThrows(() => selectSources(["sintal"]), Error, '"sintal" is not in');
    assert(error.message.includes("middlebury_sample, sintel_sample"));
    assertThrows(() => selectSources(["toString"]), Error, "not in the catalogue");
  });
  await t.step("refuses a sample beside the whole data set", () => {
    assertThrows(
      () => selectSources(["sintel", "sintel_sample"]),
      Error,
      "sintel and sintel_sample are both sintel. Keep one",
    );
  });
});

Deno.test("formatManifest()", async (t) => {
  const archives = [{ file: "a.zip", bytes: 3, sha256: "00" }];
  const text = formatManifest([["kitti2015", CATALOGUE.kitti2015, archives]]);
  await t.step("comes back with hash, page and licence", () => {
    const [source] = parseManifest(text);
    assertEquals(source.archives, archives);
    assertEquals([source.name, source.licence], ["kitti2015", "CC BY-NC-SA 3.0"]);
    assertEquals(source.page, CATALOGUE.kitti2015.page);
  });
  await t.step("refuses other texts", () => {
    assertThrows(() => parseManifest("{"), Error, "Cannot read manifest.json");
    assertThrows(() => parseManifest("[]"), Error, "holds no list of sources");
  });
});
