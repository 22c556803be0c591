/** Numbers are found by dotted names and by row and column; a wrong name gets the nearest right one. */
import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { flatten, pick, valueAt } from "../../../commands/lineage/values.ts";

const METRICS =
  '{"scenes": {"epe_px": 0.25, "fl": {"all_pct": 3}}, "steps_count": 7, "list": [1, 2]}';
const PAIRS = "dataset\tpair\tepe_px\tfl_pct\n" +
  "scenes\tscene_0001\t0.5\t1\nscenes\tscene_0002\t0.75\t\nsintel\tmarket_5/frame_0002\t1.5\t2\n";
const LOSS = "step\ttotal\n100\t0.5\n200\t2.5e-1\n";

function complaint(file: string, text: string, key: string): string {
  return assertThrows(() => valueAt(file, text, key), Error).message;
}

Deno.test("pick() and flatten() follow dotted names, also through keys with dots", () => {
  const values = { a: { "b.c": { d: 1 } }, "x.y": 2 };
  assertEquals(pick(values, "a.b.c.d"), 1);
  assertEquals(pick(values, "x.y"), 2);
  assertEquals(pick(values, "a.d"), undefined);
  assertEquals(pick(values, "toString"), undefined);
  assertEquals(flatten({ a: { b: [1], c: null }, d: {} }), { "a.b": [1], "a.c": null, d: {} });
});

Deno.test("valueAt() reads metrics files", () => {
  assertEquals(valueAt("m.json", METRICS, "scenes.epe_px"), 0.25);
  assertEquals(valueAt("m.json", METRICS, "scenes.fl.all_pct"), 3);
  assertEquals(valueAt("m.json", METRICS, "list"), [1, 2]);
});

Deno.test("valueAt() reads tables by first cell, by all leading texts, by one of them", () => {
  assertEquals(valueAt("loss.tsv", LOSS, "200.total"), 0.25);
  assertEquals(valueAt("p.tsv", PAIRS, "scenes/scene_0001.epe_px"), 0.5);
  assertEquals(valueAt("p.tsv", PAIRS, "scene_0002.epe_px"), 0.75);
  assertEquals(valueAt("p.tsv", PAIRS, "market_5/frame_0002.fl_pct"), 2);
  assertEquals(valueAt("p.tsv", PAIRS, "scene_0002.fl_pct"), "");
});

Deno.test("valueAt() says what the name might have been", async (t) => {
  const cases: [file: string, text: string, key: string, sentence: string][] = [
    ["m.json", METRICS, "scenes.epe", "Did you mean scenes.epe_px?"],
    ["m.json", METRICS, "scenes", "Choose one of scenes.epe_px, scenes.fl.all_pct."],
    ["m.json", "{", "a", "Cannot read m.json"],
    ["p.tsv", PAIRS, "scene_0001.epe", "has no column epe. Did you mean epe_px?"],
    ["p.tsv", PAIRS, "scenes/scene_0009.epe_px", "Did you mean scenes/scene_0001?"],
    ["p.tsv", PAIRS, "scenes.epe_px", "has 2 rows named scenes: scenes/scene_0001, scenes/scene"],
    ["loss.tsv", LOSS, "total", "named ROW.COLUMN, for example 100.total"],
    ["model.safetensors", "", "a", "neither a metrics file (.json) nor a table (.tsv)"],
  ];
  for (const [file, text, key, sentence] of cases) {
    await t.step(
      `${file} ${key}`,
      () => assertStringIncludes(complaint(file, text, key), sentence),
    );
  }
});
