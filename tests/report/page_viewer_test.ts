import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { packPair } from "../../pipeline/picture/viewer/pack.ts";
import { LIVE_ADDRESS, pairViewer } from "../../pipeline/report/page_viewer.ts";
import { drawnPair } from "../picture/viewer/_pair.ts";

function shown(truths: boolean[]): string {
  const pairs = truths.map((truth, i) => {
    const { flow, ...pair } = drawnPair(`frame_${i}`, { dataset: "frames" });
    return packPair(truth ? { ...pair, flow } : pair, flow!);
  });
  const text = {
    introduction: "Frames & flow.",
    captionOf: (dataset: string, name: string) => `${name} of ${dataset}`,
  };
  return pairViewer({ frames: { flowMaximum: 8, pairs } }, text).toString();
}

const layersOf = (html: string) =>
  [...html.matchAll(/data-layer="(\w+)"/g)].map(([, name]) => name);

Deno.test("pairViewer() leaves out what needs a true flow where no pair has one", () => {
  const html = shown([false, false]);
  assertEquals(layersOf(html), ["frame1", "frame2", "warped", "predicted", "occlusion"]);
  assert(!/truth-u|data-part="error|Black: truth unknown/.test(html));
  assert(html.includes("<p>Frames &amp; flow.</p>"));
  assert(html.includes('"caption":"frame_1 of frames"'));
});

Deno.test("pairViewer() shows all layers where one pair has a true flow", () => {
  const html = shown([false, true]);
  assertEquals(layersOf(html).length, 6);
  assert(html.includes('data-part="truth-u"') && html.includes('data-part="error-maximum"'));
});

Deno.test("pairViewer() opens pairs where deno task page --serve shows the live page", () => {
  assertStringIncludes(
    shown([true]),
    `type="url" data-part="live-address" value="${LIVE_ADDRESS}"`,
  );
});
