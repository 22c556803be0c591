/** What deno.json, and files beside it, could put in the place of a module. */
import {
  assertEquals,
  assertMatch,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { dirname, join } from "@std/path";
import config from "../../deno.json" with { type: "json" };
import { moduleGraph } from "../../commands/contract.ts";
import { Git } from "../../commands/lineage/git.ts";
import { moduleMapProblems } from "../../commands/module_map.ts";

const problems = (change: object, paths: string[] = []) =>
  moduleMapProblems(paths, JSON.stringify({ ...config, ...change }));
const withImport = (name: string, target: string) =>
  problems({ imports: { ...config.imports, [name]: target } });

Deno.test("the project's own deno.json redirects nothing", async () => {
  const paths = await new Git(".").workingFiles();
  assertEquals(moduleMapProblems(paths!, Deno.readTextFileSync("deno.json")), []);
});

Deno.test("an import that is not what it is called is named", async (t) => {
  const cases: [name: string, target: string][] = [
    ["./pipeline/score/metrics/errors.ts", "data:application/typescript,export const epe = 0"],
    ["./pipeline/score/metrics.ts", "./bench/metrics.ts"],
    ["./pipeline/", "./tools/"],
    ["zod", "npm:zod@^4.6.7"],
    ["zod", "npm:zod"],
    ["zod", "npm:yaml@2.9.1"],
    ["d3-array", "npm:d3@7.0.0"],
    ["zod", "https://example.org/zod.ts"],
    ["node:crypto", "npm:zod@4.6.7"],
    ["@fontsource/inter/", "npm:/pako@3.0.3/"],
    ["@std/path", "./pipeline/common/std/text.ts"],
    ["@std/path", "./pipeline/common/std/../path.ts"],
    ["@std/path", "./commands/path.ts"],
  ];
  for (const [name, target] of cases) {
    await t.step(`${name} → ${target}`, () => {
      assertEquals(withImport(name, target), [
        `deno.json puts ${target} in the place of "${name}": wanted is an exact version of the package ` +
        "of this name, or its door in ./pipeline/common/std/",
      ]);
    });
  }
  assertEquals(withImport("zod", "npm:zod@4.0.0-beta.1"), []);
});

Deno.test("keys that redirect modules, or may, are named", () => {
  for (const key of ["scopes", "importMap", "patch", "links", "vendor", "workspace", "unknown"]) {
    assertEquals(problems({ [key]: {} }), [`deno.json has ${key}, which can redirect modules`]);
  }
  assertEquals(problems({ compilerOptions: { strict: true, paths: {} } }), [
    "deno.json has compilerOptions.paths, which can redirect modules",
  ]);
  assertEquals(problems({ unstable: ["raw-imports", "sloppy-imports"] }), [
    'deno.json has unstable = ["raw-imports","sloppy-imports"], which can redirect modules: wanted is ["raw-imports"]',
  ]);
  assertEquals(problems({ lock: { path: "other.lock", frozen: false } }).length, 1);
  assertEquals(problems({ nodeModulesDir: "manual" }).length, 1);
  assertThrows(
    () => problems({ imports: { zod: 3 } }),
    Error,
    "Cannot read deno.json: imports.zod",
  );
});

Deno.test("another configuration above a program of a stage is named", () => {
  const paths = ["deno.json", "bench/peers/deno.json", "stages/deno.json", "package.json"];
  assertEquals(problems({}, paths), [
    "stages/deno.json can redirect modules of the stages, only deno.json is looked at",
    "package.json can redirect modules of the stages, only deno.json is looked at",
  ]);
  assertEquals(moduleMapProblems(["README.md"], undefined), []);
});

Deno.test("moduleGraph() names a module that is neither a file nor a package", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const entry = join(folder, "a.ts");
    await Deno.writeTextFile(entry, 'import "node:fs";\nimport "data:text/javascript,1";\n');
    await assertRejects(
      () => moduleGraph(entry),
      Error,
      `${entry} imports "data:text/javascript,1", which is neither a file of the repository nor a package`,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("tools/check_configuration.ts tells of redirected programs before any is loaded", async (t) => {
  const folder = await Deno.makeTempDir();
  const PATHS = ["tools/check_configuration.ts", "commands/redirections.ts"];
  const verdict = async (change: (text: string) => string) => {
    const text = await Deno.readTextFile("deno.json");
    await Deno.writeTextFile(join(folder, "deno.json"), change(text));
    const [line] = /deno run [^)]*check_configuration\.ts/.exec(await Deno.readTextFile("run"))!;
    const [, ...args] = line.replaceAll("\\\n", " ").split(/\s+/);
    const { code, stderr } = await new Deno.Command("deno", { args, cwd: folder }).output();
    return { code, stderr: new TextDecoder().decode(stderr) };
  };
  try {
    for (const path of [...PATHS, "pipeline/common/printable.ts", "deno.lock"]) {
      await Deno.mkdir(join(folder, dirname(path)), { recursive: true });
      await Deno.copyFile(path, join(folder, path));
    }
    const yaml = (target: string) => (text: string) => text.replace(/npm:yaml@[\d.]+/, target);
    assertEquals(await verdict((text) => text), { code: 0, stderr: "" });
    const cases: [name: string, change: (text: string) => string, problem: string][] = [
      [
        "a file",
        yaml("./evil.ts"),
        'deno.json puts ./evil.ts in the place of "yaml": wanted is an',
      ],
      [
        "another version",
        yaml("npm:yaml@0.0.1"),
        'deno.json puts npm:yaml@0.0.1 in the place of "yaml", which deno.lock does not pin.\n',
      ],
      [
        "any version",
        yaml("npm:yaml@^2.9.1"),
        'deno.json puts npm:yaml@^2.9.1 in the place of "yaml": ',
      ],
      [
        "no text",
        (text) => text.replace(/"npm:yaml@[\d.]+"/, "3"),
        'puts 3 in the place of "yaml"',
      ],
      ["no JSON", (text) => text.slice(1), "deno.json or deno.lock cannot be read ("],
      ["nothing", () => "null", "deno.json or deno.lock cannot be read ("],
    ];
    for (const [name, change, problem] of cases) {
      await t.step(name, async () => {
        const { code, stderr } = await verdict(change);
        assertEquals(code, 1);
        assertMatch(
          stderr,
          /^Cannot give a verdict: .*\n {2}.*\nRestore .*: git restore deno.json/,
        );
        assertStringIncludes(stderr, problem);
      });
    }
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
