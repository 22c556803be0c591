/** The stage evaluate by its command in dvc.yaml, on two small real pairs at their own size and enlarged. */
import { assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { packSplit } from "../../pipeline/common/io/pack.ts";
import { parseMadeByKey } from "../../pipeline/common/io/made_by.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { parseTsv } from "../../pipeline/common/io/tsv.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import { writeModel } from "../../pipeline/compute/network/model_file.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { COST_KEYS } from "../../pipeline/direct/params.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { inFolder, runStage, write, writeParams } from "./_run.ts";

const SETTINGS = { width: 0.125, normaliseFeatures: true, centreInput: true };

/** Sides that are no multiples of 64, flow (+3, −1) where known: not in the first row. */
function pair(name: string, width: number, height: number): FramePair {
  const pixels = width * height;
  const frame = (shift: number) =>
    Uint8Array.from({ length: 3 * pixels }, (_, i) => 128 + 90 * Math.sin((i - 3 * shift) / 13));
  return {
    name,
    scene: name,
    dataset: "drawn",
    width,
    height,
    frame1: frame(0),
    frame2: frame(3),
    flow: Float32Array.from({ length: 2 * pixels }, (_, i) => i % 2 === 0 ? 3 : -1),
    valid: Uint8Array.from({ length: pixels }, (_, i) => i < width ? 0 : 1),
  };
}

Deno.test("stage evaluate scores real pairs at the size of their truth, whatever real_scale", async (t) => {
  await inFolder(async (folder) => {
    const pairs = [pair("a", 70, 100), pair("b", 150, 75)];
    const splits = [{ split: "drawn", dataset: "drawn", pairs: pairs.length, truth: true }];
    const preprocessed = join(folder, "results/preprocess");
    await packSplit(
      "drawn",
      pairs,
      (name, bytes) => write(join(preprocessed, "drawn", name), bytes),
    );
    const text = new TextEncoder();
    await write(join(preprocessed, "splits.json"), text.encode(JSON.stringify({ splits })));
    const weights = initialiseWeights(describePwcLite(SETTINGS.width), "kaiming", new Rng(1));
    await write(
      join(folder, "results/train/model.safetensors"),
      writeModel({ settings: SETTINGS, weights, madeBy: {} }),
    );
    for (const scale of ["1", "1.5", "0.5"]) {
      await t.step(`real_scale ${scale}`, async () => {
        await writeParams(folder, [[/real_scale: .*/, `real_scale: ${scale}`]]);
        const { code, stderr } = await runStage("evaluate", folder);
        assertEquals(code, 0, stderr);
        const table = await Deno.readTextFile(join(folder, "results/evaluate/pairs.tsv"));
        const rows = parseTsv(table, "pairs.tsv");
        assertEquals(rows.map(({ pair }) => pair), ["a", "b"]);
        assertEquals(rows.map((row) => row.pixels_all_count), ["6930", "11100"]);
        const metrics = join(folder, "results/evaluate/metrics.json");
        const { evaluate, direct } = parseMadeByKey(await Deno.readTextFile(metrics), metrics)!;
        assertEquals(evaluate.real_scale, Number(scale));
        assertEquals(Object.keys(direct), COST_KEYS);
        // The length of (3, −1), at every size.
        assertEquals(rows.map((row) => row.zero_flow_epe_px), ["3.16228", "3.16228"]);
      });
    }
    await t.step("a pair of which nothing is known is told of, and not scored", async () => {
      const known = pair("a", 70, 100);
      const blind = { ...pair("b", 64, 64), valid: new Uint8Array(64 * 64) };
      await packSplit(
        "drawn",
        [known, blind],
        (name, bytes) => write(join(preprocessed, "drawn", name), bytes),
      );
      await writeParams(folder, []);
      const { code, stderr } = await runStage("evaluate", folder);
      assertEquals(code, 0, stderr);
      assertStringIncludes(
        stderr,
        "evaluate: drawn: 1 of 2 pairs are not scored, since no pixel of their true flow is known: b.\n",
      );
      const summary = await Deno.readTextFile(join(folder, "results/evaluate/summary.json"));
      assertEquals(JSON.parse(summary).drawn.unscored_pairs_count, 1);
      await packSplit(
        "drawn",
        pairs,
        (name, bytes) => write(join(preprocessed, "drawn", name), bytes),
      );
    });
    await t.step("data without truth are told of, with the number of their pairs", async () => {
      const { flow: _, valid: __, ...first } = pair("clip/1", 64, 64);
      const unlabelled = [1, 2, 3].map((number) => ({
        ...first,
        name: `clip/${number}`,
        dataset: number < 3 ? "frames" : "drawn",
      }));
      await packSplit(
        "real_train",
        unlabelled,
        (name, bytes) => write(join(preprocessed, "real_train", name), bytes),
      );
      const dataset = "frames, drawn";
      const all = [...splits, { split: "real_train", dataset, pairs: 3, truth: false }];
      const list = join(preprocessed, "splits.json");
      await write(list, text.encode(JSON.stringify({ splits: all })));
      await writeParams(folder, []);
      const { code, stderr } = await runStage("evaluate", folder);
      assertEquals(code, 0, stderr);
      assertStringIncludes(
        stderr,
        "evaluate: frames is not scored: none of its 2 pairs has a true flow, so there is neither row nor picture of it.\n",
      );
      assertEquals(stderr.split("is not scored").length, 2, stderr);
      await write(list, text.encode(JSON.stringify({ splits })));
    });
    await t.step("a pair that no device can hold ends before any is scored", async () => {
      const index = join(preprocessed, "drawn/index.json");
      const wide = (await Deno.readTextFile(index)).replace('"width": 150', '"width": 65536');
      await Deno.writeTextFile(index, wide);
      await writeParams(folder, [[/real_scale: .*/, "real_scale: 2"]]);
      const { code, stderr } = await runStage("evaluate", folder);
      assertEquals(code, 1);
      assertStringIncludes(
        stderr,
        'Stage evaluate failed: "images" needs a buffer of ',
      );
      assertStringIncludes(stderr, "Lower evaluate.real_scale = 2 or pretrain.width = 0.125.");
    });
  });
});
