import { assertEquals, assertStringIncludes } from "@std/assert";
import {
  type Entry,
  formatScoreboard,
  type ScoredRow,
  wins,
} from "../../../commands/scoreboard/table.ts";

const row = (pair: string, entries: Record<string, Entry>): ScoredRow => ({
  dataset: "drawn",
  pair,
  entries: new Map(Object.entries(entries)),
});
const rows = [
  row("a|b", {
    ours: { scores: { epe_px: 1.2345, epe_occ_px: 4 }, seconds: 12.34 },
    none: { scores: { epe_px: 2 } },
  }),
  row("c", { ours: { scores: { epe_px: 30 }, seconds: 0.5 }, none: { scores: { epe_px: 3 } } }),
  row("d", { ours: { scores: { epe_px: 3 } }, none: { scores: {} } }),
];

Deno.test("wins() counts the pairs that both methods have", () => {
  assertEquals(wins(rows, "ours", "none"), { better: 1, of: 2 });
  assertEquals(wins(rows, "none", "ours"), { better: 1, of: 2 });
  assertEquals(wins(rows, "ours", "ours"), { better: 0, of: 3 });
});

Deno.test("formatScoreboard() has a table a region that any pair knows, and one of seconds", () => {
  const text = formatScoreboard({ methods: ["none", "ours"], rows, notes: ["One note."] });
  assertEquals(text.split("\n").filter((line) => line.startsWith("#")), [
    "# Scoreboard: real pairs with truth",
    "## End-point error, px, all pixels",
    "## End-point error, px, occluded pixels",
    "## Seconds a pair",
  ]);
  assertStringIncludes(text, "\n\nOne note.\n\n");
  assertStringIncludes(
    text,
    "| pair | none | ours |\n| --- | ---: | ---: |\n| drawn a\\|b | 2.00 | 1.23 |\n| drawn c | 3.00 | 30.0 |\n| drawn d |  | 3.00 |\n",
  );
  // Of the occluded pixels only the pair that has any.
  assertStringIncludes(
    text,
    "occluded pixels\n\n| pair | none | ours |\n| --- | ---: | ---: |\n| drawn a\\|b |  | 4.00 |\n\n",
  );
  // Zero flow takes no time.
  assertStringIncludes(
    text,
    "| pair | ours |\n| --- | ---: |\n| drawn a\\|b | 12.3 |\n| drawn c | 0.500 |\n| drawn d |  |\n",
  );
});
