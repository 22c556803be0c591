import { assert, assertEquals, assertThrows } from "@std/assert";
import { z } from "zod";
import { parseJson } from "../../../pipeline/common/io/json.ts";
import { jsonProblem } from "../../../pipeline/common/io/json_syntax.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

const schema = z.object({
  sources: z.array(z.strictObject({ name: z.string(), bytes: z.int().min(0) })),
});
const read = (content: string | Uint8Array) =>
  parseJson(content, schema, { file: "list.json", mend: "Write it anew." });

Deno.test("parseJson() gives what the schema says", () => {
  const text = '\n{"sources": [{"name": "a\\u00e9", "bytes": 3e2}]}\t';
  const wanted = { sources: [{ name: "aé", bytes: 300 }] };
  assertEquals(read(text), wanted);
  assertEquals(read(new TextEncoder().encode(text)), wanted);
});

Deno.test("parseJson() names the file, the place, what was expected and what to do", async (t) => {
  const cases: [text: string, message: string][] = [
    ["", "it is not JSON (line 1, column 1: expected a value, the text ends)"],
    ['{"sources": [', "it is not JSON (line 1, column 14: expected a value or ], the text ends)"],
    ['{"sources":\n  [1,]}', 'it is not JSON (line 2, column 6: expected a value, got "]")'],
    [
      "{'sources': 1}",
      `it is not JSON (line 1, column 2: expected a key in double quotes or }, got "'")`,
    ],
    ['{"a": 1 "b": 2}', "line 1, column 9: expected a comma or the end of the list or object"],
    ['{"a": 1} x', 'line 1, column 10: expected nothing more, got "x"'],
    ['{"a": NaN}', 'line 1, column 7: expected a value, got "NaN"'],
    ['{"a": 01}', "line 1, column 8: expected a comma"],
    ['{"a": "b', "a text in double quotes does not end"],
    ['{"a": "\\x"}', "line 1, column 8: a backslash begins no character"],
    ['{"a": "b\nc"}', "a control character must not stand in a text"],
    ['{"a": 1e999}', "the number 1e999 is too large"],
    ['{"a": 1,\n "\\u0061": 2}', 'line 2, column 2: the key "\\u0061" stands there twice'],
    ['{"__proto__": {}}', "the key __proto__ is not allowed"],
    ["[".repeat(100_000), "line 1, column 65: it is nested deeper than 64 times"],
    ["[1}", 'expected a comma or the end of the list or object, got "}"'],
    ["null", "it must be an object, got null. Write it anew."],
    ["{}", "sources must be a list, got nothing"],
    ['{"sources": {"0": 1}}', 'sources must be a list, got {"0":1}'],
    ['{"sources": [{"name": 5, "bytes": 1}]}', "sources[0].name must be text, got 5"],
    ['{"sources": [{"name": "", "bytes": 1.5}]}', "bytes must be a whole number, got 1.5"],
    ['{"sources": [{"name": "", "bytes": -1}]}', "bytes must be at least 0, got -1"],
    ['{"sources": [{"name": "", "bytes": 1, "x y": 2}]}', 'sources[0] must not hold "x y"'],
  ];
  for (const [text, message] of cases) {
    await t.step(message, () => {
      const error = assertThrows(() => read(text), Error, message);
      assert(error.message.startsWith("Cannot read list.json: "), error.message);
      assert(error.message.endsWith(" Write it anew."), error.message);
    });
  }
  await t.step("bytes that are not UTF-8", () => {
    const bytes = Uint8Array.of(0x7b, 0xff, 0x7d);
    assertThrows(() => read(bytes), Error, "Cannot read list.json: it is not UTF-8 text.");
  });
  await t.step("a part of a file, with a key that is no plain word", () => {
    const source = { file: "m.safetensors", part: "header" };
    assertThrows(
      () => parseJson('{"a/\\u001b[2J": 5}', z.record(z.string(), z.string()), source),
      Error,
      'Cannot read m.safetensors: in its header, ["a/\\u001b[2J"] must be text, got 5.',
    );
  });
});

Deno.test("jsonProblem() refuses what JSON.parse refuses, and no more than equal keys and the like", () => {
  const text = '{"a":[1,-2.5e-3,true,null,{"b":"x\\n\\u00e9\\"","c":{}}],"d":[],"":0}';
  const alphabet = '{}[]:,"\\ 01-.eEtrufalsn\n\u0000\u00e9';
  const rng = new Rng(5);
  const pick = (length: number) => rng.uint32() % length;
  let refused = 0, accepted = 0;
  for (let i = 0; i < 20_000; i++) {
    const at = pick(text.length), cut = pick(3);
    const put = alphabet[pick(alphabet.length)].repeat(pick(2));
    const mutated = text.slice(0, at) + put + text.slice(at + cut);
    const problem = jsonProblem(mutated);
    let taken = true;
    try {
      JSON.parse(mutated);
    } catch {
      taken = false;
    }
    const stricter = problem && /twice|too large/.test(problem.what);
    if (!stricter) assertEquals(problem === undefined, taken, mutated);
    if (taken) accepted++;
    else refused++;
  }
  assert(refused > 5000 && accepted > 2000, `${refused} refused, ${accepted} accepted`);
});

Deno.test("the library, and what reads the files of DVC, takes JSON by parseJson() alone", async () => {
  // A checkpoint is parsed after its SHA-256 was compared: what arrives there is what was written.
  const own = /pipeline\/(common\/io\/json(_syntax)?|train\/checkpoint)\.ts$/;
  const others: string[] = [];
  const look = async (folder: string): Promise<void> => {
    for await (const { name, isDirectory } of Deno.readDir(folder)) {
      const path = `${folder}/${name}`;
      if (isDirectory) await look(path);
      else if (path.endsWith(".ts") && !own.test(path)) {
        if ((await Deno.readTextFile(path)).includes("JSON.parse(")) others.push(path);
      }
    }
  };
  for (const folder of ["pipeline", "commands/lineage", "commands/verify"]) await look(folder);
  assertEquals(others, []);
});
