/** sweep/params.yaml: weights that the table of tuning could not tell apart. */
import { assertEquals, assertThrows } from "@std/assert";
import { parseDocument } from "yaml";
import { parseSweepParams } from "../../stages/sweep_cells/params.ts";

const committed = Deno.readTextFileSync("sweep/params.yaml");

const withWeights = (weights: number[], term = "unrolled") => {
  const document = parseDocument(committed);
  document.setIn(["direct_cells", "weights", term], weights);
  return document.toString();
};

Deno.test("parseSweepParams() refuses tuning weights of more than six digits", () => {
  for (const weight of [0.30000001, 0.3333333, 1 / 3, 100.0001]) {
    for (const term of ["unrolled", "l1"]) {
      const { message } = assertThrows(
        () => parseSweepParams(withWeights([0.3, weight], term)),
        Error,
        `direct_cells.weights.${term}.1 must have at most six digits`,
      );
      assertEquals(message.includes(`got ${weight}`), true, message);
    }
  }
  const weights = [0.3, 0.300001, 0.333333, 1e-7, 999999, 1.5e-20];
  assertEquals(parseSweepParams(withWeights(weights)).direct_cells.weights.unrolled, weights);
});
