import { assertEquals, assertThrows } from "@std/assert";
import { writeSafetensors } from "../../../pipeline/common/io/safetensors.ts";
import { packPair } from "../../../pipeline/picture/viewer/pack.ts";
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
    empty: { flowMaximum: 1, pairs: [] },
  };
  assertEquals(readViewer(writeViewer(datasets), "viewer"), datasets);
  assertEquals(writeViewer(datasets), writeViewer(datasets));
});

Deno.test("readViewer() says what to do about another file", () => {
  assertThrows(
    () => readViewer(writeSafetensors([]), "viewer.safetensors"),
    Error,
    "Cannot read viewer.safetensors: its metadata does not list packed pairs",
  );
});
