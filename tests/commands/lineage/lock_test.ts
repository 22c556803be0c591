/** dvc.lock, dvc.yaml and listings of DVC that are damaged or edited: the file, the place, and what was expected. */
import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { join } from "@std/path";
import { definedStages } from "../../../commands/lineage/definition.ts";
import { parseLock, parsePin } from "../../../commands/lineage/lock.ts";
import { ObjectStore } from "../../../commands/lineage/object_store.ts";
import { parseValues } from "../../../commands/lineage/values.ts";

const MD5 = "0123456789abcdef0123456789abcdef";
const LOCK = `schema: '2.0'
stages:
  train:
    cmd: deno run train.ts
    deps:
    - path: data
      hash: md5
      md5: ${MD5}.dir
      size: 5
      nfiles: 2
    params:
      params.yaml:
        train.steps: 3
`;

Deno.test("parseLock() reads what DVC writes", () => {
  assertEquals(parseLock(LOCK, "sweep/dvc.yaml", () => "sweep"), [{
    name: "train",
    pipeline: "sweep/dvc.yaml",
    lock: "sweep/dvc.lock",
    cmd: "deno run train.ts",
    deps: [{ path: "sweep/data", md5: `${MD5}.dir`, size: 5, nfiles: 2 }],
    outs: [],
    params: { "sweep/params.yaml": { "train.steps": 3 } },
  }]);
  assertEquals(parseLock("", "dvc.yaml", () => "."), []);
});

Deno.test("parseLock() and parsePin() name the place and how to get the file back", () => {
  const cases: [from: string, to: string, message: string][] = [
    [LOCK, "- a", 'it must be an object, got ["a"]'],
    ["stages:", "stages: 3\nother:", "stages must be an object, got 3"],
    ["path: data", "pfad: data", "stages.train.deps[0].path must be text, got nothing"],
    ["nfiles: 2", "nfiles: two", 'stages.train.deps[0].nfiles must be a number, got "two"'],
    ["train.steps: 3", "- 3", 'params["params.yaml"] must be an object, got [3]'],
    ["    cmd:", "    deps: []\n    cmd:", "Map keys must be unique at line 6, column 5"],
  ];
  for (const [from, to, message] of cases) {
    assertThrows(
      () => parseLock(LOCK.replace(from, to), "dvc.yaml", () => "."),
      Error,
      `Cannot read dvc.lock: ${message.startsWith("params[") ? "stages.train." : ""}${message}`,
    );
  }
  assertThrows(
    () => parsePin("outs: data", "data.dvc"),
    Error,
    'Cannot read data.dvc: outs must be a list, got "data". Get it back with: git checkout data.dvc',
  );
});

Deno.test("definedStages() names the place in dvc.yaml, and in the files of its parameters", async () => {
  const read = (text: string, params = "lists: [1]\n") =>
    definedStages(text, "dvc.yaml", () => Promise.resolve(params));
  const cases: [text: string, message: string, params?: string][] = [
    ["stages: [a]", 'stages must be an object, got ["a"]'],
    ["stages: {a: {deps: b}}", 'stages.a.deps must be a list, got "b"'],
    [
      "stages: {a: {outs: [[b]]}}",
      'stages.a.outs[0] must be text, or text with more about it, got ["b"]',
    ],
    ["stages: {a: {matrix: {x: 3}}}", "in its matrix of stage a, x must be a list, got 3"],
    ["stages: {a: {matrix: {x: '${none}'}}}", 'x must be a list, got "${none}"'],
    ["stages: {a: *b}", "Unresolved alias"],
  ];
  for (const [text, message] of cases) {
    await assertRejects(() => read(text), Error, "Cannot read dvc.yaml: ");
    await assertRejects(() => read(text), Error, message);
  }
  await assertRejects(
    () => read("", "- 1"),
    Error,
    "Cannot read params.yaml: it must be an object",
  );
  assertEquals((await read("stages: {a: {matrix: {x: '${lists}'}}}"))[0].name, "a@1");
});

Deno.test("ObjectStore names a damaged listing", async () => {
  const root = await Deno.makeTempDir();
  const folder = join(root, ".dvc/cache/files/md5/01");
  await Deno.mkdir(folder, { recursive: true });
  const listing = join(folder, `${MD5.slice(2)}.dir`);
  const store = await ObjectStore.open(root);
  for (
    const [text, message] of [['[{"md5": "0"}]', "[0].relpath must be text"], ["[", "not JSON"]]
  ) {
    await Deno.writeTextFile(listing, text);
    await assertRejects(() => store.entries(`${MD5}.dir`), Error, `Cannot read ${listing}: `);
    await assertRejects(() => store.entries(`${MD5}.dir`), Error, message);
  }
  await Deno.remove(root, { recursive: true });
});

Deno.test("parseValues() takes an object and nothing else", () => {
  assertEquals(parseValues('{"a": [1, null]}', "adapter.json"), { a: [1, null] });
  assertThrows(
    () => parseValues("3", "adapter.json"),
    Error,
    "Cannot read adapter.json: it must be an",
  );
});
