import { assertEquals, assertThrows } from "@std/assert";
import { readPairTable } from "../../../commands/compare/table.ts";

const HEADER =
  "dataset\tpair\tpixels_all_count\tpixels_occ_count\tepe_px\tepe_occ_px\tzero_flow_epe_px\tnote\n";
const WHOLE = "a\tpair_0\t100\t0\t1.5\t\t3\toops\n";

Deno.test("readPairTable() takes empty scores, tables without regions, and columns that it does not know", () => {
  const [row] = readPairTable(HEADER + WHOLE, "pairs.tsv");
  assertEquals([row.epe_px, row.epe_occ_px, row.note], ["1.5", "", "oops"]);
  const few = "dataset\tpair\tpixels_all_count\tepe_px\tzero_flow_epe_px\na\tp\t9\t2\t3\n";
  assertEquals(readPairTable(few, "pairs.tsv").length, 1);
});

Deno.test("readPairTable() refuses a cell that is no number, or one below 0, with line and column", () => {
  for (
    const [line, message] of [
      [
        "a\tp\t100\t5\t1\toops\t3\t",
        'line 3, column epe_occ_px must be a number or nothing, got "oops"',
      ],
      [
        "a\tp\t100\tNaN\t1\t2\t3\t",
        'line 3, column pixels_occ_count must be a number or nothing, got "NaN"',
      ],
      ["a\tp\t\t5\t1\t2\t3\t", 'line 3, column pixels_all_count must be a number, got ""'],
      ["a\tp\t100\t5\t-1\t2\t3\t", 'line 3, column epe_px must be 0 or more, got "-1"'],
      ["a\tp\t100\t5\t1\t-0.2\t3\t", 'line 3, column epe_occ_px must be 0 or more, got "-0.2"'],
      ["a\tp\t100\t-5\t1\t2\t3\t", 'line 3, column pixels_occ_count must be 0 or more, got "-5"'],
    ]
  ) {
    assertThrows(
      () => readPairTable(`${HEADER}${WHOLE}${line}\n`, "pairs.tsv of commit 1234567"),
      Error,
      `Cannot read pairs.tsv of commit 1234567: ${message}. Run the stage`,
    );
  }
});
