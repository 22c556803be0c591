import { assertEquals, assertNotEquals, assertStringIncludes } from "@std/assert";
import { handMade, makeCase } from "../../tools/fuzz/cases.ts";
import { fingerprint } from "../../tools/fuzz/fingerprint.ts";
import { judge, unharmedBy } from "../../tools/fuzz/judge.ts";
import { bytesOf, type Reader } from "../../tools/fuzz/reader.ts";
import { READERS } from "../../tools/fuzz/readers.ts";
import { Watchdog } from "../../tools/fuzz/watchdog.ts";

Deno.test("fuzz: every reader takes its samples, twice the same", async (t) => {
  for (const { name, samples, read, file } of READERS) {
    await t.step(name, async () => {
      for (const make of Object.values(samples)) {
        const first = fingerprint(await read(await make(), file));
        assertEquals(fingerprint(await read(await make(), file)), first);
      }
    });
  }
});

Deno.test("fuzz: seed and number make the bytes, for every reader", async (t) => {
  for (const reader of READERS) {
    await t.step(reader.name, async () => {
      const of = async (seed: number) => {
        const cases = Array.from(
          { length: 10 },
          (_, i) => makeCase(reader, seed, handMade(reader) + i),
        );
        return fingerprint((await Promise.all(cases)).map(({ bytes }) => bytes));
      };
      assertEquals(await of(3), await of(3));
      assertNotEquals(await of(3), await of(4));
    });
  }
});

const TOY: Reader = {
  name: "toy",
  form: "bytes",
  file: "toy.bin",
  samples: { text: () => bytesOf("whole") },
  read: (bytes) => bytes,
};

Deno.test("judge() tells what a user can act on from what is a mistake of the program", async () => {
  const input = await makeCase(TOY, 1, 0);
  const verdict = (error: unknown) => judge(TOY, input, { error }).verdict;
  assertEquals(verdict(new Error("Cannot read toy.bin: it is cut after 3 bytes.")), "clear");
  assertEquals(verdict(new Error("Cannot read the file: it is cut.")), "unclear");
  assertEquals(verdict(new Error("toy.bin is cut.")), "unclear");
  assertEquals(verdict(new TypeError("Cannot read properties of null in toy.bin")), "unclear");
  assertEquals(verdict(new Error(`Cannot read toy.bin: ${"x".repeat(20_000)}`)), "unclear");
  assertEquals(verdict("Cannot read toy.bin"), "unclear");
});

Deno.test("judge() tells harmless from accepted, and silent by checksum and by hand", async () => {
  const input = await makeCase(TOY, 1, 0);
  const verdict = (text: string, checksum: boolean, changes = {}) => {
    const reader = { ...TOY, covered: checksum ? (value: unknown) => value : undefined };
    const outcome = { value: bytesOf(text) };
    const whole = unharmedBy(reader, bytesOf("whole"));
    return judge(reader, { ...input, ...changes }, outcome, whole).verdict;
  };
  assertEquals(verdict("whole", true), "harmless");
  assertEquals(verdict("other", false), "accepted");
  assertEquals(verdict("other", true), "silent");
  assertEquals(verdict("other", true, { sealed: true }), "accepted");
  assertEquals(verdict("other", false, { kind: "hostile" }), "silent");
  assertEquals(verdict("other", false, { kind: "heavy" }), "accepted");
});

Deno.test("fingerprint() tells types, keys, lengths and places apart, however deep", () => {
  const values = [
    [1, 2],
    [2, 1],
    [[1], 2],
    [[1, 2]],
    { a: 1, b: 2 },
    { a: 2, b: 1 },
    new Map([["a", 1], ["b", 2]]),
    Uint8Array.of(1, 2),
    Float32Array.of(1, 2),
    Uint8Array.of(1, 0, 2, 0),
    Uint16Array.of(1, 2),
    "1,2",
    ["1", "2"],
    12,
    null,
    undefined,
    "undefined",
    -0,
    0,
    NaN,
  ];
  assertEquals(new Set(values.map(fingerprint)).size, values.length);
  let deep: unknown = 1;
  for (let i = 0; i < 200_000; i++) deep = [deep];
  assertEquals(fingerprint(deep).length, 64);
});

Deno.test("the watchdog outlives readers that hang, end, eat memory or forget", async () => {
  const watchdog = new Watchdog("tests/tools/_misbehaving_worker.ts");
  const read = (reader: string) => watchdog.read({ reader, seed: 1, number: 0 });
  try {
    assertEquals((await read("well-behaved")).verdict, "clear");
    const hang = await read("endless");
    assertEquals([hang.verdict, hang.how], ["hang", "empty"]);
    assertStringIncludes((await read("ending")).message, "dies with status 7");
    const hungry = await read("hungry");
    assertEquals([hungry.verdict, hungry.message], ["large", "it takes 1024 MiB or more"]);
    assertEquals((await read("forgetful")).verdict, "unclear");
    assertEquals((await read("well-behaved")).verdict, "clear");
  } finally {
    watchdog.stop();
  }
});

Deno.test("deno task fuzz repeats one case, and refuses what it does not know", async () => {
  const fuzz = async (...args: string[]) => {
    const { code, stdout, stderr } = await new Deno.Command("deno", {
      args: [
        ..."run --quiet --no-prompt --frozen --allow-read=. --allow-run=deno tools/fuzz.ts".split(
          " ",
        ),
        ...args,
      ],
    }).output();
    const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    return { code, stdout: text(stdout), stderr: text(stderr) };
  };
  const one = await fuzz("--reader", "flo", "--case", "0");
  assertEquals(one.code, 0);
  assertStringIncludes(one.stdout, "flo, case 0: clear");
  assertStringIncludes(one.stdout, "Cannot read flow10.flo");
  const wrong = await fuzz("--reader", "floo");
  assertEquals(wrong.code, 2);
  assertStringIncludes(wrong.stderr, 'Cannot find a reader "floo".');
  assertEquals((await fuzz("--case", "1")).code, 2);
  assertEquals((await fuzz("--seed", "-1")).code, 2);
});
