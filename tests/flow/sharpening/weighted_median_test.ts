/** Medians over neighbours that look alike, by hand and bit by bit as the reference has them. */
import { assertEquals } from "@std/assert";
import { Rng } from "../../../pipeline/common/rng.ts";
import { NEAR, WIDE } from "../../../pipeline/flow/sharpen.ts";
import {
  type Neighbourhood,
  recordWeightedMedians,
} from "../../../pipeline/flow/sharpening/weighted_median.ts";
import { weightedMedianReference } from "../../reference/weighted_median.ts";
import { runInBands } from "./_bands.ts";

interface Row {
  readonly width: number;
  readonly height: number;
  readonly frame: Uint8Array;
}

function medians(
  flow: Float32Array,
  { width, height, frame }: Row,
  neighbourhood: Neighbourhood,
  { hidden = new Uint8Array(width * height), rows }: { hidden?: Uint8Array; rows?: number } = {},
): Promise<Float32Array> {
  const pair = { width, height, frame1: frame, frame2: frame };
  return runInBands(
    pair,
    flow,
    (tape, bands, features) => recordWeightedMedians(tape, bands, features, neighbourhood),
    { reach: neighbourhood.radius, rows, hidden },
  );
}

Deno.test("weighted medians weigh neighbours by likeness and distance", async () => {
  const grey = (...levels: number[]) =>
    Uint8Array.from(levels.flatMap((level) => Array(3).fill(level)));
  const flowOf = (...values: number[]) =>
    Float32Array.from(values.flatMap((value) => [value, -value]));
  const row = { width: 5, height: 1, frame: grey(100, 100, 100, 200, 200) };
  const flow = flowOf(1, 9, 2, 30, 40);
  const near: Neighbourhood = { radius: 2, step: 1, fading: Infinity, at: "everywhere" };
  // The two bright pixels count tens of thousands of times less than the three dark ones, and the other way round.
  assertEquals(await medians(flow, row, near), flowOf(2, 2, 2, 30, 30));
  // Alike, the median of all that are inside, the lower one of two.
  const plain = { ...row, frame: grey(7, 7, 7, 7, 7) };
  const lower = Float32Array.of(2, -2, 2, -9, 9, -9, 9, -30, 30, -30);
  assertEquals(await medians(flow, plain, near), lower);
  // Of what is near: e^-1 on both sides is less than the pixel itself.
  const fading = { ...near, radius: 3, fading: 1 };
  assertEquals((await medians(flow, plain, fading))[2], 9);
});

Deno.test("weighted medians fill what is hidden from what is not, and leave all else", async () => {
  const [width, height] = [9, 1], frame = new Uint8Array(27);
  const flow = Float32Array.from({ length: 18 }, (_, k) => k);
  const hidden = Uint8Array.of(0, 1, 1, 1, 1, 1, 1, 1, 1);
  const neighbourhood: Neighbourhood = { radius: 4, step: 2, fading: 7, at: "hidden" };
  // Every second pixel counts: the only one that is seen is reached from 2 and 4.
  const wanted = flow.slice();
  wanted.set([0, 1], 4);
  wanted.set([0, 1], 8);
  assertEquals(await medians(flow, { width, height, frame }, neighbourhood, { hidden }), wanted);
});

Deno.test("weighted medians are those of sorted neighbours, however the picture is cut", async () => {
  const rng = new Rng(8);
  for (const [width, height, rows] of [[37, 41, 100], [37, 41, 9], [1, 30, 4], [2, 2, 1]]) {
    const frame = Uint8Array.from({ length: 3 * width * height }, () => 90 + rng.integer(80));
    const hidden = Uint8Array.from({ length: width * height }, () => rng.integer(3) === 0 ? 1 : 0);
    // Of both signs, with equal ones, tiny and huge ones.
    const flow = Float32Array.from(
      { length: 2 * width * height },
      () => rng.integer(5) === 0 ? 1.5 : rng.uniform(-1, 1) * 10 ** (rng.integer(12) - 6),
    );
    for (const neighbourhood of [NEAR, WIDE, { ...WIDE, radius: 2, step: 1 }]) {
      assertEquals(
        await medians(flow, { width, height, frame }, neighbourhood, { hidden, rows }),
        weightedMedianReference(flow, frame, hidden, { width, height }, neighbourhood),
        `${width} x ${height}, ${neighbourhood.at}`,
      );
    }
  }
});
