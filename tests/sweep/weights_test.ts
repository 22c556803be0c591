/** What the report says about how cells came by their weights. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { cellNamed } from "../../pipeline/smoothness/cells.ts";
import { type WeightChoice, weightsPart } from "../../pipeline/sweep/weights.ts";

const tried = (weight: number, epe_px: number, epe_occ_px?: number) => ({
  weight,
  errors: { epe_px, ...epe_occ_px === undefined ? {} : { epe_occ_px } },
});
const l1: WeightChoice = {
  cell: cellNamed("l1"),
  tried: [tried(15, 0.6, 3), tried(50, 0.5, 2.5), tried(150, 0.7, 2)],
  chosen: { all: 50, edges: 150 },
};
const T1: WeightChoice = {
  cell: cellNamed("unrolled_T1"),
  tried: [tried(0.03, 0.9), tried(0.1, 0.4), tried(0.3, 0.8)],
  chosen: { all: 0.1, edges: 0.1 },
};

Deno.test("weightsPart() shows the validation errors of every weight, and which of them chose it", () => {
  const part = weightsPart({ Network: [l1, T1] });
  assertStringIncludes(part, "### Network\n");
  for (
    const row of [
      "| L1 (baseline) | 15 | 0.600 | 3.000 | – |  |",
      "| L1 (baseline) | 50 | 0.500 | 2.500 | – | all pixels |",
      "| L1 (baseline) | 150 | 0.700 | 2.000 | – | occluded and near boundaries |",
      "| unrolled, T = 1 | 0.1 | 0.400 | – | – | all pixels; occluded and near boundaries |",
    ]
  ) assertStringIncludes(part, `${row}\n`);
});

Deno.test("weightsPart() names each chosen weight that is at the end of what was tried, and says when none is", () => {
  assertStringIncludes(
    weightsPart({ Network: [l1, T1] }),
    "**At the end of what was tried**, so that a better weight may lie beyond: L1 (baseline) (150).\n",
  );
  const low: WeightChoice = { ...T1, chosen: { all: 0.03, edges: 0.3 } };
  assertStringIncludes(
    weightsPart({ Network: [low] }),
    "beyond: unrolled, T = 1 (0.03); unrolled, T = 1 (0.3).\n",
  );
  assertStringIncludes(
    weightsPart({ Network: [T1] }),
    "No chosen weight is the smallest or the largest that was tried.\n",
  );
});

Deno.test("weightsPart() says which weights were given, and has no table without a choice", () => {
  const given = (name: string, all: number) => ({
    cell: cellNamed(name),
    tried: [],
    chosen: { all },
  });
  const part = weightsPart({ Network: [given("none", 0), given("l1", 50), given("tv", 0.1)] });
  assertStringIncludes(
    part,
    "Not chosen but given, one weight each: L1 (baseline) (50); TV on the same Sobel operator (0.1).\n",
  );
  assert(!part.includes("|") && !part.includes("At the end"));
  assertEquals(weightsPart({ Network: [] }), "");
});
