import { assertEquals, assertThrows } from "@std/assert";
import { formatTsv, parseTsv, roundNumber } from "../../../pipeline/common/io/tsv.ts";

Deno.test("roundNumber()", async (t) => {
  await t.step("keeps six significant digits", () => {
    assertEquals(roundNumber(1.23456789), 1.23457);
    assertEquals(roundNumber(-0.000123456789), -0.000123457);
    assertEquals(roundNumber(98765.4321), 98765.4);
  });
  await t.step("keeps whole numbers whole", () => {
    assertEquals(roundNumber(123456789), 123456789);
  });
  await t.step("knows one zero only", () => {
    assertEquals(Object.is(roundNumber(-0), 0), true);
  });
  await t.step("refuses what is not finite", () => {
    assertThrows(() => roundNumber(NaN), Error, "NaN");
    assertThrows(() => roundNumber(Infinity), Error, "Infinity");
  });
});

Deno.test("formatTsv()", async (t) => {
  await t.step("writes a header and one line a row", () => {
    assertEquals(
      formatTsv(["step", "loss", "note"], [[20, 1 / 3, "warm-up"], [1200000, 1e-9, ""]]),
      "step\tloss\tnote\n20\t0.333333\twarm-up\n1200000\t1e-9\t\n",
    );
  });
  await t.step("writes a header alone", () => {
    assertEquals(formatTsv(["step"], []), "step\n");
  });
  await t.step("refuses a row of another length", () => {
    assertThrows(() => formatTsv(["a", "b"], [[1, 2], [3]]), Error, "row 2 has 1 values");
  });
  await t.step("refuses tabs and line breaks in texts", () => {
    assertThrows(() => formatTsv(["a"], [["x\ty"]]), Error, '"x\\ty"');
    assertThrows(() => formatTsv(["a\nb"], []), Error, "line break");
  });
});

Deno.test("parseTsv()", async (t) => {
  await t.step("reads what formatTsv() wrote", () => {
    const text = formatTsv(["pair", "epe_px", "epe_occ_px"], [["a/b", 1.5, ""], ["c", 2, 3]]);
    assertEquals(parseTsv(text, "pairs.tsv"), [
      { pair: "a/b", epe_px: "1.5", epe_occ_px: "" },
      { pair: "c", epe_px: "2", epe_occ_px: "3" },
    ]);
    assertEquals(parseTsv("pair\n", "pairs.tsv"), []);
  });
  await t.step("names the line, the column and what was expected", () => {
    const cases: [text: string, message: string][] = [
      ["", "it is empty, a table begins with the names of its columns"],
      ["a\tb\n1\n", "line 2 has 1 values, the header has 2"],
      ["a\tb\n1\t2\n\n", "line 3 has 1 values"],
      ["a\tb\n1\t2", "its last line does not end, so it is cut"],
      ["a\tb\r\n1\t2\r\n", "it has line breaks of another system"],
      ["a\ta\n1\t2\n", 'two columns are called "a"'],
      ["a\tc\n1\t2\n", "it has no column b, only a, c"],
      ["a\tb\nx\t1.5\ny\tfar\n", 'line 3, column b must be a number or nothing, got "far"'],
      ["a\tb\nx\tNaN\n", 'line 2, column b must be a number or nothing, got "NaN"'],
      ["a\tb\nx\t0x10\n", 'got "0x10"'],
      ["a\tb\nx\t1e999\n", 'got "1e999"'],
    ];
    for (const [text, what] of cases) {
      assertThrows(
        () => parseTsv(text, "pairs.tsv", { a: "text", b: "number or nothing" }),
        Error,
        what,
      );
    }
    assertThrows(
      () => parseTsv("a\n\n", "pairs.tsv", { a: "number" }),
      Error,
      'Cannot read pairs.tsv: line 2, column a must be a number, got "". Run the stage',
    );
    const numbers = formatTsv(["a"], [[1e-9], [-1.5], [1e22], [0]]);
    assertEquals(parseTsv(numbers, "t", { a: "number" }).map(({ a }) => Number(a)), [
      1e-9,
      -1.5,
      1e22,
      0,
    ]);
  });
});
