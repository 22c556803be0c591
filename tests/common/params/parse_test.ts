import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { parseSection, parseSections } from "../../../pipeline/common/params/parse.ts";
import {
  distinct,
  groupOrNone,
  number,
  section,
  text,
} from "../../../pipeline/common/params/rules.ts";

const schema = section({
  rho: number(0, 10),
  names: distinct(text("must be text"), "names"),
});
const good = "fit:\n  rho: 0.5\n  names: [a]\nother: [anything]\n";
const refusal = (content: string | Uint8Array) =>
  assertThrows(() => parseSection(content, "fit", schema), Error).message;

Deno.test("parseSection() reads one section and does not look at the others", () => {
  assertEquals(parseSection(good, "fit", schema), { rho: 0.5, names: ["a"] });
  assertEquals(parseSection(new TextEncoder().encode(good), "fit", schema).rho, 0.5);
});

Deno.test("parseSection() shows values as they stand in the file", () => {
  const cases = [[".nan", ".nan"], ["-.inf", "-.inf"], ["[1, .inf]", '[1,".inf"]'], [
    "null",
    "null",
  ]];
  for (const [given, shown] of cases) {
    assertStringIncludes(
      refusal(good.replace("0.5", given)),
      `fit.rho must be a number from 0 to 10, got ${shown}.`,
    );
  }
  assertStringIncludes(
    refusal(good.replace("  rho: 0.5\n", "")),
    "fit.rho is missing: it must be a",
  );
  assertStringIncludes(refusal(good.replace("rho", "roh")), "Did you mean fit.rho?");
});

Deno.test("parseSection() takes the word none or a whole group, and names what is wrong in it", () => {
  const outer = section({ pass: groupOrNone({ weight: number(0, 1), from: number(0, 9) }) });
  const read = (value: string) => parseSection(`fit:\n  pass: ${value}\n`, "fit", outer).pass;
  assertEquals(read("none"), "none");
  assertEquals(read("\n    weight: 0.5\n    from: 3"), { weight: 0.5, from: 3 });
  const cases: [value: string, sentences: string[]][] = [
    ["3", ["fit.pass must be none, or a group of `key: value` lines, got 3."]],
    ["[none]", ['fit.pass must be none, or a group of `key: value` lines, got ["none"].']],
    ["true", ["fit.pass must be none, or a group of `key: value` lines, got true."]],
    ["", ["fit.pass must be none, or a group of `key: value` lines, got null."]],
    ["None", ['fit.pass must be none, or a group of `key: value` lines, got "None".']],
    ["{weight: 0.5}", ["fit.pass.from is missing: it must be a number from 0 to 9."]],
    ["{weight: 2, from: 3}", ["fit.pass.weight must be a number from 0 to 1, got 2."]],
    ["{weight: 1, form: 3}", [
      "fit.pass.from is missing: it must be a number from 0 to 9.",
      "fit.pass.form is not a parameter. Did you mean fit.pass.from?",
    ]],
  ];
  for (const [value, sentences] of cases) {
    const message = assertThrows(() => read(value), Error).message;
    assertEquals(message.split("\n  ").slice(1), sentences);
  }
  const missing = assertThrows(() => parseSection("fit: {}\n", "fit", outer), Error).message;
  assertStringIncludes(missing, "fit.pass is missing: it must be none, or a group of");
});

Deno.test("parseSection() and parseSections() refuse what is no mapping of sections", () => {
  for (const outer of ["- a\n", "a text\n", "", "5\n"]) {
    assertStringIncludes(refusal(outer), "Cannot use params.yaml: one value is not allowed");
    assertStringIncludes(refusal(outer), "the file must consist of sections, got ");
    assertThrows(() => parseSections(outer, { fit: schema }), Error, "must consist of sections");
  }
  assertStringIncludes(
    refusal("fit: 3\n"),
    "fit must be a section, a list of `key: value` lines, got 3.",
  );
  assertStringIncludes(refusal("other: {}\n"), "fit is missing");
});

Deno.test("parseSection() says where the file is not plain YAML", () => {
  const cases: [content: string | Uint8Array, message: string][] = [
    ["fit:\n  rho: 1\n  rho: 2\n", "Map keys must be unique at line 3, column 3"],
    ["fit: {\n", "line 2, column 1"],
    [good + "---\n" + good, "multiple documents"],
    [good.replace("0.5", "!ratio 1/2"), "Unresolved tag: !ratio at line 2"],
    [good.replace("0.5", "*none"), "Unresolved alias"],
    [Uint8Array.of(0x66, 0x3a, 0x20, 0xc3, 0x28), "Cannot read params.yaml: it is not UTF-8 text."],
  ];
  for (const [content, message] of cases) {
    const found = refusal(content);
    assertStringIncludes(found, "Cannot read params.yaml: ");
    assertStringIncludes(found, message);
  }
});

Deno.test("parseSection() does not unfold aliases without end", () => {
  const lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 12; i++) {
    lines.push(`a${i}: &a${i} [${Array(9).fill(`*a${i - 1}`).join(", ")}]`);
  }
  assertStringIncludes(refusal(lines.join("\n")), "Cannot read params.yaml: Excessive alias count");
  assertStringIncludes(
    refusal("fit: &fit\n  rho: *fit\n  names: []\n"),
    "fit.rho must be a number from 0 to 10, got a value that holds itself.",
  );
  assertEquals(parseSection("x: &x [a, b]\nfit:\n  rho: 1\n  names: *x\n", "fit", schema).names, [
    "a",
    "b",
  ]);
});
