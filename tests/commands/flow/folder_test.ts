import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { join } from "@std/path";
import axe from "axe-core";
import { readFlo } from "../../../pipeline/common/io/flo.ts";
import { readKittiFlow } from "../../../pipeline/common/io/kitti_flow.ts";
import { parseTsv } from "../../../pipeline/common/io/tsv.ts";
import { writeModel } from "../../../pipeline/compute/network/model_file.ts";
import { smallModel } from "../../flow/_waves.ts";
import { openBrowser } from "../../report/_browser.ts";
import { waitUntil } from "../reproduce/_program.ts";
import { filesBelow, flowCommand, inFlowFolder, runFlow, wavesPng } from "./_flow.ts";

const MODEL = ["--model", "m.safetensors"];

async function writeFrames(folder: string, names: readonly string[]): Promise<void> {
  for (const [k, name] of names.entries()) {
    await Deno.mkdir(join(folder, name, ".."), { recursive: true });
    await Deno.writeFile(join(folder, name), wavesPng(k, -k / 2, 70, 60));
  }
}

Deno.test("deno task flow estimates a folder of frames, and goes on where it was", async (t) => {
  await inFlowFolder(async (folder) => {
    const names = [
      "in/walk/f_8.png",
      "in/walk/f_9.png",
      "in/walk/f_10.png",
      "in/f_1.png",
      "in/f_2.png",
    ];
    await writeFrames(folder, names);
    const out = join(folder, "out");
    const run = (...more: string[]) => runFlow(folder, "in", "--out", "out", ...MODEL, ...more);
    const { code, stdout, stderr } = await run();
    assertEquals(code, 0, stderr);
    // Nothing but its progress, of which a slow machine says more than the end.
    assertMatch(stderr, /^(flow [\d.]+\/3 [^\n]*\n)*flow 3\/3[^\n]*\n$/);
    await t.step("every pair of neighbours has its files", () => {
      assertMatch(stdout, /^in: 3 pairs; .*; m\.safetensors\n/);
      assertStringIncludes(
        stdout,
        "out: 3 flows, 3 estimated now and 0 from before; 0 pairs without one",
      );
      const pairs = ["f_1", "walk/f_8", "walk/f_9"];
      assertEquals(filesBelow(out), [
        ...pairs.map((name) => `flow/${name}.flo`),
        "index.html",
        ...pairs.map((name) => `occlusions/${name}.png`),
        "pairs.tsv",
        ...pairs.map((name) => `pictures/${name}.png`),
        ...pairs.map((name) => `records/${name}.json`),
      ]);
      const table = parseTsv(Deno.readTextFileSync(join(out, "pairs.tsv")), "pairs.tsv", {
        median_px: "number",
        not_back_pct: "number",
      });
      assertEquals(table.map(({ pair, frame2, width }) => [pair, frame2, width]), [
        ["f_1", "f_2.png", "70"],
        ["walk/f_8", "walk/f_9.png", "70"],
        ["walk/f_9", "walk/f_10.png", "70"],
      ]);
    });
    const file = (path: string) => join(out, path);
    const bytesOf = (path: string) => Deno.readFileSync(file(path));
    const whole = bytesOf("flow/walk/f_8.flo");
    await t.step("nothing is estimated again that is there and whole", async () => {
      const before = Deno.statSync(file("flow/walk/f_9.flo")).mtime;
      await Deno.writeFile(file("flow/walk/f_8.flo"), whole.subarray(0, 100));
      await Deno.remove(file("pictures/f_1.png"));
      const { code, stdout } = await run();
      assertEquals(code, 0);
      assertStringIncludes(stdout, "3 flows, 2 estimated now and 1 from before");
      assertEquals(bytesOf("flow/walk/f_8.flo"), whole);
      assertEquals(Deno.statSync(file("flow/walk/f_9.flo")).mtime, before);
      assert(Deno.statSync(file("pictures/f_1.png")).isFile);
    });
    await t.step(
      "other frames or options count as others, a damaged record for nothing",
      async () => {
        await Deno.writeFile(join(folder, "in/walk/f_8.png"), wavesPng(5, 0, 70, 60));
        await Deno.writeTextFile(file("records/f_1.json"), "{");
        assertStringIncludes((await run()).stdout, "2 estimated now and 1 from before");
        assert(bytesOf("flow/walk/f_8.flo").some((byte, i) => byte !== whole[i]));
        assertStringIncludes(
          (await run("--scale", "2")).stdout,
          "3 estimated now and 0 from before",
        );
      },
    );
    await t.step("--format png and --backward", async () => {
      const { stdout } = await run("--format", "png", "--backward");
      assertStringIncludes(stdout, "3 estimated now and 0 from before");
      const forward = readKittiFlow(bytesOf("flow/f_1.png"), "f").flow;
      const backward = readKittiFlow(bytesOf("backward/f_1.png"), "b").flow;
      assertEquals([forward.length, backward.length], [2 * 70 * 60, 2 * 70 * 60]);
      assert(forward.some((value, i) => value !== backward[i]));
    });
  });
});

Deno.test("deno task flow goes on after a kill, and ends with the files of an unbroken run", () =>
  inFlowFolder(async (folder) => {
    await writeFrames(folder, ["in/1.png", "in/2.png", "in/3.png", "in/4.png", "in/5.png"]);
    const args = (out: string) => ["in", "--out", out, ...MODEL, "--refine", "15"];
    const unbroken = runFlow(folder, ...args("whole"));
    const process = flowCommand(folder, args("out"), "null").spawn();
    await waitUntil("two pairs are done", () => filesBelow(folder).includes("out/records/2.json"));
    process.kill("SIGKILL");
    await process.status;
    const whole = filesBelow(folder).filter((path) => /^out.*\.flo$/.test(path)).length;
    assert(whole < 4, "it had ended before it was killed");
    const { stdout } = await runFlow(folder, ...args("out"));
    const [, now, before] = /4 flows, (\d) estimated now and (\d) from before/.exec(stdout)!;
    assert(Number(before) >= 2 && Number(now) + Number(before) === 4, stdout);
    assertEquals((await unbroken).code, 0);
    const files = (name: string) =>
      filesBelow(join(folder, name)).filter((path) => !path.endsWith(".partial"));
    assertEquals(files("out"), files("whole"));
    for (const path of files("out")) {
      const [one, other] = ["out", "whole"].map((name) =>
        Deno.readFileSync(join(folder, name, path))
      );
      assertEquals(one, other, path);
    }
  }));

Deno.test("deno task flow tells of pairs that cannot be read, and estimates the others", () =>
  inFlowFolder(async (folder) => {
    const names = ["in/1.png", "in/2.png", "in/3.png", "in/4.png", "in/9.png", "in/title.png"];
    await writeFrames(folder, names);
    await Deno.writeFile(join(folder, "in/4.png"), wavesPng(0, 0, 30, 30));
    await Deno.writeTextFile(join(folder, "in/5.gif"), "GIF89a");
    const run = () => runFlow(folder, "in", "--out", "out", ...MODEL);
    const first = await run();
    assertEquals(first.code, 1);
    assertStringIncludes(
      first.stderr,
      "Cannot use in/4.png: it is 30 x 30, but in/3.png is 70 x 60.",
    );
    assertStringIncludes(first.stderr, "1 .gif (5.gif). Only PNG, JPEG and PPM are read");
    assertStringIncludes(first.stderr, "1 without a number before the ending (title.png)");
    assertStringIncludes(first.stderr, "1 without a neighbour in number (9.png)");
    assertStringIncludes(
      first.stdout,
      "out: 2 flows, 2 estimated now and 0 from before; 1 pair without",
    );
    await Deno.writeFile(join(folder, "in/2.png"), wavesPng(0, 0).subarray(0, 500));
    const second = await run();
    assertEquals(second.code, 1);
    assertStringIncludes(second.stderr, "Cannot read in/2.png: ");
    assertStringIncludes(
      second.stdout,
      "0 flows, 0 estimated now and 0 from before; 3 pairs without",
    );
    assertEquals(readFlo(await Deno.readFile(join(folder, "out/flow/1.flo")), "1").width, 70);
  }));

Deno.test("deno task flow tells of every pair whose flow KITTI's format cannot hold", () =>
  inFlowFolder(async (folder) => {
    await writeFrames(folder, ["in/f_1.png", "in/f_2.png", "in/f_3.png"]);
    const model = smallModel();
    model.weights.get("flow_estimators.predict_flow.0.bias")!.fill(300);
    await Deno.writeFile(join(folder, "far.safetensors"), writeModel(model));
    const flags = ["--model", "far.safetensors", "--scale", "1", "--format", "png"];
    const { code, stdout, stderr } = await runFlow(folder, "in", "--out", "out", ...flags);
    assertEquals(code, 1, stderr);
    for (const name of ["f_1", "f_2"]) {
      assertMatch(
        stderr,
        new RegExp(
          `^Cannot write flow/${name}\\.png: KITTI's format holds up to 512 px, and the flow has `,
          "m",
        ),
      );
    }
    assertStringIncludes(
      stdout,
      "out: 0 flows, 0 estimated now and 0 from before; 2 pairs without",
    );
    assertEquals(filesBelow(join(folder, "out")), ["pairs.tsv"]);
  }));

Deno.test("deno task flow counts pairs that are one picture twice, estimated now or before", () =>
  inFlowFolder(async (folder) => {
    await writeFrames(folder, ["in/1.png", "in/2.png", "in/4.png", "in/5.png", "in/6.png"]);
    await Deno.copyFile(join(folder, "in/2.png"), join(folder, "in/3.png"));
    await Deno.copyFile(join(folder, "in/5.png"), join(folder, "in/6.png"));
    const run = () => runFlow(folder, "in", "--out", "out", ...MODEL);
    const ends =
      "0 pairs without one\n2 pairs are the same picture twice, in 8 bits: their flow is the model's error\n";
    for (const before of [0, 5]) {
      const { code, stdout } = await run();
      assertEquals([code, stdout.slice(-ends.length)], [0, ends]);
      assertStringIncludes(
        stdout,
        `5 flows, ${5 - before} estimated now and ${before} from before`,
      );
    }
    const rows = parseTsv(await Deno.readTextFile(join(folder, "out/pairs.tsv")), "pairs.tsv");
    assertEquals(rows.map(({ pair, identical }) => pair + identical), [
      "10",
      "21",
      "30",
      "40",
      "51",
    ]);
    await Deno.writeFile(join(folder, "in/6.png"), wavesPng(9, 9, 70, 60));
    assertStringIncludes(
      (await run()).stdout,
      "\n1 pair is the same picture twice, in 8 bits: its flow is the model's error\n",
    );
  }));

Deno.test("deno task flow refuses a folder without pairs, one that is none, and an output inside it", () =>
  inFlowFolder(async (folder) => {
    await writeFrames(folder, ["in/1.png", "in/3.png"]);
    await Deno.mkdir(join(folder, "empty"));
    const fails = async (message: string, ...args: string[]) => {
      const { code, stderr } = await runFlow(folder, ...args, ...MODEL);
      assertStringIncludes(stderr, message);
      assertEquals(code, 1);
    };
    await fails(
      "it holds no two PNG, JPEG or PPM pictures with neighbouring numbers",
      "in",
      "--out",
      "o",
    );
    await fails("it holds no PNG, JPEG or PPM picture.", "empty", "--out", "o");
    await fails("Cannot read nowhere: there is no such folder.", "nowhere", "--out", "o");
    await fails("Cannot read in/1.png: there is no such folder.", "in/1.png", "--out", "o");
    await fails("Cannot write to in/flow: it lies in in", "in", "--out", "in/flow");
    assertEquals(filesBelow(folder), ["in/1.png", "in/3.png", "m.safetensors"]);
    await Deno.symlink("in", join(folder, "link"));
    await fails("Cannot write to link: it lies in in", "in", "--out", "link");
    await fails("Cannot write to link/new: it lies in in", "in", "--out", "link/new");
    await Deno.rename(join(folder, "in"), join(folder, "pictures"));
    const taken = "Cannot write to .: flows would take the place of the pictures in pictures.";
    await fails(taken, "pictures", "--out", ".");
  }));

Deno.test("deno task flow writes only into a folder that is new, empty or its own", () =>
  inFlowFolder(async (folder) => {
    await writeFrames(folder, ["in/1.png", "in/2.png", "truth/flow/1.flo"]);
    const write = (path: string, text: string) => Deno.writeTextFile(join(folder, path), text);
    const run = (out: string) => runFlow(folder, "in", "--out", out, ...MODEL);
    const refused = async (out: string, message: RegExp) => {
      const before = filesBelow(folder);
      const { code, stderr } = await run(out);
      assertEquals(code, 1, stderr);
      assertMatch(stderr, message);
      assertEquals(filesBelow(folder), before);
    };
    const truth =
      /^Cannot write to truth: deno task flow did not make it, and it is not empty \(flow\)\. Name a new/;
    await refused("truth", truth);
    // As evaluate writes them.
    await Deno.mkdir(join(folder, "of_run"));
    await write("of_run/pairs.tsv", "dataset\tpair\tepe_px\n");
    await refused("of_run", /it is not empty \(pairs\.tsv\)\./);
    await Deno.symlink("of_run", join(folder, "link"));
    await refused("link", /^Cannot write to link: deno task flow did not make it/);
    await refused("m.safetensors", /^Cannot write to m\.safetensors: it is no folder\./);
    await write("dvc.yaml", "stages: {a: {outs: [{results/a/x.json: {cache: false}}, other]}}\n");
    for (const out of ["results", "results/a", "results/new", "other/new"]) {
      await refused(out, /^Cannot write to .*: the outputs of .*\/dvc\.yaml lie there\./);
    }
    await Deno.mkdir(join(folder, "empty"));
    // As a kill leaves it before and after the first file.
    await write("empty/pairs.tsv.partial", "pa");
    assertEquals((await run("empty")).code, 0);
    await Deno.remove(join(folder, "empty/records"), { recursive: true });
    assertEquals((await run("empty")).code, 0);
  }));

Deno.test("deno task flow follows or refuses links in a folder by name", () =>
  inFlowFolder(async (folder) => {
    await writeFrames(folder, ["in/a/1.png", "in/a/2.png", "other/1.png"]);
    const root = await Deno.realPath(folder);
    const fails = async (source: string, message: string) => {
      const { code, stderr } = await runFlow(folder, source, "--out", "o", ...MODEL);
      assertEquals([code, stderr.slice(0, message.length)], [1, message]);
    };
    await Deno.symlink("../other", join(folder, "in/b"));
    await fails(
      "in",
      `Cannot use ${root}/in/b: it is a link to the folder ${root}/other, and linked`,
    );
    await Deno.remove(join(folder, "in/b"));
    await Deno.symlink("gone.png", join(folder, "in/a/3.png"));
    await fails(
      "in",
      `Cannot read ${root}/in/a/3.png: it is a link to ${root}/in/a/gone.png, which`,
    );
    await Deno.symlink("nowhere", join(folder, "lost"));
    await fails(
      "lost",
      `Cannot read ${root}/lost: it is a link to ${root}/nowhere, which does not`,
    );
    await Deno.symlink("circle", join(folder, "circle"));
    await fails("circle", `Cannot read ${root}/circle: it is a link that leads in a circle.`);
    await fails("in/a/1.png/x", "Cannot read in/a/1.png/x: there is no such folder.");
  }));

Deno.test("the page of a folder's flows shows its pairs in a browser", () =>
  inFlowFolder(async (folder) => {
    await writeFrames(folder, ["in/<b>/1.png", "in/<b>/2.png", "in/<b>/3.png"]);
    assertEquals((await runFlow(folder, "in", "--out", "o", ...MODEL)).code, 0);
    await using browser = await openBrowser();
    const { page } = browser;
    // The page's policy lets in no script but its own.
    await page.setBypassCSP(true);
    // deno-lint-ignore no-explicit-any
    const evaluate = (expression: string): Promise<any> => page.evaluate(expression);
    await page.goto(new URL(join(folder, "o/index.html"), "file:").href);
    const caption = `document.querySelector('[data-part="caption"]').textContent`;
    await page.waitForFunction(`${caption}.startsWith("<b>/1: largest motion ")`);
    const shown = `document.querySelector('[data-layer][aria-pressed="true"]').dataset.layer`;
    assertEquals(await evaluate(shown), "predicted");
    await page.keyboard.press("ArrowRight");
    assertEquals(await evaluate(shown), "occlusion");
    await page.keyboard.press("n");
    await page.waitForFunction(`${caption}.startsWith("<b>/2: ")`);
    assertMatch(
      await evaluate(`document.querySelector('[data-part="predicted-u"]').textContent`),
      /^[+−]\d+\.\d\d$/,
    );
    await page.evaluate(axe.source);
    assertEquals(await evaluate("axe.run().then(({ violations }) => violations)"), []);
    const links = await evaluate(
      `[...document.querySelectorAll("#pairs a")].map(({ href }) => href)`,
    );
    assertEquals(links.length, 2);
    for (const link of links) {
      assertEquals(readFlo(await Deno.readFile(new URL(link)), link).width, 70);
    }
  }));
