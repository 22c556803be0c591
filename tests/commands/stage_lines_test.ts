import { assertEquals } from "@std/assert";
import {
  otherWarnings,
  pulledStages,
  readableTime,
  StageLines,
} from "../../commands/reproduce/stage_lines.ts";

/** What is printed for the output of `dvc repro`; a number among it is seconds that pass. */
function linesFor(
  output: (string | number)[],
  { pulled = [], end = "ran" }: { pulled?: string[]; end?: "ran" | "failed" | "stopped" } = {},
) {
  const printed: string[] = [];
  let now = 5000;
  const lines = new StageLines({
    print: (line) => printed.push(line),
    now: () => now,
    pulled: new Set(pulled),
  });
  for (const line of output) {
    if (typeof line === "number") now += 1000 * line;
    else lines.add(line);
  }
  lines.end(end);
  return { printed, lockChanged: lines.lockChanged, ran: lines.ran };
}

Deno.test("StageLines says a line a stage where nothing has changed", () => {
  const { printed, lockChanged } = linesFor([
    "'data.dvc' didn't change, skipping",
    "Stage 'download' didn't change, skipping",
    "Stage 'models/dvc.yaml:quick_scenes' didn't change, skipping",
    "Stage 'train' didn't change, skipping",
    "Data and pipelines are up to date.",
  ], { pulled: ["data", "train"] });
  assertEquals(printed, [
    "data                 pulled",
    "download             up to date",
    "models:quick_scenes  up to date",
    "train                pulled",
  ]);
  assertEquals(lockChanged, false);
});

Deno.test("StageLines times each stage that runs, and hides its command", () => {
  const { printed, lockChanged, ran } = linesFor([
    "Running stage 'train':",
    "> deno run --no-prompt stages/train/train.ts",
    "> deno run stages/second.ts",
    83,
    "Updating lock file 'dvc.lock'",
    "",
    "Running stage 'evaluate':",
    "> deno run stages/evaluate/evaluate.ts",
    2.6,
    "",
    "Stage 'report' is cached - skipping run, checking out outputs",
    "",
    "To track the changes with git, run:",
    "",
    "\tgit add dvc.lock",
    "",
    "To enable auto staging, run:",
    "",
    "\tdvc config core.autostage true",
    "Use `dvc push` to send your updates to remote storage.",
  ]);
  assertEquals(printed, [
    "train                ran, 1m 23s",
    "evaluate             ran, 3s",
    "report               from the cache",
  ]);
  assertEquals([lockChanged, ran], [true, ["train", "evaluate"]]);
});

Deno.test("StageLines passes through what it does not know, with the blank lines before it", () => {
  const { printed } = linesFor([
    "Stage 'download' didn't change, skipping",
    "Running stage 'train':",
    "> deno run stages/train/train.ts",
    "a word of the stage",
    "",
    "> quoted by the stage",
    4,
    "Running stage 'sweep@0.5':",
    "> deno run stages/sweep/compare.ts",
    "What a later DVC says",
  ]);
  assertEquals(printed, [
    "download             up to date",
    "a word of the stage",
    "",
    "> quoted by the stage",
    "train                ran, 4s",
    "What a later DVC says",
    "sweep@0.5            ran, 1s",
  ]);
});

Deno.test("StageLines names the stage at which a run ended", () => {
  const output = ["Running stage 'train':", "> deno run stages/train/train.ts", 12];
  assertEquals(linesFor(output, { end: "failed" }).printed, ["train                failed, 12s"]);
  assertEquals(linesFor(output, { end: "stopped" }).printed, ["train                stopped, 12s"]);
  assertEquals(linesFor(output, { end: "failed" }).ran, []);
});

Deno.test("pulledStages() finds the stages in what dvc pull prints", () => {
  const output = "A       data/\nM       results/train/model.safetensors\n" +
    "A\tresults/direct/pictures/\nD       results/gone/\n21 files fetched and 16 files added\n";
  assertEquals([...pulledStages(output)], ["data", "train", "direct"]);
});

Deno.test("otherWarnings() leaves out only what is not pushed", () => {
  const md5 = "7cbb845d74f102ef95e08f76c25f470c";
  const errors = "WARNING: Some of the cache files do not exist neither locally nor on remote. " +
    `Missing cache files:\nmd5: ${md5}.dir\nname: results/report/index.html, md5: ${md5}\n` +
    "WARNING: the disk is nearly full\n";
  assertEquals(otherWarnings(errors), "WARNING: the disk is nearly full");
});

Deno.test("readableTime() rounds to whole seconds, at least one", () => {
  assertEquals([0, 1499, 61_500, 3_600_000].map(readableTime), ["1s", "1s", "1m 2s", "1h"]);
});
