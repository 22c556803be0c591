import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { renderReport, type ReportInput } from "../../pipeline/report/report.ts";

const input: ReportInput = {
  params: { preprocess: { seed: 1 }, evaluate: { real_scale: 0.5 } },
  model: {
    parameters: 159088,
    settings: { width: 0.25 },
    madeBy: {
      pretrain: { steps: 2400, width: 0.25 },
      train: { steps: 400, smoothness: "unrolled" },
    },
  },
  training: { train: { loss: 0.25, validation: { epe_px: 1.5 } } },
  evaluation: {
    scenes: { pairs_count: 2, epe_px: 1.5, zero_flow_epe_px: 3, epe_occ_px: 2.5, fl_all_pct: 11 },
    kitti2015: { pairs_count: 1, epe_px: 12, zero_flow_epe_px: 10 },
  },
  pairs: [
    { dataset: "scenes", pair: "scene_0000", epe_px: "1", zero_flow_epe_px: "4" },
    { dataset: "scenes", pair: "scene_0001", epe_px: "2", zero_flow_epe_px: "2" },
    { dataset: "kitti2015", pair: "000000", epe_px: "12", zero_flow_epe_px: "10" },
  ],
  pictureOf: (dataset, pair) =>
    pair === "scene_0001" ? undefined : `../evaluate/pictures/${dataset}_${pair}.png`,
};

Deno.test("renderReport()", async (t) => {
  const report = renderReport(input);
  const section = (title: string) => report.split(`\n## ${title}\n`)[1].split("\n## ")[0];

  await t.step("opens with one line a data set", () => {
    assertStringIncludes(report, "| scenes | 2 | 1.500 | 3.000 | 2.500 |  | 11.00 |");
    assertStringIncludes(report, "| kitti2015 | 1 | 12.000 | 10.000 |  |  |  |");
  });
  await t.step("has a table and the pictures of each data set", () => {
    assertStringIncludes(section("scenes"), "| EPE, all pixels (px) | 1.500 | 3.000 |");
    assertEquals(section("scenes").match(/!\[.*\]\(.*\)/g), [
      "![scenes scene_0000](../evaluate/pictures/scenes_scene_0000.png)",
    ]);
    assertStringIncludes(section("kitti2015"), "(../evaluate/pictures/kitti2015_000000.png)");
  });
  await t.step("says where the network is not better than zero flow", () => {
    assertStringIncludes(section("scenes"), "(50.0 % of it): better than predicting no motion");
    assertStringIncludes(
      section("scenes"),
      "Not better than zero flow on 1 of 2 pairs: scene_0001 (2 against 2 px).",
    );
    assertStringIncludes(section("kitti2015"), "not better than predicting no motion");
  });
  await t.step("says what was run, from the model itself", () => {
    assertStringIncludes(section("What was run"), "| parameters | 159088 |");
    assertStringIncludes(section("What was run"), "| parameter | pretrain | train |");
    assertStringIncludes(section("What was run"), "| steps | 2400 | 400 |");
    assertStringIncludes(section("What was run"), "| smoothness |  | unrolled |");
    assertStringIncludes(section("What was run"), "| evaluate.real_scale | 0.5 |");
    assertStringIncludes(section("Training"), "| validation.epe_px | 1.5 |");
  });
  await t.step("keeps the paper's numbers apart", () => {
    const [own, published] = report.split("## Published numbers, not of this run");
    for (const number of ["4.69", "5.80", "10.81", "4.78", "5.89", "11.80", "15.82"]) {
      assert(!own.includes(number));
      assert(published.includes(number));
    }
  });
  await t.step("gives the same bytes twice", () => {
    assertEquals(renderReport(input), report);
  });
});

Deno.test("renderReport() shows names from archives as they are, wherever they stand", () => {
  const name = "<img src=x onerror=alert(1)> | ![x](y) `z`\n# h";
  const escaped = "\\<img src=x onerror=alert(1)\\> \\| !\\[x\\](y) \\`z\\` \\# h";
  const report = renderReport({
    params: { [name]: name },
    model: { parameters: 1, settings: { [name]: name }, madeBy: { [name]: { [name]: name } } },
    training: { [name]: { [name]: 1 } },
    evaluation: { [name]: { pairs_count: 1, epe_px: 2, zero_flow_epe_px: 1 } },
    pairs: [{ dataset: name, pair: name, epe_px: "2", zero_flow_epe_px: "1" }],
    pictureOf: () => "../evaluate/pictures/a.png",
  });
  const count = (text: string) => report.split(text).length - 1;
  assertEquals(count(escaped), 14);
  assertEquals(report.match(/(?<!\\)<|(?<!\\)`/g), null);
  assertEquals(report.match(/^# /gm)?.length, 1);
});

Deno.test("renderReport() ends long lists of pairs", () => {
  const pairs = Array.from({ length: 30 }, (_, i) => ({
    dataset: "scenes",
    pair: `scene_${i}`,
    epe_px: "2",
    zero_flow_epe_px: "1",
  }));
  const report = renderReport({ ...input, pairs });
  assertStringIncludes(report, "on 30 of 30 pairs: scene_0 (2 against 1 px), scene_1");
  assertStringIncludes(report, "scene_9 (2 against 1 px), ….");
  assert(!report.includes("scene_10 ("));
});

Deno.test("renderReport() names the pairs that are not scored", () => {
  const blind = { dataset: "scenes", pair: "scene_0002", epe_px: "", zero_flow_epe_px: "" };
  const report = renderReport({ ...input, pairs: [...input.pairs, blind] });
  assertStringIncludes(
    report,
    "Not scored, since no pixel of their true flow is known: 1 of 3 pairs: scene_0002.",
  );
  assertStringIncludes(report, "Not better than zero flow on 1 of 2 pairs");
});

Deno.test("renderReport() copes with a data set of which nothing was known", () => {
  const report = renderReport({
    ...input,
    evaluation: { sintel: { pairs_count: 0, unscored_pairs_count: 1 } },
    pairs: [],
  });
  assertStringIncludes(report, "No pixel of known flow was scored.");
});
