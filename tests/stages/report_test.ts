import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import { createHash } from "node:crypto";
import { decodePng } from "../../pipeline/common/io/png.ts";
import { writeSafetensors } from "../../pipeline/common/io/safetensors.ts";
import { packPair } from "../../pipeline/picture/viewer/pack.ts";
import { writeViewer } from "../../pipeline/picture/viewer/viewer_file.ts";
import { drawnPair } from "../picture/viewer/_pair.ts";
import { inFolder, ROOT, runStage, write } from "./_run.ts";

const MODEL = writeSafetensors([["weight", { shape: [2, 3], data: new Float32Array(6) }]], {
  network: "PWC-Lite",
  settings: '{"width":0.25,"normalise_features":true,"centre_input":true}',
  made_by: '{"pretrain":{"steps":40},"train":{"steps":400,"smoothness":"l1"}}',
});

/** Of these, what DVC keeps in its cache. */
const CACHED = [
  "results/direct/viewer.safetensors",
  "results/evaluate/viewer.safetensors",
  "results/pretrain/model.safetensors",
  "results/train/model.safetensors",
];

/** What the stages before it would have left there. */
async function prepare(folder: string): Promise<void> {
  const kept = (name: string, dataset: string) => {
    const pair = drawnPair(name, { dataset });
    return { [dataset]: { flowMaximum: 8, pairs: [packPair(pair, pair.flow!)] } };
  };
  const scene = kept("scene_0000", "scenes");
  const loss = "step\ttotal_loss\tphotometric_loss\tsmoothness_loss\n20\t0.5\t0.5\t0\n";
  const files: Record<string, string | Uint8Array> = {
    "params.yaml": await Deno.readFile(join(ROOT, "params.yaml")),
    "models/params.yaml": await Deno.readFile(join(ROOT, "models/params.yaml")),
    "sweep/published.json": "{}\n",
    "results/direct/metrics.json": '{"a": {"epe_px": 0.5, "zero_flow_epe_px": 2}}\n',
    "results/direct/viewer.safetensors": writeViewer(scene),
    "results/evaluate/metrics.json": '{"a": {"epe_px": 1, "zero_flow_epe_px": 2}}\n',
    "results/evaluate/pairs.tsv":
      "dataset\tpair\tepe_px\tzero_flow_epe_px\tepe_occ_px\na\tx/1\t1\t2\t\na\tx/2\t1\t2\t\n" +
      "scenes\tscene_0000\t1\t2\t\n",
    "results/evaluate/pictures/a_x_1-bdaf85bb.png": "the drawn pair",
    "results/evaluate/viewer.safetensors": writeViewer({ ...kept("x/1", "a"), ...scene }),
  };
  for (const stage of ["pretrain", "train"]) {
    files[`results/${stage}/metrics.json`] = '{"loss": 0.5}\n';
    files[`results/${stage}/curves/loss.tsv`] = loss;
    files[`results/${stage}/curves/validation.tsv`] = "step\tepe_px\tepe_occ_px\n20\t1.5\t\n";
    files[`results/${stage}/model.safetensors`] = MODEL;
  }
  for (const [path, content] of Object.entries(files)) {
    const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
    await write(join(folder, path), bytes);
  }
}

/** The page is too long to be shown when something is missing. */
function contains(page: string, text: string): void {
  assert(page.includes(text), `the page lacks ${text}`);
}

Deno.test("stage report", async (t) => {
  await inFolder(async (folder) => {
    await prepare(folder);
    const read = (name: string) => Deno.readTextFile(join(folder, "results/report", name));

    await t.step("runs with the permissions of dvc.yaml", async () => {
      assertEquals(await runStage("report", folder), { code: 0, stderr: "" });
    });
    await t.step(
      "draws a scene with both methods for the README, wide enough to be read",
      async () => {
        const file = await Deno.readFile(join(folder, "results/report/picture.png"));
        const { width } = decodePng(file, "picture.png");
        assert(width >= 1600, String(width));
      },
    );
    await t.step("writes a page with everything in it", async () => {
      const page = await read("index.html");
      contains(page, "with 6 parameters");
      contains(page, "Smoothness under test: <b>l1</b>");
      const md5 = createHash("md5").update(MODEL).digest("hex");
      contains(
        page,
        `<code>results/train/model.safetensors</code> <span class="hash">md5 ${md5}`,
      );
      contains(page, 'data-value="0.5" data-key="a.epe_px"');
      contains(page, "middlebury_sample.zip");
      contains(page, "sources <b>miniworld, scikit_image</b>");
    });
    await t.step("gives the same bytes again", async () => {
      const before = await read("index.html");
      assertEquals(await runStage("report", folder), { code: 0, stderr: "" });
      assertEquals(await read("index.html"), before);
    });
    await t.step("writes a Markdown page that links the pictures where they lie", async () => {
      const report = await read("report.md");
      assertStringIncludes(report, "| EPE, all pixels (px) | 1.000 | 2.000 |");
      assertStringIncludes(report, "| parameters | 6 |");
      const links = [...report.matchAll(/\]\((.*?)\)/g)].map(([, path]) => path);
      assertEquals(links, ["../evaluate/pictures/a_x_1-bdaf85bb.png"]);
      for (const link of links) await Deno.stat(join(folder, "results/report", link));
    });
    await t.step("links no picture where none was drawn", async () => {
      assertStringIncludes(await read("report.md"), "../evaluate/pictures/a_x_1-bdaf85bb.png");
      await Deno.remove(join(folder, "results/evaluate/pictures/a_x_1-bdaf85bb.png"));
      assertEquals(await runStage("report", folder), { code: 0, stderr: "" });
      assert(!(await read("report.md")).includes("a_x_1-bdaf85bb.png"));
    });
    await t.step("names what is damaged", async () => {
      const damages: [path: string, content: string, message: string][] = [
        [
          "results/evaluate/pairs.tsv",
          "dataset\tpair\na\tb\n",
          "it has no column epe_px, only dataset",
        ],
        [
          "results/evaluate/pairs.tsv",
          "dataset\tpair\tepe_px\tzero_flow_epe_px\tepe_occ_px\n",
          "no pair of the data set scenes has a score in it, and the picture shows one of these. Run",
        ],
        [
          "results/evaluate/metrics.json",
          '{"a": {"epe_px": "1"}}',
          'a.epe_px must be a number, got "1"',
        ],
        ["results/direct/metrics.json", "", "it is not JSON (line 1, column 1"],
        ["results/train/metrics.json", '{"loss": []}', "loss must be a number, or numbers by name"],
        ["results/train/curves/loss.tsv", "step\n1\n", "it has no column total_loss"],
        ["params.yaml", "[]", "it must be an object, got []"],
        ["models/params.yaml", "{}", "textures must be an object, got nothing"],
        ["results/evaluate/viewer.safetensors", "x", "it holds 1 bytes, too few for its header"],
        ["results/train/model.safetensors", "x", "it holds 1 bytes, too few for its header"],
        ["sweep/published.json", "5", "it must be an object, got 5"],
      ];
      for (const [path, content, message] of damages) {
        const place = join(folder, path);
        const whole = await Deno.readFile(place);
        await Deno.writeTextFile(place, content);
        const { code, stderr } = await runStage("report", folder);
        assertEquals(code, 1);
        assertStringIncludes(stderr, `Stage report failed: Cannot read ${path}: ${message}`);
        await Deno.writeFile(place, whole);
      }
    });
    await t.step("names what is missing, and what writes it", async () => {
      for (const path of ["results/train/metrics.json", "results/evaluate/pictures"]) {
        await Deno.rename(join(folder, path), join(folder, "aside"));
        const { code, stderr } = await runStage("report", folder);
        await Deno.rename(join(folder, "aside"), join(folder, path));
        assertEquals(code, 1);
        assertStringIncludes(
          stderr,
          `Stage report failed: Cannot read ${path}: there is no such file or folder. Run the stage that writes it`,
        );
      }
    });
    await t.step("reads files that are links into the cache, where it may not read", async () => {
      const cache = join(folder, ".dvc/cache");
      await Deno.mkdir(cache, { recursive: true });
      const before = await read("index.html");
      for (const path of [...CACHED, "results/report/index.html"]) {
        const object = join(cache, path.replaceAll("/", "_"));
        await Deno.rename(join(folder, path), object);
        await Deno.symlink(object, join(folder, path));
      }
      assertEquals(await runStage("report", folder), { code: 0, stderr: "" });
      assertEquals(await read("index.html"), before);
      assert(!(await Deno.lstat(join(folder, "results/report/index.html"))).isSymlink);
    });
  });
});
