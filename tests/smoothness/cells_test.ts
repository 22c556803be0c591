import { assertEquals, assertThrows } from "@std/assert";
import { parseParams } from "../../stages/check/params.ts";
import { cellNamed, cellsOf, costOf } from "../../pipeline/smoothness/cells.ts";

const { direct } = parseParams(Deno.readTextFileSync("params.yaml"));

Deno.test("cellNamed() reads all of a cell from its name", () => {
  assertEquals(cellNamed("l1"), {
    name: "l1",
    label: "L1 (baseline)",
    smoothness: "l1",
    stopGradient: false,
  });
  assertEquals(cellNamed("unrolled_T12"), {
    name: "unrolled_T12",
    label: "unrolled, T = 12",
    smoothness: "unrolled",
    unrollIterations: 12,
    stopGradient: false,
  });
  const { label, unrollIterations, stopGradient } = cellNamed("unrolled_stop_gradient_T3");
  assertEquals(label, "unrolled, T = 3, gradient stopped");
  assertEquals([unrollIterations, stopGradient], [3, true]);
  for (const wrong of ["unrolled", "unrolled_T", "l2", "l1_T3", "l1_seed1", ""]) {
    assertThrows(() => cellNamed(wrong), Error, `There is no cell "${wrong}"`);
  }
});

Deno.test("cellsOf() lists what the parameters ask for, T rising", () => {
  const cells = cellsOf({
    smoothness: ["tv", "none"],
    unroll_iterations: [7, 0],
    stop_gradient_iterations: [3],
  });
  assertEquals(cells.map(({ name }) => name), [
    "none",
    "tv",
    "unrolled_T0",
    "unrolled_T7",
    "unrolled_stop_gradient_T3",
  ]);
  assertEquals(
    cellsOf({ smoothness: ["l1"], unroll_iterations: [1] }).map(({ name }) => name),
    ["l1", "unrolled_T1"],
  );
});

Deno.test("costOf() puts the weight where the kind of smoothness has it", () => {
  const tuned = { weight: 0.3, edgeAlpha: 9 };
  const { eta, order, border } = direct;
  assertEquals(costOf(cellNamed("unrolled_T3"), direct, tuned), {
    smoothness: "unrolled",
    unroll_iterations: 3,
    rho: 0.3,
    lambda: 0.3,
    eta,
    edge_alpha: 9,
    order,
    border,
    stop_gradient: false,
    w_smooth: 1,
  });
  assertEquals(costOf(cellNamed("tv"), direct, tuned), {
    smoothness: "tv",
    unroll_iterations: 0,
    rho: 1,
    lambda: 1,
    eta,
    edge_alpha: 9,
    order,
    border,
    stop_gradient: false,
    w_smooth: 0.3,
  });
});
