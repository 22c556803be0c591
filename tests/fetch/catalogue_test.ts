import { assert, assertEquals, assertMatch, assertThrows } from "@std/assert";
import {
  CATALOGUE,
  longestBody,
  selectSources,
  sourceProblems,
} from "../../pipeline/fetch/catalogue.ts";
import { formatManifest, parseManifest } from "../../pipeline/fetch/manifest.ts";

Deno.test("CATALOGUE", async (t) => {
  for (const [name, source] of Object.entries(CATALOGUE)) {
    await t.step(`${name} says where it is from and what its archives are`, () => {
      assert(source.archives.length > 0 && source.title !== "" && source.licence !== "");
      for (const { file, url, bytes, sha256 } of source.archives) {
        if (url !== undefined) assertEquals(new URL(url).pathname.split("/").at(-1), file);
        if (sha256 !== undefined) assertMatch(sha256, /^[0-9a-f]{64}$/);
        assertEquals(source.embedded === true, sha256 !== undefined);
        assert(bytes > 0 || url === undefined);
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
  await t.step("sourceProblems() lists all that is wrong", () => {
    assertEquals(sourceProblems(["sintel", "kitti2012"]), []);
    const problems = sourceProblems(["x", "sintel_sample", "sintel", "y"]);
    assertEquals(problems.map((problem) => problem.slice(0, 25)), [
      '"x" is not in the catalog',
      "sintel_sample and sintel ",
      '"y" is not in the catalog',
    ]);
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
  await t.step("refuses other texts, naming the file", () => {
    assertThrows(() => parseManifest("{"), Error, "Cannot read manifest.json: it is not JSON (");
    assertThrows(
      () => parseManifest("[]", "results/download/manifest.json"),
      Error,
      "Cannot read results/download/manifest.json: it must hold a list of sources, got []. Run the",
    );
  });
  await t.step("names the place and what was expected there", () => {
    const cases: [from: string, to: string, message: string][] = [
      ['"sources"', '"source"', "sources must be a list of sources, got nothing"],
      [
        '"bytes": 3',
        '"bytes": -3',
        "sources[0].archives[0].bytes must be a number of bytes, got -3",
      ],
      ['"bytes": 3', '"bytes": null', "archives[0].bytes must be a number of bytes, got null"],
      ['"sha256": "00"', '"sha": "00"', "archives[0].sha256 must be text, got nothing"],
      [
        '"a.zip"',
        '"../a.zip"',
        'archives[0].file must be a file name without folders, got "../a.zip"',
      ],
      [
        '"dataset": "kitti2015"',
        '"dataset": "../../x"',
        "sources[0].dataset must be the name of a",
      ],
      ['"layout": "kitti"', '"layout": "toString"', "layout must be one of middlebury, sintel,"],
      ['"title": "KITTI 2015"', '"title": 7', "sources[0].title must be text, got 7"],
    ];
    for (const [from, to, message] of cases) {
      assert(text.includes(from), from);
      assertThrows(() => parseManifest(text.replace(from, to)), Error, message);
    }
    assertThrows(() => parseManifest('{"sources": [null]}'), Error, "sources[0] must be a source");
    assertThrows(() => parseManifest("null"), Error, "it must hold a list of sources, got null");
  });
});

Deno.test("longestBody() is exact where the hash is known, else a tenth more", () => {
  const file = "a.zip";
  assertEquals(longestBody({ file, bytes: 12e6 }), 13_200_000);
  assertEquals(longestBody({ file, bytes: 2957860, sha256: "00" }), 2957860);
});
