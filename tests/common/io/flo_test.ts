import { assert, assertEquals, assertThrows } from "@std/assert";
import { readFlo, writeFlo } from "../../../pipeline/common/io/flo.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

const bytesOf = (magic: number, width: number, height: number, values: number[]) => {
  const bytes = new Uint8Array(12 + 4 * values.length);
  const view = new DataView(bytes.buffer);
  view.setFloat32(0, magic, true);
  view.setInt32(4, width, true);
  view.setInt32(8, height, true);
  values.forEach((value, i) => view.setFloat32(12 + 4 * i, value, true));
  return bytes;
};
const MAGIC = 202021.25;

Deno.test("readFlo()", async (t) => {
  await t.step("starts with the letters PIEH and reads u before v, row by row", () => {
    const bytes = bytesOf(MAGIC, 2, 1, [1.5, -2, 3, 4]);
    assertEquals(new TextDecoder().decode(bytes.subarray(0, 4)), "PIEH");
    const { width, height, flow, valid } = readFlo(bytes, "a.flo");
    assertEquals([width, height, [...flow], [...valid]], [2, 1, [1.5, -2, 3, 4], [1, 1]]);
  });
  await t.step(
    "unknown flow becomes 0 and not valid, also when it is not a number or endless",
    () => {
      const values = [1e10, 0, 1, -2e9, NaN, 1, 2, NaN, Infinity, 3, 4, -Infinity, 1e9, -1e9];
      const { flow, valid } = readFlo(bytesOf(MAGIC, 7, 1, values), "a.flo");
      assertEquals([...flow], [...Array(12).fill(0), 1e9, -1e9]);
      assertEquals([...valid], [0, 0, 0, 0, 0, 0, 1]);
    },
  );
  await t.step("reads from the middle of a buffer", () => {
    const bytes = bytesOf(MAGIC, 1, 1, [7, 8]);
    const shifted = new Uint8Array(bytes.length + 3);
    shifted.set(bytes, 3);
    assertEquals([...readFlo(shifted.subarray(3), "a.flo").flow], [7, 8]);
  });
});

Deno.test("readFlo() names the file and what is wrong", async (t) => {
  const fails = (bytes: Uint8Array, message: string) =>
    assertThrows(() => readFlo(bytes, "x/flow10.flo"), Error, `x/flow10.flo: ${message}`);
  await t.step("wrong magic", () => {
    fails(
      bytesOf(202021, 1, 1, [0, 0]),
      "a .flo file starts with the number 202021.25, this one with 202021",
    );
  });
  await t.step("absurd size", () => {
    fails(bytesOf(MAGIC, 0, 5, []), "its size is 0 x 5");
    fails(bytesOf(MAGIC, 3, -1, []), "its size is 3 x -1");
    fails(bytesOf(MAGIC, 2147483647, 2147483647, []), "its size is 2147483647 x 2147483647");
    fails(
      bytesOf(MAGIC, 32768, 1025, []),
      "its size is 32768 x 1025, which takes 268697600 bytes in memory, the limit is 268435456.",
    );
  });
  await t.step("truncated in header or data, or too long", () => {
    fails(new Uint8Array(7), "a .flo header takes 12 bytes, the file holds 7. It is truncated.");
    fails(
      bytesOf(MAGIC, 2, 1, [0, 0, 0]),
      "2 x 1 pixels take 28 bytes, the file holds 24. It is truncated.",
    );
    fails(
      bytesOf(MAGIC, 1, 1, [0, 0, 0]),
      "1 x 1 pixels take 20 bytes, the file holds 24. It has 4 bytes behind its end.",
    );
  });
});

Deno.test("readFlo() of a mutated file is a whole flow or an error with its name", () => {
  const rng = new Rng(3);
  const whole = bytesOf(MAGIC, 3, 2, Array.from({ length: 12 }, (_, i) => i / 4));
  let refused = 0;
  for (let round = 0; round < 1000; round++) {
    const bytes = [...whole];
    // Half of them in the header.
    const at = rng.integer(rng.integer(2) === 0 ? 12 : bytes.length);
    bytes.splice(at, rng.integer(3), rng.integer(256));
    try {
      const { width, height, flow } = readFlo(Uint8Array.from(bytes), "x/flow10.flo");
      assertEquals([width * height, flow.length], [6, 12]);
      assert(flow.every((value) => Math.abs(value) <= 1e9));
    } catch (error) {
      assert(error instanceof Error && error.message.startsWith("Cannot read x/flow10.flo: "));
      refused++;
    }
  }
  assert(refused > 500 && refused < 1000, `${refused}`);
});

Deno.test("writeFlo()", async (t) => {
  const flow = Float32Array.of(1, 2, 3, 4, 5, 6);
  await t.step("comes back, unknown pixels as unknown", () => {
    const valid = Uint8Array.of(1, 0, 1);
    const read = readFlo(writeFlo({ width: 3, height: 1, flow, valid }), "a.flo");
    assertEquals([...read.flow], [1, 2, 0, 0, 5, 6]);
    assertEquals([...read.valid], [1, 0, 1]);
  });
  await t.step("refuses a flow of another size", () => {
    assertThrows(() => writeFlo({ width: 2, height: 1, flow }), Error, "must be [1, 2, 2], got 6");
  });
});
