import { assertEquals, assertThrows } from "@std/assert";
import { cellOfStage } from "../../stages/sweep_cells/cell_of_stage.ts";

Deno.test("cellOfStage() takes the cell from the name that DVC gives its stage, from any folder", () => {
  const names = ["sweep/dvc.yaml:direct_plain@l1", "direct_unrolled@3", "direct_stop_gradient@0"];
  assertEquals(names.map((name) => cellOfStage(name, "direct").name), [
    "l1",
    "unrolled_T3",
    "unrolled_stop_gradient_T0",
  ]);
  assertEquals(cellOfStage("../sweep/dvc.yaml:train_plain@tv", "train").smoothness, "tv");
});

Deno.test("cellOfStage() refuses what names no cell of its experiment", () => {
  const other = [
    "sweep/dvc.yaml:train_plain@l1",
    "direct",
    "sweep/dvc.yaml:compare",
    "",
    undefined,
  ];
  for (const name of other) {
    assertThrows(
      () => cellOfStage(name, "direct"),
      Error,
      `DVC_STAGE must name one of direct, as in direct_plain@l1 or direct_unrolled@3, got ${
        JSON.stringify(name ?? "")
      }`,
    );
  }
  for (const value of ["l1; touch x; echo", "unrolled", "../l1", "l1\n", "$(touch x)", "'", ""]) {
    for (const kind of ["plain", "unrolled"]) {
      assertThrows(
        () => cellOfStage(`direct_${kind}@${value}`, "direct"),
        Error,
        "There is no cell",
      );
    }
  }
});
