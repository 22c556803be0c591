/** The notice that a terminal shows until there is something to see. */
import { assert, assertEquals, assertLess } from "@std/assert";
import { stub } from "@std/testing/mock";
import { noticeOfCompiling } from "../../../commands/flow/compiling.ts";

/** What is written to standard error, a terminal or not, up to when something is seen and after that, twice. */
function written(terminal: boolean): string[][] {
  const texts: string[] = [];
  using _terminal = stub(Deno.stderr, "isTerminal", () => terminal);
  using _write = stub(Deno.stderr, "writeSync", (bytes) => {
    texts.push(new TextDecoder().decode(bytes));
    return bytes.length;
  });
  const seen = noticeOfCompiling();
  const before = texts.splice(0);
  seen();
  seen();
  return [before, texts];
}

Deno.test("noticeOfCompiling() shows one line on a terminal, and takes it away once", () => {
  const [before, after] = written(true);
  assertEquals(before.length, 1);
  assert(before[0].startsWith("Compiling kernels: ") && !before[0].includes("\n"), before[0]);
  assertLess(before[0].length, 80);
  assertEquals(after, ["\r\x1b[K"]);
});

Deno.test("noticeOfCompiling() says nothing where there is no terminal", () => {
  assertEquals(written(false), [[], []]);
});

Deno.test("noticeOfCompiling() outlives its terminal", () => {
  using _terminal = stub(Deno.stderr, "isTerminal", () => true);
  using _write = stub(Deno.stderr, "writeSync", () => {
    throw new Error("Input/output error");
  });
  noticeOfCompiling()();
});
