import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { zlibSync } from "fflate";
import {
  type NamedTensor,
  readSafetensors,
  writeSafetensors,
} from "../../../pipeline/common/io/safetensors.ts";
import { contentLength, packPair } from "../../../pipeline/picture/viewer/pack.ts";
import { readViewer, writeViewer } from "../../../pipeline/picture/viewer/viewer_file.ts";
import { drawnPair } from "./_pair.ts";

Deno.test("writeViewer() and readViewer() are inverse, with names that hold a slash", () => {
  const packed = (dataset: string, name: string) => {
    const pair = drawnPair(name, { dataset });
    return packPair(pair, pair.flow!);
  };
  const datasets = {
    scenes: { flowMaximum: 8.5, pairs: [packed("scenes", "scene_0001")] },
    sintel_final: {
      flowMaximum: 40,
      pairs: [packed("sintel_final", "market_5/frame_0002"), packed("sintel_final", "ambush_2/x")],
    },
    frames: {
      flowMaximum: 3,
      pairs: [packPair({ ...pair, dataset: "frames", flow: undefined }, pair.flow!)],
    },
    empty: { flowMaximum: 1, pairs: [] },
  };
  assertEquals(readViewer(writeViewer(datasets), "viewer", "evaluate"), datasets);
  assertEquals(writeViewer(datasets), writeViewer(datasets));
});

const pair = drawnPair("scene_0001", { dataset: "scenes" });
const whole = writeViewer({ scenes: { flowMaximum: 8, pairs: [packPair(pair, pair.flow!)] } });

/** What is said of the file after its metadata and tensors were changed. */
function refusal(
  change: (content: Content, tensors: Map<string, NamedTensor>) => string | void,
): string {
  const { tensors, metadata } = readSafetensors(whole, "v");
  const content = JSON.parse(metadata.content);
  const text = change(content, tensors) ?? JSON.stringify(content);
  const bytes = writeSafetensors(tensors, { content: text });
  return assertThrows(() => readViewer(bytes, "v.safetensors", "evaluate"), Error).message;
}

interface Content {
  flow_maximum_px: Record<string, number>;
  pairs: Record<string, unknown>[];
}

Deno.test("readViewer() says what is wrong, where, and what to do", () => {
  const key = "scenes/scene_0001";
  const bytes = (data: Uint8Array) => ({ shape: [data.length], data });
  const cases: [change: Parameters<typeof refusal>[0], message: string][] = [
    [() => "{", "in its metadata content, it is not JSON (line 1, column 2"],
    [() => "null", "in its metadata content, it must be an object, got null"],
    [({ pairs }) => void (pairs[0].width = "6"), 'pairs[0].width must be a number, got "6"'],
    [(content) => void (content.flow_maximum_px.scenes = 0), "scenes must be more than 0, got 0"],
    [
      (content) => void (content.flow_maximum_px = {}),
      `pair "${key}" is of a data set without flow`,
    ],
    [(_, tensors) => void tensors.delete(key), `pair "${key}" has no tensor of bytes of its own`],
    [({ pairs }) => void pairs.push(pairs[0]), `pair "${key}" has no tensor of bytes of its own`],
    [({ pairs }) => void pairs.pop(), `no pair is listed for its tensor "${key}"`],
    [({ pairs }) => void (pairs[0].left = 1), "pixels from (1, 0) of"],
    [
      ({ pairs }) =>
        Object.assign(pairs[0], { width: 1e9, full: { width: 1e9, height: 1e3 } }) && undefined,
      "is too large to be shown",
    ],
    [(_, tensors) => void tensors.set(key, bytes(new Uint8Array(9))), "cannot be unpacked: "],
    [
      (_, tensors) => void tensors.set(key, bytes(zlibSync(new Uint8Array(7)))),
      `has content of 7 bytes, ${contentLength(pair)} are wanted`,
    ],
    [
      (_, tensors) => void tensors.set(key, bytes(zlibSync(new Uint8Array(1e6)))),
      `has content of ${contentLength(pair) + 1} bytes, ${contentLength(pair)} are wanted`,
    ],
  ];
  for (const [change, message] of cases) {
    const found = refusal(change);
    assertStringIncludes(found, message);
    assertStringIncludes(found, "Cannot read v.safetensors: ");
    assertStringIncludes(found, "Make it anew with: ./run dvc repro -f evaluate");
  }
});
