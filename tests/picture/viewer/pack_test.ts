/** Packs pairs and unpacks them with the very code that runs in the browser. */
import { assertEquals, assertLess } from "@std/assert";
import { inflate, splitPair, undo16, undo8 } from "../../../pipeline/report/client/planes.js";
import { Rng } from "../../../pipeline/common/rng.ts";
import { packPair, STEPS_PER_PIXEL } from "../../../pipeline/picture/viewer/pack.ts";
import { differences16, differences8 } from "../../../pipeline/picture/viewer/planes.ts";
import { drawnPair } from "./_pair.ts";

Deno.test("differences8() and differences16() are undone exactly, extremes included", () => {
  const rng = new Rng(1), width = 5;
  const bytes = Uint8Array.from({ length: 35 }, (_, i) => i < 4 ? 255 * (i & 1) : rng.integer(256));
  assertEquals(undo8(differences8(bytes, width), width), bytes);
  const words = Int16Array.from(
    { length: 35 },
    (_, i) => [-32768, 32767, 0, -1, 1][i] ?? rng.integer(65536) - 32768,
  );
  assertEquals(
    undo16(differences16(words, width), width, STEPS_PER_PIXEL),
    Float32Array.from(words, (value) => value / STEPS_PER_PIXEL),
  );
});

Deno.test("differences16() of a plane with constant slopes are zero but for its edges", () => {
  const width = 8;
  const plane = Int16Array.from({ length: 64 }, (_, i) => 3 * (i % width) - 200 * (i >> 3));
  const high = differences16(plane, width).subarray(64);
  assertEquals(high.filter((byte, i) => byte !== 0 && i % width !== 0).length, 0);
});

async function unpack(packed: ReturnType<typeof packPair>) {
  const content = await inflate(packed.bytes.toBase64());
  return splitPair(content, packed.width, packed.height, STEPS_PER_PIXEL);
}

Deno.test("packPair() keeps a small pair's flow to 1/128 px and its frames to a shade", async () => {
  const pair = drawnPair("small");
  const predicted = pair.flow!.map((value, i) => value + 0.3 * (i % 2));
  const packed = packPair(pair, predicted);
  assertEquals([packed.width, packed.height, packed.occlusion], [21, 13, true]);
  const { frame1, truth, predicted: shown, marks } = await unpack(packed);
  for (let i = 0; i < 21 * 13; i++) {
    if (pair.valid![i]) {
      assertLess(Math.abs(truth.u[i] - pair.flow![2 * i]), 1 / 128 + 1e-6);
      assertLess(Math.abs(truth.v[i] - pair.flow![2 * i + 1]), 1 / 128 + 1e-6);
    }
    assertLess(Math.abs(shown.v[i] - predicted[2 * i + 1]), 1 / 128 + 1e-6);
    assertEquals(marks[i], pair.valid![i] + 2 * pair.occluded![i]);
    for (let channel = 0; channel < 3; channel++) {
      assertLess(Math.abs(frame1[4 * i + channel] - pair.frame1[3 * i + channel]), 8);
    }
  }
});

Deno.test("packPair() shows pairs of the usual benchmarks whole, pixel by pixel", async () => {
  const pair = drawnPair("large", { width: 601, height: 403 });
  // A jump between columns, and nonsense where the truth is unknown.
  for (let i = 0; i < 601 * 403; i++) {
    pair.flow![2 * i] = pair.valid![i] ? (i % 601 < 300 ? -8 : 8) : 1e9;
  }
  const packed = packPair(pair, pair.flow!);
  assertEquals([packed.width, packed.height, packed.left, packed.top], [601, 403, 0, 0]);
  const { truth, marks } = await unpack(packed);
  for (let i = 0; i < marks.length; i += 97) {
    assertEquals(marks[i] & 1, pair.valid![i]);
    if (marks[i] & 1) assertEquals(truth.u[i], i % 601 < 300 ? -8 : 8);
  }
});

Deno.test("packPair() cuts the middle out of larger pairs, and makes nothing smaller", async () => {
  const pair = drawnPair("larger", { width: 80, height: 60 });
  const packed = packPair(pair, pair.flow!, 40 * 30);
  assertEquals([packed.width, packed.height, packed.left, packed.top], [40, 30, 20, 15]);
  assertEquals(packed.full, { width: 80, height: 60 });
  const { frame1, truth, marks } = await unpack(packed);
  for (const [x, y] of [[0, 0], [39, 0], [0, 29], [17, 11]]) {
    const i = y * 40 + x, source = (y + 15) * 80 + x + 20;
    assertEquals(marks[i] & 1, pair.valid![source]);
    if (marks[i] & 1) assertEquals(truth.u[i], pair.flow![2 * source]);
    assertLess(Math.abs(frame1[4 * i + 1] - pair.frame1[3 * source + 1]), 8);
  }
});

Deno.test("differences16() of unknown values are 0, and known ones around them are kept", () => {
  const width = 6;
  const values = Int16Array.from({ length: 36 }, (_, i) => i % 4 === 1 ? 30_000 : 5 * i);
  const known = Uint8Array.from(values, (_, i) => i % 4 === 1 ? 0 : 1);
  const packed = differences16(values, width, known);
  const back = undo16(packed, width, 1);
  values.forEach((value, i) =>
    known[i] ? assertEquals(back[i], value) : assertEquals(packed[i], 0)
  );
});

Deno.test("packPair() gives the same bytes twice, and says when occlusion is unknown", () => {
  const { occluded: _, ...pair } = drawnPair("again");
  const packed = packPair(pair, pair.flow!);
  assertEquals(packPair(pair, pair.flow!), packed);
  assertEquals(packed.occlusion, false);
});

Deno.test("packPair() takes a pair without true flow, and says so", async () => {
  const { flow, valid: _, ...pair } = drawnPair("alone");
  const packed = packPair(pair, flow!);
  assertEquals(packed.truth, false);
  assertEquals("truth" in packPair(drawnPair("alone"), flow!), false);
  const { predicted, truth, marks } = await unpack(packed);
  assertEquals([predicted.u[5], predicted.v[5]], [3.25, -1]);
  assertEquals([truth.u[5], truth.v[5]], [0, 0]);
  // Occlusion may be known all the same: 2 where a pixel is hidden, and nothing is unknown.
  assertEquals([...marks.subarray(0, 4)], [3, 3, 1, 1]);
});
