import { assert, assertEquals, assertThrows } from "@std/assert";
import { joinModules, PAGE_SCRIPT } from "../../pipeline/report/script.ts";

Deno.test("joinModules() makes one scope of modules that import those before them", () => {
  const joined = joinModules({
    one: `export function one() {\n  return 1;\n}\n`,
    two:
      `import { one } from "./one.js";\n\nexport async function two() {\n  return one() + 1;\n}\n`,
  });
  assertEquals(
    joined,
    `function one() {\n  return 1;\n}\n\n\nasync function two() {\n  return one() + 1;\n}\n`,
  );
});

Deno.test("joinModules() refuses a module whose import does not stand before it", () => {
  const modules = { two: `import { one } from "./one.js";\n`, one: `export const one = 1;\n` };
  assertThrows(
    () => joinModules(modules),
    Error,
    "two.js: it imports one.js, which must stand before",
  );
});

Deno.test("PAGE_SCRIPT imports nothing and can stand in a page", () => {
  assert(!/^(import|export)\b/m.test(PAGE_SCRIPT));
  assert(!/<\/script|<!--/i.test(PAGE_SCRIPT));
});
