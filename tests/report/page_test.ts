import { assert, assertEquals } from "@std/assert";
import { renderPage } from "../../pipeline/report/page.ts";
import { parseSweep } from "../../pipeline/report/sweep_record.ts";
import { formatComparison } from "../../pipeline/sweep/record.ts";
import { comparison, HOSTILE, pageInput } from "./_page_input.ts";

const page = await renderPage(pageInput());
/** What follows after a text. */
const after = (text: string) => page.slice(page.indexOf(text) + text.length);
const section = (id: string) => after(`<section id="${id}"`).split("</section>")[0];

/** The page is too long to be shown when something is missing. */
function contains(text: string, part: string): void {
  assert(text.includes(part), `missing: ${part}`);
}

Deno.test("renderPage() gives the same bytes twice", async () => {
  assertEquals(await renderPage(pageInput()), page);
});

Deno.test("renderPage() needs nothing from outside", async () => {
  const references = [...page.matchAll(/\s(?:href|src|action|poster|data|srcset)="([^"]*)"/g)];
  const outside = references.map(([, target]) => target)
    .filter((target) => !target.startsWith("#") && target !== "data:,");
  assertEquals(outside, []);
  const [styles] = after("<style>").split("</style>");
  assertEquals(styles.match(/url\(|@import/g), null);
  const [script] = after('<script type="module">').split("</script>");
  assertEquals(script.match(/\bimport\b|\bexport\b|fetch\(|XMLHttpRequest|https?:/g), null);
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(script));
  const hash = new Uint8Array(digest).toBase64();
  contains(
    page,
    `default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-${hash}'`,
  );
});

Deno.test("renderPage() shows every number, with the command that traces it", () => {
  const input = pageInput();
  const shown = (key: string, value: number, file: string) =>
    contains(
      page,
      `data-value="${value}" data-key="${key}" title="./run deno task trace ${file} ${key}"`,
    );
  for (const [dataset, scores] of Object.entries(input.evaluation)) {
    for (const [key, value] of Object.entries(scores)) {
      shown(`${dataset}.${key}`, value, "results/evaluate/metrics.json");
    }
  }
  shown("validation.epe_px", 1.45678, "results/pretrain/metrics.json");
  shown("smoothness_loss", 0.0312345, "results/train/metrics.json");
  shown("scenes/scene_0008.epe_px", 2.5, "results/evaluate/pairs.tsv");
});

Deno.test("renderPage() leads every number, and every link, to a place in the page", () => {
  const ids = new Set([...page.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id));
  const targets = [...page.matchAll(/\shref="#([^"]*)"/g)].map(([, target]) => target);
  assert(targets.length > 50);
  assertEquals(targets.filter((target) => !ids.has(target)), []);
  assertEquals([...page.matchAll(/\sid="/g)].length, ids.size, "an id stands twice");
});

Deno.test("renderPage() rounds what it shows and says how it compares", () => {
  const headline = section("headline");
  contains(headline, ">1.367</a>");
  contains(headline, "42 % of zero flow's error");
  contains(headline, "not better than predicting no motion");
  contains(headline, "No pixel of known flow was scored.");
  contains(headline, "more without any known flow");
  contains(
    page,
    "trained for\n40 + 20 steps without true flow.\nSmoothness under test: <b>unrolled, T = 3</b>",
  );
});

Deno.test("renderPage() says when the network's flow was refined", async () => {
  const { lineage, ...input } = pageInput();
  const params = { ...lineage.params, evaluate: { refine_steps: 30 } };
  const refined = await renderPage({ ...input, lineage: { ...lineage, params } });
  contains(refined, "refined by 30 steps of direct minimisation");
  assert(!page.includes("refined by"));
});

Deno.test("renderPage() says of weights that were imported that they were not trained here", async () => {
  const { lineage, ...input } = pageInput();
  const params = { evaluate: lineage.params.evaluate, import_weights: { file: "x.pth" } };
  const imported = await renderPage({ ...input, lineage: { ...lineage, params } });
  contains(imported, "parameters, which were not trained here.</p>");
  assert(!imported.includes("undefined +"));
});

Deno.test("renderPage() puts direct minimisation beside the network where it was scored", async () => {
  const direct = { scenes: { pairs_count: 9, epe_px: 0.636123, zero_flow_epe_px: 3.22467 } };
  const both = await renderPage({ ...pageInput(), direct });
  contains(
    both,
    'title="./run deno task trace results/direct/metrics.json scenes.epe_px">0.636</a>',
  );
  assertEquals(both.match(/<th scope="col">direct<\/th>/g)?.length, 1);
  contains(both, "the same cost minimised for each pair by itself");
  assert(!page.includes("the same cost minimised for each pair by itself"));
});

Deno.test("renderPage() draws the curves that there are", () => {
  const training = section("training");
  assertEquals(training.match(/<svg class="chart"/g)?.length, 4);
  // Without smoothness the total is the photometric loss; without an occluded pixel there is no such line.
  const names = [...training.matchAll(/<text class="name[^>]*>([^<]*)</g)].map(([, name]) => name);
  assertEquals(names.sort(), [
    "all pixels",
    "all pixels",
    "occluded",
    "photometric",
    "photometric",
    "smoothness",
    "total",
    "zero flow",
  ]);
});

Deno.test("renderPage() ranks pairs and names those that the viewer shows", () => {
  const pairs = section("pairs");
  const [best, worst] = pairs.split("<caption>").slice(1);
  assert(best.indexOf("scene_0000") < best.indexOf("scene_0001"));
  assert(worst.indexOf("scene_0008") < worst.indexOf("scene_0007"));
  contains(best, '<a href="#viewer" data-pair="0">scene_0000</a>');
  assert(!best.includes('data-pair="1"'));
  contains(pairs, "better than zero flow: 9 of 9 pairs");
});

Deno.test("renderPage() shows the chain back to the archives", () => {
  const tree = after('<details id="from-evaluate-metrics-json">').split("</details>")[0];
  for (
    const part of [
      "md5 0123456789abcdef0123456789abcdef",
      "md5 fedcba9876543210fedcba9876543210",
      "unroll_iterations <b>3</b>",
      "scenes_train <b>400</b>",
      `sha256 ${"ab".repeat(32)}`,
      "CC BY 4.0",
      "sha256 in results/download/manifest.json",
      "archives and frames of whoever ran it, if any",
    ]
  ) contains(tree, part);
  contains(after('id="stage-train"'), "kernels/compute/warp.wgsl");
});

Deno.test("renderPage() escapes names from data sets", () => {
  assert(!page.includes("<img"));
  assert(!page.includes(HOSTILE));
  const data = JSON.parse(
    after('<script type="application/json" id="viewer-data">').split("</script>")[0],
  );
  assertEquals(data.pairs[2].name, HOSTILE);
  assertEquals(data.pairs[2].caption.startsWith(`real ${HOSTILE}: EPE 0.75 px`), true);
});

Deno.test("renderPage() shows a sweep, its null results, and where the numbers are", async () => {
  const record = parseSweep(formatComparison(comparison()), "published.json");
  const hashes = { ...pageInput().lineage.hashes, "sweep/published.json": "5".repeat(32) };
  const input = { ...pageInput(), sweep: record };
  const text = await renderPage({ ...input, lineage: { ...input.lineage, hashes } });
  const shown = (part: string) => contains(text, part);
  shown("Direct: the flow field itself is the unknown");
  shown('data-key="direct.unrolled_T1.epe_occ_against_l1_pct"');
  shown("./run deno task trace results/sweep/metrics.json direct.unrolled_T1.epe_occ_px");
  shown(
    '>−16.7</a> <small>[−21.8, −11.0]</small> <small class="words">lower in 2 of 2 seeds</small>',
  );
  shown(
    '>0.5</a> <small>[−1.0, 2.0]</small> <small class="words">no difference shown</small>',
  );
  shown("2 seeds: mean ± standard deviation");
  shown(">2.287</a> <small>± 0.050</small>");
  shown("TV on the same Sobel operator");
  shown(`md5 ${"5".repeat(32)}`);
  assertEquals(text.match(/error against T, occluded pixels<\/title>/g)?.length, 1);
});

Deno.test("renderPage() says that no sweep was published", () => {
  contains(section("sweep"), "No sweep has been published");
});
