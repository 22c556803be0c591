/** Arguments: what was asked for comes back, and whatever else was typed is named, never taken for something else. */
import { assertEquals } from "@std/assert";
import { givenArguments } from "../../commands/given_arguments.ts";

const given = (...args: string[]) =>
  givenArguments(args, {
    texts: ["out", "scale"],
    lists: ["set-param"],
    switches: ["backward", "dry-run"],
    letters: { "set-param": "S" },
    names: true,
  });

Deno.test("givenArguments() gives texts, lists, switches and names, each as it was typed", () => {
  assertEquals(given(), {
    texts: {},
    lists: { "set-param": [] },
    switches: { backward: false, "dry-run": false },
    names: [],
  });
  assertEquals(
    given("007", "--out", "a=b", "-S", "x.y=1,2", "--dry-run", "true", "-Sz=3", "--set-param=w=4"),
    {
      texts: { out: "a=b" },
      lists: { "set-param": ["x.y=1,2", "z=3", "w=4"] },
      switches: { backward: false, "dry-run": true },
      names: ["007", "true"],
    },
  );
  const after = given("--scale=-1", "--", "--out", "-");
  assertEquals(typeof after === "object" && "names" in after && [after.names, after.texts], [
    ["--out", "-"],
    { scale: "-1" },
  ]);
  for (const help of [["--help"], ["-h", "x"], ["--fast", "--help"]]) {
    assertEquals(given(...help), "help");
  }
});

Deno.test("givenArguments() says what is wrong, the first of it", () => {
  for (
    const [args, wrong] of [
      [["--fast=1", "--slow"], "Unknown argument --fast=1."],
      [["a", "-x"], "Unknown argument -x."],
      [["-1"], "Unknown argument -1."],
      [["--no-backward"], "Unknown argument --no-backward."],
      [["--__proto__", "x"], "Unknown argument --__proto__."],
      [["--constructor=x"], "Unknown argument --constructor=x."],
      [["--out", "a", "--out", "b"], "--out is given twice."],
      [["--out"], "--out needs a value."],
      [["--out="], "--out needs a value."],
      [["--out", ""], "--out needs a value."],
      [["-S"], "-S needs a value."],
      [["--out", "--backward"], "--out needs a value, got --backward."],
      [["--scale", "-1"], "--scale needs a value, got -1."],
      [["--backward=false"], '--backward takes no value, got "false".'],
      [["--backward="], '--backward takes no value, got "".'],
      [["a", ""], "An argument is empty."],
    ] as [string[], string][]
  ) {
    assertEquals(given(...args), { wrong }, args.join(" "));
  }
  assertEquals(givenArguments(["a"], {}), { wrong: "Unknown argument a." });
});
