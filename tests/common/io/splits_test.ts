import { assertEquals, assertThrows } from "@std/assert";
import { parseScores } from "../../../pipeline/common/io/scores.ts";
import { formatSplits, parseSplits } from "../../../pipeline/common/io/splits.ts";

const splits = [
  { split: "scenes_test", dataset: "scenes", pairs: 48, truth: true },
  { split: "real_train", dataset: "", pairs: 0, truth: false },
];

Deno.test("parseSplits() reads what formatSplits() writes, and names what else it finds", () => {
  const text = formatSplits(splits);
  assertEquals(parseSplits(text, "splits.json"), splits);
  const cases: [from: string, to: string, message: string][] = [
    ['"splits": [', '"splits": 5, "x": [', "Cannot read splits.json: splits must be a list, got 5"],
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
  assertThrows(
    () => read('{"scenes": {"epe_px": null}}'),
    Error,
    "Cannot read results/evaluate/metrics.json: scenes.epe_px must be a number, got null. " +
      "Make it anew with: ./run dvc repro -f evaluate",
  );
  assertThrows(() => read('{"scenes": 3}'), Error, "scenes must be an object, got 3");
});
