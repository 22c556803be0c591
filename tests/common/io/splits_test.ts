import { assertEquals, assertThrows } from "@std/assert";
import { parseMadeByKey } from "../../../pipeline/common/io/made_by.ts";
import { parseScores } from "../../../pipeline/common/io/scores.ts";
import { formatSplits, parseSplits } from "../../../pipeline/common/io/splits.ts";

const splits = [
  { split: "scenes_test", dataset: "scenes", pairs: 48, truth: true },
  { split: "real_train", dataset: "", pairs: 0, truth: false },
];
const madeBy = { preprocess: { seed: 1, holdout_share: 0.25 } };

Deno.test("parseSplits() reads what formatSplits() writes, and names what else it finds", () => {
  const text = formatSplits(splits, madeBy);
  assertEquals(parseSplits(text, "splits.json"), splits);
  assertEquals(parseMadeByKey(text, "splits.json"), madeBy);
  const cases: [from: string, to: string, message: string][] = [
    ['"splits": [', '"splits": 5, "x": [', "Cannot read splits.json: splits must be a list, got 5"],
    ['"seed": 1', '"seed": ', "Cannot read splits.json: it is not JSON"],
    ['"made_by": {', '"made_by": 3, "x": {', "made_by must be an object, got 3"],
    ["48", "-48", "splits[0].pairs must be at least 0, got -48"],
    ["true", '"true"', 'splits[0].truth must be true or false, got "true"'],
    ['"scenes_test"', '"../x"', 'splits[0].split must be the name of a split, got "../x"'],
    [
      '"real_train"',
      '"scenes_test"',
      "Cannot read splits.json: it lists the split scenes_test twice.",
    ],
    ['"pairs": 0,', "", "splits[1].pairs must be a number, got nothing"],
  ];
  for (const [from, to, message] of cases) {
    assertThrows(() => parseSplits(text.replace(from, to), "splits.json"), Error, message);
  }
});

Deno.test("parseScores() takes numbers by data set and nothing else", () => {
  const read = (text: string) => parseScores(text, "results/evaluate/metrics.json", "evaluate");
  assertEquals(read('{"scenes": {"epe_px": 1.5}, "none": {}}'), {
    scenes: { epe_px: 1.5 },
    none: {},
  });
  assertEquals(read('{"scenes": {"epe_px": 1.5}, "made_by": {"direct": {"border": "zero"}}}'), {
    scenes: { epe_px: 1.5 },
  });
  assertThrows(
    () => read('{"scenes": {}, "made_by": {"direct": 3}}'),
    Error,
    "made_by.direct must be an object, got 3",
  );
  assertThrows(
    () => read('{"scenes": {"epe_px": null}}'),
    Error,
    "Cannot read results/evaluate/metrics.json: scenes.epe_px must be a number, got null. " +
      "Make it anew with: ./run dvc repro -f evaluate",
  );
  assertThrows(() => read('{"scenes": 3}'), Error, "scenes must be an object, got 3");
});
