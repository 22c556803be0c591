import { assertEquals, assertThrows } from "@std/assert";
import { cellsOf } from "../../../commands/slurm/cells.ts";

const params = Deno.readTextFileSync("params.yaml");

Deno.test("cellsOf() makes every combination, the last parameter fastest", () => {
  assertEquals(cellsOf(["train.unroll_iterations=0,3", "train.border=zero,replicate"], params), [
    ["train.unroll_iterations=0", "train.border=zero"],
    ["train.unroll_iterations=0", "train.border=replicate"],
    ["train.unroll_iterations=3", "train.border=zero"],
    ["train.unroll_iterations=3", "train.border=replicate"],
  ]);
});

Deno.test("cellsOf() does not split lists", () => {
  assertEquals(
    cellsOf(["download.sources=[middlebury_sample,sintel_sample],[sintel_sample]"], params),
    [
      ["download.sources=[middlebury_sample,sintel_sample]"],
      ["download.sources=[sintel_sample]"],
    ],
  );
});

Deno.test("cellsOf() refuses what params.yaml would not take", () => {
  const refused: [string, string][] = [
    ["train.unroll_iteration=1", "Did you mean train.unroll_iterations?"],
    ["train.unroll_iterations=1,many", 'must be an integer from 0 to 64, got "many"'],
    ["train.border=zero,mirror", "must be one of zero, replicate"],
    ["train.unroll_iterations", 'Cannot sweep "train.unroll_iterations"'],
  ];
  for (const [setting, message] of refused) {
    assertThrows(() => cellsOf([setting], params), Error, message);
  }
});
