/** The live page in Chromium, on SwiftShader: its numbers beside Deno's and beside float64, used by pointer, keys and drops. */
import {
  assert,
  assertAlmostEquals,
  assertEquals,
  assertGreater,
  assertLess,
  assertStringIncludes,
} from "@std/assert";
import axe from "axe-core";
import { estimateFlow } from "../../pipeline/flow/estimate.ts";
import { flowIterates, iteratesAt } from "../../page/live/iterates.ts";
import { sampleScene } from "../../page/scene.ts";
import { testGpu } from "../_adapter.ts";
import { SWITCHES } from "../browser/_webgpu_page.ts";
import { smallModel } from "../flow/_waves.ts";
import { iterates64 } from "../reference/unrolled_cost.ts";
import {
  drop,
  keepPicture,
  look,
  numberOf,
  type OpenedPage,
  openPage,
  REFINABLE,
  setField,
  startAndStop,
  wavesPng,
} from "./_page.ts";

/** Two implementations of WebGPU round differently, and the page shows hundredths of a pixel. */
const FLOW_TOLERANCE = 0.015;
/** Adam divides by small gradients, so that refinement makes roundings larger. */
const REFINED_TOLERANCE = 0.05;

/** A picture of the canvas, as text that differs where pixels do. */
const CANVAS = `document.querySelector('#live [data-part="canvas"]').toDataURL()`;

async function flowAt(page: OpenedPage, x: number, y: number): Promise<[number, number]> {
  await setField(page, '#live [data-part="x"]', x);
  await setField(page, '#live [data-part="y"]', y);
  return [numberOf(await page.text("#live", "u")), numberOf(await page.text("#live", "v"))];
}

/** @returns value and gradient of a row of the table */
async function tableRow(page: OpenedPage, penalty: string): Promise<string[]> {
  return await page.evaluate(
    `[...document.querySelector('[data-penalty="${penalty}"]').children].map((cell) => cell.textContent)`,
  );
}

async function violations(page: OpenedPage): Promise<string[]> {
  await page.evaluate(axe.source);
  return await page.evaluate(
    `axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.map(({ id, nodes }) =>
      id + ": " + nodes.map(({ html, failureSummary }) => html + " " + failureSummary).join("; ")))`,
  );
}

Deno.test("the live page with WebGPU", async (t) => {
  await using opened = await openPage({ graphics: SWITCHES });
  const { page } = opened;
  const scene = sampleScene();
  const { width, height } = scene;
  const [frame1, frame2] = [scene.frame1, scene.frame2].map((data) => ({ width, height, data }));

  await t.step("says on what it computes, and begins with a sample", async () => {
    await opened.until("#live", "status", /^Synthetic scene, 128 x 128/);
    assertStringIncludes(await opened.text("header", "adapter"), "Computed on: ");
    assertGreater(numberOf(await opened.text("#live", "first-time")), 0);
  });
  const compareFlow = async (options: { refine?: number }, tolerance: number) => {
    const { forward } = await estimateFlow(await testGpu(), smallModel(), frame1, frame2, {
      scale: 1,
      sharpen: false,
      ...options,
    });
    for (const [x, y] of [[5, 9], [64, 31], [100, 120], [127, 0]]) {
      const [u, v] = await flowAt(opened, x, y), i = 2 * (y * width + x);
      assertAlmostEquals(u, forward[i], tolerance, `u at ${x}, ${y}`);
      assertAlmostEquals(v, forward[i + 1], tolerance, `v at ${x}, ${y}`);
    }
  };
  await t.step(
    "its network gives the flow that Deno's gives",
    () => compareFlow({}, FLOW_TOLERANCE),
  );
  await t.step("its refinement gives the flow that Deno's gives", async () => {
    await setField(opened, '#live [data-part="steps"]', 6);
    await opened.waitFor(REFINABLE);
    await page.click('#live [data-part="refine"]');
    await opened.until("#live", "status", /refined by 6 steps$/);
    await compareFlow({ refine: 6 }, REFINED_TOLERANCE);
    const [now, network] = (await opened.text("#live", "error")).split(", network ").map(numberOf);
    assertLess(now, network);
  });
  await t.step("reads the pixel under the pointer", async () => {
    const canvas = (await page.$("#live canvas"))!;
    await canvas.scrollIntoView();
    const box = (await canvas.boundingBox())!;
    const side = Math.min(box.width, box.height);
    const left = box.x + (box.width - side) / 2, top = box.y + (box.height - side) / 2;
    await page.mouse.move(left + 40.5 / width * side, top + 17.5 / height * side);
    assertEquals(await opened.text("#live", "position"), "40, 17");
    const truth = (await opened.text("#live", "truth")).split(", ").map(numberOf);
    assertAlmostEquals(truth[0], scene.flow![2 * (17 * width + 40)], 0.006);
    assertAlmostEquals(truth[1], scene.flow![2 * (17 * width + 40) + 1], 0.006);
  });
  await t.step("reads c, q and beta of the cost there, by the settings below", async () => {
    const gpu = await testGpu();
    const { forward } = await estimateFlow(gpu, smallModel(), frame1, frame2, {
      scale: 1,
      sharpen: false,
      refine: 6,
    });
    const flow = { width, height, frame1: scene.frame1, forward };
    await setField(opened, '[data-field="rho"]', 2);
    await setField(opened, '[data-field="lambda"]', 0.05);
    for (const T of [2, 0, 1]) {
      await setField(opened, '[data-field="T"]', T);
      await opened.until("#live", "iterations", new RegExp(`^${T}$`));
      const settings = { unrollIterations: T, rho: 2, lambda: 0.05, eta: 1 };
      const iterates = await flowIterates(gpu, flow, settings);
      const steepest = iterates.c.reduce(
        (best, c, i) => Math.abs(c) > Math.abs(iterates.c[best]) ? i : best,
        0,
      );
      assertGreater(Math.abs(iterates.c[steepest]), 4 * 0.025, "beyond the threshold");
      const cell = steepest % (iterates.width * iterates.height);
      const x = 4 * (cell % iterates.width) + 1, y = 4 * Math.floor(cell / iterates.width) + 2;
      await flowAt(opened, x, y);
      const rows: string[][] = await opened.evaluate(
        `[...document.querySelectorAll('#live [data-part="iterates"] tr')]
          .map((row) => [...row.querySelectorAll("td")].map((cell) => cell.textContent))`,
      );
      const wanted = iteratesAt(iterates, flow, x, y);
      assertEquals(rows.length, wanted.length);
      rows.forEach((row, i) => {
        const [c, q, beta] = row.map(numberOf);
        assertAlmostEquals(c, wanted[i].c, REFINED_TOLERANCE);
        // c is shown with three digits.
        const twin = iterates64(c, settings), rounding = 0.02 * Math.abs(c);
        assertAlmostEquals(q, twin.q[T], rounding);
        assertAlmostEquals(beta, twin.beta[T], rounding);
      });
    }
    for (const [name, value] of [["T", 3], ["rho", 0.3], ["lambda", 0.3]] as const) {
      await setField(opened, `[data-field="${name}"]`, value);
    }
    await flowAt(opened, 40, 17);
  });
  await t.step("shows each view differently, and moves the boundary by keys", async () => {
    await page.focus('#live [data-part="boundary"]');
    await page.keyboard.press("Home");
    const seen = new Set<string>();
    const views: string[] = await opened.evaluate(
      `[...document.querySelector('#live [data-part="right"]').options].map(({ value }) => value)`,
    );
    for (const view of views) {
      await page.select('#live [data-part="right"]', view);
      seen.add(await opened.evaluate(CANVAS));
    }
    assertEquals(seen.size, 7);
    await page.select('#live [data-part="right"]', "colours");
    const whole = await opened.evaluate(CANVAS);
    await page.keyboard.press("ArrowRight");
    assert(await opened.evaluate(CANVAS) !== whole);
    assertEquals(
      await opened.evaluate(`document.querySelector('#live canvas').getAttribute("aria-label")`),
      "Left: frame 1. Right: flow as colours.",
    );
  });
  await t.step("moves the boundary by its number field, and keeps all in the address", async () => {
    await setField(opened, '#live [data-part="percent"]', 130);
    const slider = `document.querySelector('#live [data-part="boundary"]').value`;
    assertEquals(await opened.evaluate(slider), "100");
    await setField(opened, '#live [data-part="percent"]', 35);
    assertEquals(await opened.evaluate(slider), "35");
    await opened.waitFor(
      `["T=3", "left=frame1", "right=colours", "boundary=35", "x=40", "y=17", "steps=6"]
        .every((said) => location.search.slice(1).split("&").includes(said))`,
    );
  });
  await t.step("takes two dropped pictures, in the order of their names", async () => {
    await drop(opened, { "f10.png": wavesPng(2, 1), "f9.png": wavesPng(0, 0) });
    await opened.until("#live", "status", /^f9.png and f10.png, 96 x 80/);
    await opened.until("#live", "error", /^unknown$/);
  });
  await t.step("says what is wrong with what was dropped, and goes on", async () => {
    const refused: [Readonly<Record<string, Uint8Array>>, string][] = [
      [{ "one.png": wavesPng(0, 0) }, "wanted are two pictures at once or one clip, got one file"],
      [{ "a.png": wavesPng(0, 0), "b.png": wavesPng(0, 0, 64, 80) }, "b.png with 64 x 80"],
      [{ "a.png": wavesPng(0, 0), "b.txt": new TextEncoder().encode("text") }, "b.txt"],
    ];
    for (const [files, message] of refused) {
      await drop(opened, files);
      await opened.waitFor(
        `(() => { const wrong = document.querySelector('#live [data-part="wrong"]');
          return !wrong.hidden && wrong.textContent.includes(${JSON.stringify(message)}); })()`,
      );
    }
    await page.click('[data-sample="rubber_whale"]');
    await opened.until("#live", "status", /^RubberWhale, 96 x 80/);
    await opened.until("#live", "error", /^\d\.\d+ px, network \d\.\d+ px$/);
    const truthAt = async (x: number, y: number) => {
      await setField(opened, '#live [data-part="x"]', x);
      await setField(opened, '#live [data-part="y"]', y);
      return await opened.text("#live", "truth");
    };
    assertEquals([await truthAt(5, 0), await truthAt(5, 1)], ["unknown", "+2.00, +1.00 px"]);
    assert(await opened.evaluate(`document.querySelector('#live [data-part="wrong"]').hidden`));
  });
  await t.step("a slider goes by keys, and its numbers are those of float64", async () => {
    await page.focus("#setting-T");
    await page.keyboard.press("ArrowRight");
    await opened.waitFor(
      `document.querySelector('[data-penalty="unrolled"] th')?.textContent === "unrolled, T = 4"`,
    );
    await opened.waitFor(`/[?&]T=4&rho=0.3&.*#penalty$/.test(location.href)`);
    const options = { unrollIterations: 4, rho: 0.3, lambda: 0.3, eta: 1 };
    const value = (c: number) => {
      const { q, beta } = iterates64(c, options);
      return 0.3 / 2 / 5 * q.reduce((sum, q_t, t) => sum + (q_t - c + beta[t]) ** 2, 0);
    };
    const [, shown, slope] = await tableRow(opened, "unrolled");
    assertEquals(await opened.text("#penalty", "c"), "c = +0.400");
    assertAlmostEquals(Number(shown), value(0.4), 1e-5);
    assertAlmostEquals(numberOf(slope), (value(0.4001) - value(0.3999)) / 2e-4, 1e-4);
    const [, l1, l1Slope] = await tableRow(opened, "l1");
    assertEquals([Number(l1), l1Slope], [0.12, "+0.30000"]);
  });
  await t.step("a number field keeps to its range, and leaves what is no number", async () => {
    const value = (name: string) =>
      opened.evaluate(`document.querySelector('[data-field="${name}"]').value`);
    await setField(opened, '[data-field="rho"]', 77);
    assertEquals(await value("rho"), "2");
    await opened.evaluate(`(() => {
      const field = document.querySelector('[data-field="eta"]');
      field.value = "";
      field.dispatchEvent(new Event("change"));
    })()`);
    assertEquals(await value("eta"), "1");
  });
  await t.step("denoises the toy under three penalties, and stops", async () => {
    await page.click('#toy [data-part="run"]');
    await opened.until("#toy", "status", /^Step 100 of 100$/);
    const legend: string = await opened.text("#toy", "errors");
    const error = (name: string) =>
      Number(legend.match(new RegExp(`${name}[^:]*: (0\\.\\d+)`))![1]);
    assertLess(error("unrolled"), 0.12);
    await keepPicture(page, "page_light");
    await opened.evaluate(startAndStop("#toy"));
    await opened.until("#toy", "status", /, stopped$/);
  });
  await t.step("minimises two costs side by side, and stops", async () => {
    // In the page, as soon as both have a flow: a fast machine may be at the end before it is looked at from here.
    await opened.evaluate(`(() => {
      const of = (name) => document.querySelector('#costs [data-part="' + name + '"]');
      new MutationObserver((_, observer) => {
        const said = /L1: \\d\\.\\d\\d.*unrolled, T = 4: \\d\\.\\d\\d/.test(of("occluded").textContent);
        if (!said || of("l1").toDataURL() === of("unrolled").toDataURL()) return;
        observer.disconnect();
        of("run").click();
      }).observe(of("status"), { childList: true });
    })()`);
    await page.click('#costs [data-part="run"]');
    await opened.until("#costs", "status", /^Step \d+ of 240, stopped$/);
    await opened.evaluate(startAndStop("#costs"));
    await opened.until("#costs", "status", /^Starting, stopped$/);
  });
  await t.step("a link restores the state, and what it says wrongly is told", async () => {
    await page.goto(
      `${opened.address}?T=1&rho=0.5&lambda=0.25&eta=x&stop=1&right=arrows&boundary=20&x=9&y=11#penalty`,
    );
    await opened.waitFor(`document.querySelector('[data-penalty="unrolled"]')`);
    const state = await opened.evaluate(
      `Object.fromEntries([...document.querySelectorAll("[data-field]")].map((field) => [field.dataset.field, field.value]))`,
    );
    assertEquals([state.T, state.rho, state.lambda, state.eta], ["1", "0.5", "0.25", "1"]);
    assert(await opened.evaluate(`document.querySelector("#setting-stop").checked`));
    assertStringIncludes(
      await opened.text("header", "link-wrong"),
      "The link has eta=x; wanted is a number from 0 to 2.",
    );
    await opened.until("#live", "status", /^Synthetic scene, 128 x 128/);
    assertEquals(await opened.text("#live", "position"), "9, 11");
    assertEquals(
      await opened.evaluate(
        `["right", "percent"].map((name) => document.querySelector('#live [data-part="' + name + '"]').value)`,
      ),
      ["arrows", "20"],
    );
  });
  for (
    const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [
      390,
      "dark",
    ]] as const
  ) {
    await t.step(`is accessible and fits at ${width} px, ${scheme}`, async () => {
      await look(page, width, scheme);
      assertEquals(await violations(opened), []);
      assertEquals(await opened.evaluate("document.documentElement.scrollWidth"), width);
      await keepPicture(page, `page_${width}_${scheme}`);
    });
  }
  await t.step("meets no error, and asks for nothing but itself", () => {
    assertEquals(opened.errors, []);
    assertEquals(opened.requests.filter((url) => !/^(data:|http:\/\/127\.0\.0\.1:)/.test(url)), []);
  });
});

const WITHOUT: Readonly<Record<string, { before: string; said: RegExp }>> = {
  "the interface": {
    before: `Object.defineProperty(navigator, "gpu", { value: undefined })`,
    said: /^This browser has no WebGPU, so that nothing can be computed here/,
  },
  "a GPU": {
    before: `navigator.gpu.requestAdapter = () => Promise.resolve(null)`,
    said: /^This browser has WebGPU, but found no GPU that it may use/,
  },
};

Deno.test("the live page without WebGPU says so and shows recorded pictures", async (t) => {
  for (const [name, { before, said }] of Object.entries(WITHOUT)) {
    await t.step(`without ${name}`, async () => {
      await using opened = await openPage({ before });
      await opened.until("header", "adapter", said);
      assertEquals(
        await opened.evaluate(
          `[...document.querySelectorAll("main > section:not([hidden])")].map(({ id }) => id)`,
        ),
        ["recorded"],
      );
      await opened.waitFor(
        `[...document.querySelectorAll("#recorded img")].every((image) => image.naturalWidth === 96)`,
      );
      assertEquals(await violations(opened), []);
      assertEquals(opened.errors, []);
      await keepPicture(opened.page, `page_without_${name.replace(/.* /, "")}`);
    });
  }
});
