import { assertEquals, assertThrows } from "@std/assert";
import { datasetProblems, ofDatasets, validationPairs } from "../../pipeline/train/datasets.ts";
import { framesOf } from "./_frames.ts";

const pairs = ["sintel_clean", "sintel_final", "kitti2015", "sintel_final"].map((dataset, i) => ({
  name: `${dataset}/${i}`,
  scene: `${i}`,
  dataset,
  width: 2,
  height: 1,
  frame1: Uint8Array.of(i, 1, 1, i, 2, 2),
  frame2: Uint8Array.of(i, 3, 3, i, 4, 4),
}));
const source = framesOf(pairs);

Deno.test("ofDatasets() keeps the pairs of some data sets, with their frames", async () => {
  const some = ofDatasets(source, ["sintel_final"], "train");
  assertEquals(some.pairs.map(({ name }) => name), ["sintel_final/1", "sintel_final/3"]);
  assertEquals(await some.rows(some.pairs[1], "frame2", 0, 1), Uint8Array.of(3, 3, 3, 3, 4, 4));
  // The very same source, so that what is drawn stays as it was.
  assertEquals(ofDatasets(source, ["all"], "train"), source);
});

Deno.test("ofDatasets() and validationPairs() name what is not there, and what is", () => {
  assertThrows(
    () => ofDatasets(source, ["kitti2015", "chairs"], "pretrain"),
    Error,
    "Cannot use pretrain.real_datasets = kitti2015, chairs: of chairs there are no frames to train on. There are frames " +
      "to train on of kitti2015, sintel_clean, sintel_final: name one of these, or more sources in download.sources.",
  );
  assertEquals(validationPairs(pairs, { validation: "kitti2015" }, "train"), [pairs[2]]);
  assertThrows(
    () => validationPairs([], { validation: "sintel_final" }, "train"),
    Error,
    "Cannot use train.validation = sintel_final: of sintel_final there are no pairs with truth. There are pairs with " +
      "truth of no data set",
  );
});

Deno.test("datasetProblems()", () => {
  const plain = { real_datasets: ["all"], validation: "scenes" };
  assertEquals(datasetProblems("train", plain, 0), []);
  assertEquals(datasetProblems("train", { ...plain, validation: "kitti2015" }, 8), []);
  assertEquals(
    datasetProblems(
      "train",
      { real_datasets: ["all", "sintel_final"], validation: "kitti2015" },
      0,
    ),
    [
      "train.real_datasets must be all or names of data sets, got all, sintel_final.",
      "train.validation = kitti2015 needs pairs: preprocess.real_validation_pairs must be above 0, got 0.",
    ],
  );
});
