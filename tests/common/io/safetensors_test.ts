import { assert, assertEquals, assertMatch, assertStringIncludes, assertThrows } from "@std/assert";
import {
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from "../../../pipeline/common/io/safetensors.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { mutate } from "./_mutate.ts";

/** A file of any header over so many bytes of data, each of them its own place. */
function fileOf(header: unknown, dataBytes: number): Uint8Array<ArrayBuffer> {
  const text = typeof header === "string" ? header : JSON.stringify(header);
  const bytes = new TextEncoder().encode(text);
  const file = new Uint8Array(8 + bytes.length + dataBytes);
  new DataView(file.buffer).setBigUint64(0, BigInt(bytes.length), true);
  file.set(bytes, 8);
  file.set(Uint8Array.from({ length: dataBytes }, (_, i) => i), 8 + bytes.length);
  return file;
}

const entry = (from: number, to: number, shape: unknown = [to - from], dtype: unknown = "U8") => ({
  dtype,
  shape,
  data_offsets: [from, to],
});
const problem = (bytes: Uint8Array) =>
  assertThrows(() => readSafetensors(bytes, "m.safetensors", "Get another."), Error).message;

Deno.test("writeSafetensors() and readSafetensors() are inverse", () => {
  const tensors: [string, NamedTensor][] = [
    ["odd", { shape: [3], data: Uint8Array.of(1, 2, 3) }],
    ["a/weight", { shape: [2, 1], data: Float32Array.of(0.5, -NaN) }],
    ["scalar", { shape: [], data: Float64Array.of(1 / 3) }],
    ["none", { shape: [0, 7], data: new Int32Array(0) }],
    ["é", { shape: [1], data: Int32Array.of(-5) }],
  ];
  const bytes = writeSafetensors(tensors, { note: "ü\u0000" });
  const file = readSafetensors(bytes, "m");
  assertEquals([...file.tensors], tensors);
  assertEquals(file.metadata, { note: "ü\u0000" });
  assertEquals(writeSafetensors(file.tensors, file.metadata), bytes);
  // Wherever the bytes stand in their buffer.
  const moved = new Uint8Array(bytes.length + 3);
  moved.set(bytes, 3);
  assertEquals([...readSafetensors(moved.subarray(3), "m").tensors], tensors);
});

Deno.test("readSafetensors() gives views, so that a large file is in memory once", () => {
  const bytes = writeSafetensors([["a", { shape: [4], data: new Float32Array(4) }]]);
  const { data } = readSafetensors(bytes, "m").tensors.get("a")!;
  assertEquals(data.buffer, bytes.buffer);
  bytes.set(Uint8Array.of(0, 0, 0x80, 0x3f), bytes.length - 4);
  assertEquals([...data], [0, 0, 0, 1]);
});

Deno.test("writeSafetensors() refuses a name that is given twice, and a shape that does not fit", () => {
  const tensor = { shape: [1], data: new Uint8Array(1) };
  assertThrows(() => writeSafetensors([["a", tensor], ["a", tensor]]), Error, "tensor a: the name");
  assertThrows(() => writeSafetensors([["__metadata__", tensor]]), Error, "the name is taken");
  assertThrows(
    () => writeSafetensors([["a", { ...tensor, shape: [2] }]]),
    Error,
    "shape [2] and 1 values disagree",
  );
});

Deno.test("readSafetensors() says what is wrong with a header", async (t) => {
  const cases: [header: unknown, message: string][] = [
    [[1, 2], "in its header, it must be an object, got [1,2]"],
    ['"text"', 'in its header, it must be an object, got "text"'],
    ["nonsense", "in its header, it is not JSON (line 1, column 1: expected a value"],
    ['{"a": 1, "a": 2}', 'line 1, column 10: the key "a" stands there twice'],
    [{ a: null }, "in its header, a must be an object, got null"],
    [
      { a: { ...entry(0, 4), dtype: undefined } },
      'a.dtype must be "F32" or "F64" or "I32" or "U8"',
    ],
    [{ "a/b": entry(0, 4, [2], "F16") }, '["a/b"].dtype must be "F32" or "F64"'],
    [{ a: entry(0, 4, [1], "toString") }, 'a.dtype must be "F32"'],
    [{ a: { ...entry(0, 4), shape: undefined } }, "a.shape must be a list, got nothing"],
    [
      { a: { dtype: "U8", shape: [4] } },
      "a.data_offsets must be a list of two numbers, got nothing",
    ],
    [
      { a: { ...entry(0, 4), data_offsets: [0, 4, 4] } },
      "must be a list of two numbers, got [0,4,4]",
    ],
    [{ a: { ...entry(0, 4), data_offsets: [0.5, 4] } }, "a.data_offsets[0] must be a whole number"],
    [{ a: entry(0, 4, [-2, -2]) }, "a.shape[0] must be at least 0, got -2"],
    [{ a: entry(0, 4, [1.5]) }, "a.shape[0] must be a whole number, got 1.5"],
    [{ a: entry(0, 4, [1e300]) }, "a.shape[0] must be"],
    [{ a: entry(0, 4, [2 ** 40, 2 ** 40, 2 ** 40]) }, "takes 1.329227995784916e+36 bytes"],
    [{ __metadata__: 5 }, "__metadata__ must be an object, got 5"],
    [{ __metadata__: { a: 1 } }, "__metadata__.a must be text, got 1"],
  ];
  for (const [header, message] of cases) {
    await t.step(message, () => {
      const found = problem(fileOf(header, 4));
      assert(found.startsWith("Cannot read m.safetensors: "), found);
      assertStringIncludes(found, message);
      assert(found.endsWith(" Get another."), found);
    });
  }
});

Deno.test("readSafetensors() asks every byte of the data to belong to one tensor", async (t) => {
  const cases: [header: unknown, dataBytes: number, message: string][] = [
    [
      { a: entry(0, 4), b: entry(3, 6) },
      6,
      'tensor "b" begins at byte 3 of the data, inside tensor "a"',
    ],
    [
      { b: entry(4, 6), a: entry(0, 3) },
      6,
      'bytes 3 to 4 of the data, before tensor "b", belong to none',
    ],
    [{ a: entry(1, 4) }, 4, "bytes 0 to 1 of the data"],
    [{ a: entry(0, 4) }, 6, "the last 2 of 6 bytes of its data belong to no tensor"],
    [{}, 1, "the last 1 of 1 bytes"],
    [
      { a: entry(0, 4) },
      3,
      'tensor "a" ends at byte 4 of the data, of which there are 3; it is truncated',
    ],
    [{ a: entry(4, 0, [0]) }, 4, "ends at byte 0 of the data, before it begins at 4"],
    [
      { a: entry(0, 4, [3]) },
      4,
      'tensor "a" of shape [3] and U8 takes 3 bytes, its data_offsets span 4',
    ],
    [{ a: entry(0, 4, [4], "F32") }, 4, "takes 16 bytes, its data_offsets span 4"],
  ];
  for (const [header, dataBytes, message] of cases) {
    await t.step(message, () => assertStringIncludes(problem(fileOf(header, dataBytes)), message));
  }
  await t.step("in whatever order the header names them", () => {
    const { tensors } = readSafetensors(
      fileOf({ b: entry(3, 5), n: entry(3, 3), a: entry(0, 3) }, 5),
      "m",
    );
    assertEquals([...tensors].map(([name, { data }]) => [name, ...data]), [["b", 3, 4], ["n"], [
      "a",
      0,
      1,
      2,
    ]]);
  });
});

Deno.test("readSafetensors() refuses absurd lengths of the header", () => {
  assertStringIncludes(
    problem(new Uint8Array(5)),
    "it holds 5 bytes, too few for its header; it is",
  );
  const bytes = fileOf({}, 0);
  bytes[0] = 200;
  assertStringIncludes(
    problem(bytes),
    "it holds 10 bytes, too few for its header of 200; it is truncated",
  );
  bytes.fill(255, 0, 8);
  assertStringIncludes(
    problem(bytes),
    "its header would take 18446744073709552000 bytes, more than 33554432; it is",
  );
});

Deno.test("readSafetensors() refuses headers that would take seconds, and writeSafetensors() writes none", () => {
  const empty = entry(0, 0);
  const tensors = (count: number) =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, empty]));
  // An object, a type, two lists with three numbers together: seven values each, and one for all.
  assertEquals(readSafetensors(fileOf(tensors(28_571), 0), "m").tensors.size, 28_571);
  const refused = "Cannot read m.safetensors: in its header, it is not JSON (line 1, column ";
  for (const header of [tensors(28_572), { t: entry(0, 0, new Array(200_000).fill(0)) }]) {
    assertMatch(problem(fileOf(header, 0)), new RegExp(`^${RegExp.escape(refused)}`));
    assertStringIncludes(
      problem(fileOf(header, 0)),
      "it holds more than 200000 values). Get another.",
    );
  }
  const many = Array.from(
    { length: 20_001 },
    (_, i): [string, NamedTensor] => [`t${i}`, { shape: [0, 1, 1], data: new Uint8Array() }],
  );
  assertThrows(
    () => writeSafetensors(many),
    Error,
    "Cannot write 20001 tensors into a file: at most",
  );
  const most = readSafetensors(writeSafetensors(many.slice(1)), "most");
  assertEquals(most.tensors.size, 20_000);
  assertThrows(
    () => writeSafetensors([], { long: "a".repeat(32 * 1024 ** 2) }),
    Error,
    "Cannot write a header of 33554464 bytes: at most 33554432 are read again.",
  );
});

Deno.test("a changed file gives all that its header says, or an error with its name", () => {
  const whole = JSON.stringify({
    __metadata__: { network: "x", settings: '{"width":1}' },
    "a/weight": entry(0, 16, [2, 2], "F32"),
    bias: entry(16, 20, [4]),
    none: entry(20, 20, [0, 3], "I32"),
  });
  const rng = new Rng(8);
  let taken = 0;
  const count = 3000;
  for (let i = 0; i < count; i++) {
    const header = mutate(whole, rng);
    try {
      const { tensors, metadata } = readSafetensors(fileOf(header, 20), "m.safetensors");
      const { __metadata__ = {}, ...entries } = JSON.parse(header);
      assertEquals(metadata, __metadata__);
      const found = [...tensors].map(([name, { shape, data }]) => [name, shape, data.byteLength]);
      const wanted = Object.entries(entries as Record<string, ReturnType<typeof entry>>).map(
        ([name, { shape, data_offsets: [from, to] }]) => [name, shape, to - from],
      );
      assertEquals(found, wanted);
      taken++;
    } catch (error) {
      assertMatch((error as Error).message, /^Cannot (read|use) m\.safetensors/);
    }
  }
  assert(taken > count / 20 && taken < count / 2, `${taken} of ${count} were read`);
});
