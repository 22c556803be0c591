import { assertEquals } from "@std/assert";
import { flatten, image, table } from "../../pipeline/report/markdown.ts";

Deno.test("table() keeps texts in their cells", () => {
  assertEquals(
    table(["name", "value"], [["a|b", "1"], ["two\nlines", "2"]]),
    "| name | value |\n| --- | ---: |\n| a\\|b | 1 |\n| two lines | 2 |",
  );
});

Deno.test("image() escapes what would end the link", () => {
  assertEquals(image("a [b]", "../x y.png"), "![a b](../x%20y.png)");
});

Deno.test("flatten() gives dotted names in order", () => {
  assertEquals(flatten({ b: { c: 1, a: [1, 2] }, a: false, empty: "" }), [
    ["b.c", "1"],
    ["b.a", "1, 2"],
    ["a", "false"],
    ["empty", ""],
  ]);
});
