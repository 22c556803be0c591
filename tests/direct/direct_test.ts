/** The flow field itself as the unknown: small scenes whose answer is known. */
import { assert, assertAlmostEquals, assertEquals, assertRejects } from "@std/assert";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import {
  COARSE_TO_FINE,
  directLearningRate,
  type DirectSettings,
  refinement,
  solveDirectly,
  workingSide,
} from "../../pipeline/direct/direct.ts";
import { evaluateDirectly } from "../../pipeline/direct/evaluate_directly.ts";
import { solveSplit } from "../../pipeline/direct/solve_split.ts";
import { smoothnessLoss, type SmoothnessSettings } from "../../pipeline/smoothness/loss.ts";
import { testGpu } from "../_adapter.ts";

const SMOOTHNESS: SmoothnessSettings = {
  smoothness: "unrolled",
  unrollIterations: 1,
  rho: 0.3,
  lambda: 0.3,
  eta: 1,
  edgeAlpha: 10,
  order: "1st",
  border: "replicate",
  stopGradient: false,
  wSmooth: 1,
};
const SETTINGS: DirectSettings = {
  photometric: { wL1: 0.15, wSsim: 0.85, wCensus: 0 },
  smoothness: smoothnessLoss(SMOOTHNESS),
  scales: COARSE_TO_FINE,
  learningRate: 0.05,
};

/** A texture of waves, and the same one moved by (u, v) pixels: frame 2 at x + (u, v) shows frame 1 at x. */
function moved(u: number, v: number, width = 64, height = 64): FramePair {
  const texture = (x: number, y: number, channel: number) =>
    128 + 50 * Math.sin(x / 3 + channel) * Math.cos(y / 4) + 50 * Math.sin((x + 2 * y) / 9);
  const draw = (dx: number, dy: number) =>
    Uint8Array.from({ length: 3 * width * height }, (_, i) => {
      const pixel = Math.floor(i / 3);
      return Math.round(texture(pixel % width - dx, Math.floor(pixel / width) - dy, i % 3));
    });
  return {
    name: `moved_${u}_${v}`,
    scene: "waves",
    dataset: "drawn",
    width,
    height,
    frame1: draw(0, 0),
    frame2: draw(u, v),
  };
}

function meanError(flow: Float32Array, u: number, v: number): number {
  let sum = 0;
  for (let i = 0; i < flow.length; i += 2) sum += Math.hypot(flow[i] - u, flow[i + 1] - v);
  return sum / (flow.length / 2);
}

const withSmoothness = (changes: Partial<SmoothnessSettings>): DirectSettings => ({
  ...SETTINGS,
  smoothness: smoothnessLoss({ ...SMOOTHNESS, ...changes }),
});

Deno.test("solveDirectly() finds a translation, asymmetric in x and y", async (t) => {
  const gpu = await testGpu();
  const pair = moved(3, -1.5);
  const seen: number[] = [];
  const [{ forward: flow, backward }] = await solveDirectly(gpu, [pair], SETTINGS, {
    onStep: (done) => seen.push(done),
  });
  await t.step("to a fifth of a pixel, where swapped or negated axes are off by pixels", () => {
    const error = meanError(flow, 3, -1.5);
    assert(error < 0.2, `mean error ${error} px`);
  });
  await t.step("in the other direction too", () => {
    const error = meanError(backward, -3, 1.5);
    assert(error < 0.2, `mean error ${error} px`);
  });
  await t.step("and tells of every step", () => {
    assertEquals(seen, Array.from({ length: 240 }, (_, i) => i + 1));
  });
  await t.step("with the same bits twice", async () => {
    assertEquals((await solveDirectly(gpu, [pair], SETTINGS))[0].forward, flow);
  });
  const kinds: [string, Partial<SmoothnessSettings>][] = [
    ["T = 0", { unrollIterations: 0 }],
    ["T = 7, gradient stopped", { unrollIterations: 7, stopGradient: true }],
    ["T = 3, border of zeros", { unrollIterations: 3, border: "zero" }],
    ["TV", { smoothness: "tv", wSmooth: 0.3 }],
    ["L1", { smoothness: "l1", wSmooth: 30, edgeAlpha: 30 }],
    ["Charbonnier", { smoothness: "charbonnier", wSmooth: 30, edgeAlpha: 30 }],
    ["Huber", { smoothness: "huber", wSmooth: 30, edgeAlpha: 30 }],
    ["none", { smoothness: "none" }],
  ];
  for (const [name, changes] of kinds) {
    await t.step(`with ${name} too, by another way`, async () => {
      const [{ forward: other }] = await solveDirectly(gpu, [pair], withSmoothness(changes));
      const error = meanError(other, 3, -1.5);
      assert(error < 0.4, `mean error ${error} px`);
      assert(other.some((value, i) => value !== flow[i]), "the same bits as T = 1");
    });
  }
});

Deno.test("solveDirectly() shows the flow of each step at the pictures' size, and ends where it is told to", async (t) => {
  const gpu = await testGpu();
  const pair = moved(2, -1, 66, 60);
  const scales = [{ scale: 2, steps: 40, occlusion: "none" as const }, ...refinement(3)];
  const settings = { ...SETTINGS, scales };
  const shown = new Map<number, Float32Array>();
  const [{ forward }] = await solveDirectly(gpu, [pair], settings, {
    onStep: async (done, flows) => {
      if (done === 40 || done === 43) shown.set(done, (await flows())[0].forward);
    },
  });
  await t.step("at the last step, what it returns", () => assertEquals(shown.get(43), forward));
  await t.step("at a smaller scale, in pixels of the pictures", () => {
    assert(meanError(shown.get(40)!, 2, -1) < 0.5);
    assertEquals(shown.get(40)!.length, forward.length);
  });
  await t.step("and throwing ends it", async () => {
    let steps = 0;
    const stop = () => {
      if (++steps === 2) throw new Error("enough");
    };
    await assertRejects(
      () => solveDirectly(gpu, [pair], settings, { onStep: stop }),
      Error,
      "enough",
    );
    assertEquals(steps, 2);
  });
});

Deno.test("solveDirectly() leaves a still picture at rest", async () => {
  const [{ forward: flow }] = await solveDirectly(await testGpu(), [moved(0, 0)], SETTINGS);
  const error = meanError(flow, 0, 0);
  assert(error < 0.02, `mean error ${error} px`);
});

Deno.test("solveDirectly() resizes pictures whose sides do not fit, and the flow back", async () => {
  const [{ forward: flow }] = await solveDirectly(
    await testGpu(),
    [moved(3, -1.5, 90, 50)],
    SETTINGS,
  );
  assertEquals(flow.length, 2 * 90 * 50);
  const error = meanError(flow, 3, -1.5);
  assert(error < 0.3, `mean error ${error} px`);
});

Deno.test("solveDirectly() goes on from a given flow, in pixels of the pictures", async () => {
  const gpu = await testGpu();
  const constant = (u: number, v: number) =>
    Float32Array.from({ length: 2 * 90 * 50 }, (_, i) => i % 2 === 0 ? u : v);
  const start = [{ forward: constant(2.6, -1.2), backward: constant(-2.6, 1.2) }];
  const settings = { ...SETTINGS, scales: refinement(40) };
  const pair = moved(3, -1.5, 90, 50);
  const still = { ...settings, scales: refinement(1), learningRate: 1e-9 };
  const [{ forward: kept }] = await solveDirectly(gpu, [pair], still, { start });
  const untouched = meanError(kept, 2.6, -1.2);
  assert(untouched < 1e-4, `mean error ${untouched} px`);
  const [{ forward: refined }] = await solveDirectly(gpu, [pair], settings, { start });
  const error = meanError(refined, 3, -1.5);
  assert(error < 0.15, `mean error ${error} px`);
});

Deno.test("solveSplit() solves pairs of two sizes in batches of one, in order", async () => {
  const pairs = [moved(1, 0), moved(2, -1), moved(-1, 1), moved(1, 1, 96, 64)];
  const settings = { ...SETTINGS, scales: COARSE_TO_FINE.map((scale) => ({ ...scale, steps: 8 })) };
  const gpu = await testGpu();
  const done: number[] = [];
  const flows = await solveSplit(gpu, pairs, settings, {
    pairsPerBatch: 2,
    onPair: (pairs) => done.push(pairs),
  });
  assertEquals(flows.map(({ length }) => length / 2), [4096, 4096, 4096, 6144]);
  assertEquals([done.length, done.at(-1)], [3 * 32, 4]);
  const alone = await solveDirectly(gpu, [pairs[2]], settings);
  assertEquals(flows[2], alone[0].forward);
});

Deno.test("evaluateDirectly() scores each pair with its own flow, and tells how far it is", async () => {
  const still = moved(0, 0), shifted = moved(2, -1);
  const truth = (u: number, v: number) =>
    Float32Array.from({ length: 2 * 64 * 64 }, (_, i) => i % 2 === 0 ? u : v);
  const pairs = [{ ...still, flow: truth(0, 0) }, { ...shifted, flow: truth(2, -1) }];
  const solved: number[] = [];
  const { scores, rows, pictures } = await evaluateDirectly(await testGpu(), pairs, SETTINGS, {
    pairsPerBatch: 1,
    onSolved: (done) => solved.push(done),
  });
  assertEquals([rows.length, pictures.length, solved.length, solved.at(-1)], [2, 0, 480, 2]);
  assert(scores.epe_px < 0.2, `error ${scores.epe_px} px`);
  assertAlmostEquals(scores.zero_flow_epe_px, Math.sqrt(5) / 2, 1e-5);
});

Deno.test("solveDirectly() says what is wrong with a batch", async (t) => {
  const gpu = await testGpu();
  const good = moved(0, 0);
  const cases: [string, () => Promise<unknown>, string][] = [
    ["no pairs", () => solveDirectly(gpu, [], SETTINGS), "over no pairs"],
    [
      "two sizes",
      () => solveDirectly(gpu, [good, moved(1, 1, 96, 64)], SETTINGS),
      "must have the size of moved_0_0, 64x64, got 96x64",
    ],
    [
      "a frame too short",
      () => solveDirectly(gpu, [{ ...good, frame2: new Uint8Array(5) }], SETTINGS),
      "frame2 must hold 64 x 64 x 3 = 12288 values, got 5",
    ],
    [
      "too few starts",
      () => solveDirectly(gpu, [good], SETTINGS, { start: [] }),
      "one for each of 1 pairs, got 0",
    ],
  ];
  for (const [name, run, message] of cases) {
    await t.step(name, async () => {
      await assertRejects(run, Error, message);
    });
  }
});

Deno.test("workingSide() is a multiple of four times the coarsest scale, the nearest one", () => {
  assertEquals([128, 375, 16, 1242].map((side) => workingSide(side, COARSE_TO_FINE)), [
    128,
    384,
    32,
    1248,
  ]);
  assertEquals(workingSide(375, refinement(5)), 376);
});

Deno.test("directLearningRate() is constant for 60 %, then falls to 5 %", () => {
  assertAlmostEquals(directLearningRate(0, 100, 0.05), 0.05, 1e-12);
  assertAlmostEquals(directLearningRate(59, 100, 0.05), 0.05, 1e-12);
  assertAlmostEquals(directLearningRate(79, 100, 0.05), 0.025, 1e-12);
  assertAlmostEquals(directLearningRate(99, 100, 0.05), 0.0025, 1e-12);
});
