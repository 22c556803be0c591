/** Every entry of the registry, whatever it is: recorded on a small scene, allowed by the schema, a cell of the sweep. */
import { assert, assertEquals } from "@std/assert";
import { parse, stringify } from "yaml";
import { Tape } from "../../pipeline/compute/tape.ts";
import { upsample } from "../../pipeline/compute/ops/upsample.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { parseParams } from "../../stages/check/params.ts";
import { parseSweepParams } from "../../stages/sweep_cells/params.ts";
import { cellNamed, cellsOf, costOf } from "../../pipeline/smoothness/cells.ts";
import { smoothnessLoss, type SmoothnessSettings } from "../../pipeline/smoothness/loss.ts";
import {
  labelOf,
  PLAIN_NAMES,
  type SmoothnessName,
  TERM_NAMES,
  TERMS,
} from "../../pipeline/smoothness/terms.ts";
import { testGpu } from "../_adapter.ts";

const SETTINGS: Omit<SmoothnessSettings, "smoothness"> = {
  unrollIterations: 2,
  rho: 0.1,
  lambda: 0.1,
  eta: 1,
  edgeAlpha: 3,
  order: "1st",
  border: "zero",
  stopGradient: false,
  wSmooth: 2,
};
/** Height and width of the quarter grid. */
const QUARTER = [5, 7] as const;

/** Loss and its gradient by the quarter-resolution flow, of random flow or of none; undefined without a term. */
async function measure(settings: SmoothnessSettings, { speed = 3 } = {}) {
  const record = smoothnessLoss(settings);
  if (!record) return undefined;
  const [h, w] = QUARTER;
  const tape = new Tape(await testGpu());
  const random = (count: number, high: number) => {
    const rng = new Rng(4).fork(String(count));
    return Float32Array.from({ length: count }, () => high * rng.uniform());
  };
  const quarterFlow = tape.variable("flow", [2, 2, h, w]);
  const images = tape.persistent("images", [2, 3, 4 * h, 4 * w]);
  tape.write(quarterFlow, random(2 * 2 * h * w, speed));
  tape.write(images, random(2 * 3 * 16 * h * w, 1));
  const finestFlow = upsample(tape, quarterFlow, 4 * h, 4 * w, { factor: 4 });
  const { term } = record(tape, { images, quarterFlow, finestFlow });
  tape.backward(term);
  const loss = tape.keep(term), gradient = tape.keep(tape.gradientOf(quarterFlow));
  (await tape.finish()).run();
  return { loss: (await tape.read(loss))[0], gradient: await tape.read(gradient) };
}

Deno.test("every smoothness term", async (t) => {
  for (const name of TERM_NAMES) {
    const settings = { ...SETTINGS, smoothness: name };
    await t.step(`${name}: has a label of its own`, () => {
      assert(labelOf(name).length > 0);
      assertEquals(TERM_NAMES.filter((other) => labelOf(other) === labelOf(name)), [name]);
    });
    await t.step(
      `${name}: gives a finite loss and gradient, twice as large for twice the weight`,
      async () => {
        const found = await measure(settings);
        if (!found) return assertEquals(name, "none");
        assert(found.loss > 0 && Number.isFinite(found.loss), `loss ${found.loss}`);
        assert(found.gradient.every(Number.isFinite));
        assert(found.gradient.some((value) => value !== 0), "no gradient at all");
        const twice = (await measure({ ...settings, wSmooth: 2 * settings.wSmooth }))!;
        assertEquals(twice.loss, 2 * found.loss);
        assertEquals(twice.gradient, found.gradient.map((value) => 2 * value));
      },
    );
    await t.step(`${name}: is least, and has no gradient, where nothing moves`, async () => {
      const still = await measure(settings, { speed: 0 }), moving = await measure(settings);
      if (!still) return;
      assert(still.loss < moving!.loss);
      assert(still.gradient.every((value) => value === 0));
    });
    await t.step(`${name}: is allowed by the schema`, () => {
      const params = parse(Deno.readTextFileSync("params.yaml"));
      for (const section of ["train", "direct"]) params[section].smoothness = name;
      assertEquals(parseParams(stringify(params)).direct.smoothness, name);
    });
    await t.step(`${name}: has its cell or cells in the sweep, with weight and edge_alpha`, () => {
      const { direct } = parseParams(Deno.readTextFileSync("params.yaml"));
      const { direct_cells, train_cells } = parseSweepParams(
        Deno.readTextFileSync("sweep/params.yaml"),
      );
      const cells = cellsOf({
        smoothness: PLAIN_NAMES,
        unroll_iterations: [2],
        stop_gradient_iterations: [2],
      }).filter(({ smoothness }) => smoothness === name);
      const names = TERMS[name].unrolls ? [`${name}_T2`, `${name}_stop_gradient_T2`] : [name];
      assertEquals(cells.map((cell) => cell.name), names);
      for (const cell of cells) {
        assertEquals(cellNamed(cell.name), cell);
        const weights = direct_cells.weights[name], edgeAlpha = direct_cells.edge_alpha[name];
        assert(weights.length > 0 && train_cells.weights[name].length > 0);
        assertEquals(costOf(cell, direct, { weight: weights[0], edgeAlpha }).smoothness, name);
      }
    });
  }
});

Deno.test("labelOf() tells apart what differs in T or in its gradient", () => {
  const labels = (["unrolled", "l1"] as SmoothnessName[]).map((name) =>
    labelOf(name, { unrollIterations: 3, stopGradient: true })
  );
  assertEquals(labels, ["unrolled, T = 3, gradient stopped", "L1 (baseline)"]);
});
