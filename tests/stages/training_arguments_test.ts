/** The folder of scenes that a training stage may be given. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { scenesFolder, trainingUsage } from "../../stages/training/arguments.ts";

Deno.test("scenesFolder() takes one folder or none", () => {
  assertEquals(scenesFolder([]), undefined);
  assertEquals(scenesFolder(["models/results/quick_scenes"]), "models/results/quick_scenes");
  assertThrows(
    () => scenesFolder(["a", "b", "c"]),
    Error,
    "One folder of scenes at most can be trained on, got also b c.",
  );
  assertStringIncludes(trainingUsage("train"), "./run dvc repro train");
});
