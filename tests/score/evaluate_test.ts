import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import {
  describeScores,
  describeUnscored,
  evaluateDataset,
  formatEvaluation,
  PAIR_COLUMNS,
  type PairResult,
  type Predict,
  summaryOf,
} from "../../pipeline/score/evaluate.ts";
import { decodePng } from "../../pipeline/common/io/png.ts";
import { drawPair } from "../../pipeline/picture/pair_picture.ts";

/** 70 by 8 pixels of flow (+2, −1) times `speed`; the left columns are occluded where asked. */
function pair(name: string, speed: number, occlusion = false): FramePair {
  const width = 70, height = 8, pixels = width * height;
  return {
    name,
    scene: name,
    dataset: "drawn",
    width,
    height,
    frame1: new Uint8Array(3 * pixels).fill(100),
    frame2: new Uint8Array(3 * pixels).fill(200),
    flow: Float32Array.from({ length: 2 * pixels }, (_, i) => i % 2 === 0 ? 2 * speed : -speed),
    valid: new Uint8Array(pixels).fill(1),
    occluded: Uint8Array.from({ length: pixels }, (_, i) => occlusion && i % width < 2 ? 1 : 0),
  };
}

const pairs = [pair("seq/frame_0001", 1), pair("seq/frame_0002", 3, true)];
const options = { draw: drawPair, pictures: 1 };

/** Predicts (+2, −1) everywhere. */
const constant: Predict = (_frame1, _frame2, width, height) =>
  Promise.resolve(
    Float32Array.from({ length: 2 * width * height }, (_, i) => i % 2 === 0 ? 2 : -1),
  );

Deno.test("evaluateDataset()", async (t) => {
  const result = await evaluateDataset("drawn", pairs, constant, options);
  const { scores, rows, pictures } = result;

  await t.step("scores the prediction and zero flow by the same keys", () => {
    assertEquals(scores.pairs_count, 2);
    assertAlmostEquals(scores.epe_px, Math.sqrt(5), 1e-12);
    assertAlmostEquals(scores.zero_flow_epe_px, 2 * Math.sqrt(5), 1e-12);
    const own = Object.keys(scores).filter((key) => !/^(zero_flow_|pairs_count)/.test(key));
    const zero = Object.keys(scores).filter((key) => key.startsWith("zero_flow_"));
    assertEquals(zero, own.map((key) => `zero_flow_${key}`));
  });
  await t.step("leaves the pair without occlusion out of the occ mean", () => {
    assertAlmostEquals(scores.epe_occ_image_mean_px, 2 * Math.sqrt(5), 1e-12);
    assertAlmostEquals(scores.epe_noc_image_mean_px, Math.sqrt(5), 1e-12);
  });
  await t.step("gives one row a pair, with empty cells where there is no score", () => {
    assertEquals(rows.map((row) => row.length), [PAIR_COLUMNS.length, PAIR_COLUMNS.length]);
    const cell = (row: number, column: string) => rows[row][PAIR_COLUMNS.indexOf(column)];
    assertEquals(rows.map((row) => row.slice(0, 2)), [
      ["drawn", "seq/frame_0001"],
      ["drawn", "seq/frame_0002"],
    ]);
    assertEquals([cell(0, "epe_px"), cell(0, "epe_occ_px")], [0, ""]);
    assertEquals(cell(1, "fl_all_pct"), 100);
    assertEquals(cell(0, "epe_boundary_px"), "");
    assertAlmostEquals(cell(1, "zero_flow_epe_occ_px") as number, 3 * Math.sqrt(5), 1e-6);
  });
  await t.step("draws the first pairs and names them without folders", () => {
    assertEquals(pictures.map(({ fileName }) => fileName), ["drawn_seq_frame_0001-14febbd9.png"]);
    const { channels, width } = decodePng(pictures[0].png, pictures[0].fileName);
    assertEquals(channels, 3);
    assert(width >= 3 * 70);
  });
  await t.step(
    "saturates all pictures at the largest true flow of the data set, or as told",
    async () => {
      const draw = async (some: FramePair[], pictureMaximum: number) =>
        (await evaluateDataset("drawn", some, constant, { ...options, pictureMaximum }))
          .pictures[0]
          .png;
      const both = await draw(pairs, 0), alone = await draw([pairs[0]], 0);
      assert(both.some((byte, i) => byte !== alone[i]));
      assertEquals(await draw([pairs[0]], 3 * Math.sqrt(5)), both);
    },
  );
  await t.step("gives the same bytes twice, from a stream too", async () => {
    async function* stream() {
      yield* pairs;
    }
    const again = await evaluateDataset("drawn", stream(), constant, options);
    assertEquals(again, result);
    assertEquals(
      formatEvaluation({ drawn: again.scores }),
      formatEvaluation({ drawn: scores }),
    );
  });
  await t.step("hands on each pair with what was predicted and how good it is", async () => {
    const seen: [number, PairResult][] = [];
    await evaluateDataset("drawn", pairs, constant, {
      ...options,
      onPair: (done, own) => seen.push([done, own]),
    });
    assertEquals(seen.map(([done]) => done), [1, 2]);
    assertEquals(seen.map(([, { pair }]) => pair), pairs);
    assertEquals([...seen[1][1].predicted.subarray(0, 2)], [2, -1]);
    assertEquals(seen[0][1].scores.epe_px, 0);
  });
  await t.step("says at what length the colours saturate", async () => {
    assertAlmostEquals(result.flowMaximum, 3 * Math.sqrt(5), 1e-6);
    const told = await evaluateDataset("drawn", pairs, constant, {
      pictures: 1,
      pictureMaximum: 9,
    });
    assertEquals(told.flowMaximum, 9);
    assertEquals(told.pictures, [], "nothing to draw with");
  });
  await t.step("gives the true flow 0 and hands the frames on", async () => {
    const truthful: Predict = (frame1, frame2, width, height) => {
      assertEquals([frame1[0], frame2[0], width, height], [100, 200, 70, 8]);
      return Promise.resolve(pairs[0].flow!);
    };
    const perfect = (await evaluateDataset("drawn", [pairs[0]], truthful, options)).scores;
    for (const [key, value] of Object.entries(perfect)) {
      if (!/^(zero_flow_|pairs_count)/.test(key)) assertEquals([key, value], [key, 0]);
    }
  });
});

Deno.test("evaluateDataset() tells of pairs without any known pixel, and counts the others", async () => {
  const unknown = (name: string) => ({ ...pair(name, 1), valid: new Uint8Array(560) });
  const some = await evaluateDataset("drawn", [unknown("x"), ...pairs, unknown("y")], constant);
  const { scores, rows, unscored } = some;
  assertEquals([scores.pairs_count, scores.unscored_pairs_count, rows.length], [2, 2, 4]);
  assertEquals(
    { ...scores, unscored_pairs_count: undefined },
    {
      ...(await evaluateDataset("drawn", pairs, constant)).scores,
      unscored_pairs_count: undefined,
    },
  );
  assertEquals(rows[0][PAIR_COLUMNS.indexOf("epe_px")], "");
  assertEquals(unscored, ["x", "y"]);
  assertEquals(
    describeUnscored(some),
    "2 of 4 pairs are not scored, since no pixel of their true flow is known: x, y.",
  );
  const none = await evaluateDataset("drawn", [unknown("x")], constant);
  assertEquals(none.scores, { pairs_count: 0, unscored_pairs_count: 1 });
  assertEquals(summaryOf({ drawn: none.scores }), { drawn: { unscored_pairs_count: 1 } });
  assertEquals(describeScores(none.scores), "no pixel of known flow");
  assertEquals(
    describeScores({ epe_px: 1, zero_flow_epe_px: 2 }),
    "EPE 1.000 px, zero flow 2.000 px",
  );
});

Deno.test("evaluateDataset() names the pair at fault", async () => {
  const { flow: _, ...blind } = pairs[0];
  await assertRejects(
    () => evaluateDataset("drawn", [blind], constant, options),
    Error,
    "Cannot score pair seq/frame_0001 of drawn: it has no true flow",
  );
  const broken: Predict = (_1, _2, width, height) =>
    Promise.resolve(new Float32Array(2 * width * height).fill(NaN));
  const error = await assertRejects(
    () => evaluateDataset("drawn", pairs, broken, options),
    Error,
    "Cannot score pair seq/frame_0001 of drawn.",
  );
  assert((error.cause as Error).message.includes("is (NaN, NaN)"));
});

Deno.test("formatEvaluation() writes six digits and keeps the order", () => {
  assertEquals(
    formatEvaluation({ b: { epe_px: 1.23456789, pairs_count: 48 }, a: { fl_all_pct: 0 } }),
    `{
  "b": {
    "epe_px": 1.23457,
    "pairs_count": 48
  },
  "a": {
    "fl_all_pct": 0
  }
}
`,
  );
});

Deno.test("summaryOf() keeps a few scores that exist", () => {
  const scores = { aae_deg: 5, zero_flow_epe_px: 3, epe_px: 1, epe_image_mean_px: 1 };
  assertEquals(summaryOf({ a: scores, b: {} }), { a: { epe_px: 1, zero_flow_epe_px: 3 }, b: {} });
  const { scenes } = summaryOf({ scenes: { ...scores, epe_occ_px: 2, epe_boundary_px: 4 } });
  assertEquals(Object.keys(scenes), [
    "epe_px",
    "epe_occ_px",
    "epe_boundary_px",
    "zero_flow_epe_px",
  ]);
});
