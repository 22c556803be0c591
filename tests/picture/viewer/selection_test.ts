import { assertEquals } from "@std/assert";
import { ViewerSelection } from "../../../pipeline/picture/viewer/selection.ts";
import { drawnPair } from "./_pair.ts";

const TWO = { spaced: 2, best: 2, worst: 2 };

function chosen(
  errors: (number | undefined)[],
  sizes?: ConstructorParameters<typeof ViewerSelection>[1],
) {
  const selection = new ViewerSelection(errors.length, sizes);
  errors.forEach((epe, i) => {
    const pair = drawnPair(`pair_${i}`, { width: 3, height: 2 });
    selection.add(pair, pair.flow!, epe);
  });
  return selection.pairs().map(({ name }) => Number(name.slice("pair_".length)));
}

Deno.test("ViewerSelection takes the best, the worst and some by place, in the order of the data set", () => {
  assertEquals(chosen([5, 9, 4, 3, 8, 6, 7, 2, 1], TWO), [0, 1, 4, 7, 8]);
  assertEquals(chosen([5, 4, 9, 3, 8, 1, 7], { spaced: 3, best: 0, worst: 0 }), [0, 2, 4]);
});

Deno.test("ViewerSelection takes a pair once, and all of a small data set", () => {
  assertEquals(chosen([1, 2, 3], TWO), [0, 1, 2]);
  assertEquals(chosen([3], TWO), [0]);
  assertEquals(chosen([], TWO), []);
});

Deno.test("ViewerSelection keeps the earlier of equal pairs, and ranks none without a score", () => {
  const sizes = { spaced: 0, best: 1, worst: 1 };
  assertEquals(chosen([2, 2, undefined, 2], sizes), [0]);
  assertEquals(chosen([undefined, 4, 2, 4, 2], sizes), [1, 2]);
  assertEquals(chosen([undefined, 1], { spaced: 1, best: 0, worst: 0 }), [0]);
});
