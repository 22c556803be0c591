import { assertEquals } from "@std/assert";
import { flatten, heading, image, plain, table } from "../../pipeline/report/markdown.ts";

Deno.test("table() keeps texts in their cells", () => {
  assertEquals(
    table(["name", "value"], [["a|b", "1"], ["two\nlines", "2"]]),
    "| name | value |\n| --- | ---: |\n| a\\|b | 1 |\n| two lines | 2 |",
  );
});

Deno.test("plain() lets no name begin anything", () => {
  const cases: [name: string, text: string][] = [
    ["<img src=x onerror=alert(1)>", "\\<img src=x onerror=alert(1)\\>"],
    ["![x](http://e.org/y.png)", "!\\[x\\](http\\://e.org/y.png)"],
    ["a`b`|**c**~~d~~", "a\\`b\\`\\|\\*\\*c\\*\\*\\~\\~d\\~\\~"],
    ["\\| end", "\\\\\\| end"],
    ["a\r\n\n# b\u2028c", "a \\# b c"],
    ["_it_ snake_case_2 __b__", "\\_it\\_ snake_case_2 \\_\\_b\\_\\_"],
    ["&lt;b&gt; @me #1 $x$ :tada:", "\\&lt;b\\&gt; \\@me \\#1 \\$x\\$ \\:tada\\:"],
    ["www.example.org", "www\\.example.org"],
    ["a\u001b[31m\u202eb", "a\\\\u{1B}\\[31m\\\\u{202E}b"],
    ["market_5/frame_0002 (v1.2) 10 % − é", "market_5/frame_0002 (v1.2) 10 % − é"],
  ];
  for (const [name, text] of cases) assertEquals(plain(name), text);
});

Deno.test("heading() and image() take names as they are", () => {
  assertEquals(heading("a\n# b"), "## a \\# b");
  assertEquals(image("a [b]", "../x y.png"), "![a \\[b\\]](../x%20y.png)");
  assertEquals(image("a", "../x)(<y>'*.png"), "![a](../x%29%28%3Cy%3E%27%2A.png)");
});

Deno.test("flatten() gives dotted names in order", () => {
  assertEquals(flatten({ b: { c: 1, a: [1, 2] }, a: false, empty: "" }), [
    ["b.c", "1"],
    ["b.a", "1, 2"],
    ["a", "false"],
    ["empty", ""],
  ]);
});
