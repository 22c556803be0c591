import { assert, assertEquals, assertRejects } from "@std/assert";
import type { PairFiles } from "../../pipeline/pairs/layouts/layout.ts";
import { readFrames, readPair } from "../../pipeline/pairs/read_pair.ts";
import { writeFlo } from "../../pipeline/common/io/flo.ts";
import { writeKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { colour, halved } from "../../tools/fuzz/jpeg_samples.ts";
import { type Files, flo, memoryArchive, picture } from "../fetch/_archives.ts";

const pairFiles: PairFiles = {
  name: "p",
  scene: "s",
  dataset: "d",
  frame1: "1.png",
  frame2: "2.png",
};
const grey = (values: number[]) =>
  encodePng({ width: values.length, height: 1, channels: 1, data: Uint8Array.from(values) });
const frames = (width: number, height = 1): Files => ({
  "1.png": picture(width, height, 1),
  "2.png": picture(width, height, 2),
});

Deno.test("readPair()", async (t) => {
  await t.step("Sintel: invalid pixels are not valid, 255 is occluded", async () => {
    const pair = await readPair(
      { ...pairFiles, flow: "f.flo", invalid: "i.png", occlusions: "o.png" },
      memoryArchive({
        ...frames(3),
        "f.flo": flo(3, 1, 2, -1),
        "i.png": grey([255, 0, 0]),
        "o.png": grey([0, 255, 0]),
      }),
    );
    assertEquals([...pair.flow!], [2, -1, 2, -1, 2, -1]);
    assertEquals([...pair.valid!], [0, 1, 1]);
    assertEquals([...pair.occluded!], [0, 1, 0]);
    assertEquals([pair.frame1[0], pair.frame2[0], pair.width, pair.height], [1, 2, 3, 1]);
  });
  await t.step("Middlebury: unknown flow is 0 and not valid, no occlusion is claimed", async () => {
    const flow = Float32Array.of(1, 2, 2e9, 2e9);
    const pair = await readPair(
      { ...pairFiles, flow: "f.flo" },
      memoryArchive({ ...frames(2), "f.flo": writeFlo({ width: 2, height: 1, flow }) }),
    );
    assertEquals([...pair.flow!, ...pair.valid!], [1, 2, 0, 0, 1, 0]);
    assertEquals([pair.occluded, pair.foreground], [undefined, undefined]);
  });
  await t.step("KITTI: occluded is known in flow_occ and not in flow_noc", async () => {
    const flow = new Float32Array(8).fill(1.5);
    const map = (...valid: number[]) =>
      writeKittiFlow({ width: 4, height: 1, flow, valid: Uint8Array.from(valid) });
    const pair = await readPair(
      { ...pairFiles, flow: "occ.png", flowNoc: "noc.png", objects: "obj.png" },
      memoryArchive({
        ...frames(4),
        "occ.png": map(1, 1, 0, 1),
        "noc.png": map(1, 0, 0, 1),
        "obj.png": grey([0, 0, 3, 7]),
      }),
    );
    assertEquals([...pair.flow!], [1.5, 1.5, 1.5, 1.5, 0, 0, 1.5, 1.5]);
    assertEquals([...pair.valid!], [1, 1, 0, 1]);
    assertEquals([...pair.occluded!], [0, 1, 0, 0]);
    assertEquals([...pair.foreground!], [0, 0, 1, 1]);
  });
  await t.step("KITTI: refuses a flow_noc that knows more than flow_occ", async () => {
    const flow = new Float32Array(6);
    const map = (...valid: number[]) =>
      writeKittiFlow({ width: 3, height: 1, flow, valid: Uint8Array.from(valid) });
    for (const [occ, more] of [[map(0, 0, 0), 3], [map(1, 0, 1), 1]] as const) {
      await assertRejects(
        () =>
          readPair(
            { ...pairFiles, flow: "flow_occ/p.png", flowNoc: "flow_noc/p.png" },
            memoryArchive({
              ...frames(3),
              "flow_occ/p.png": occ,
              "flow_noc/p.png": map(1, 1, 1),
            }),
          ),
        Error,
        `Cannot use the truth of p in test.zip: flow_noc/p.png, the flow of visible pixels, knows ${more} pixels that ` +
          `flow_occ/p.png, the flow of all pixels, does not. Are the folders flow_noc and flow_occ exchanged?`,
      );
    }
  });
  await t.step(
    "a grey mask may be stored in colour, and its alpha counts for nothing",
    async () => {
      const stored = (channels: number, data: number[]) =>
        encodePng({ width: 2, height: 1, channels, data: Uint8Array.from(data) });
      const masks = [
        stored(2, [0, 255, 9, 0]),
        stored(3, [0, 0, 0, 9, 9, 9]),
        stored(4, [0, 0, 0, 255, 9, 9, 9, 0]),
      ];
      for (const mask of masks) {
        const pair = await readPair(
          { ...pairFiles, flow: "f.flo", occlusions: "o.png" },
          memoryArchive({ ...frames(2), "f.flo": flo(2, 1, 0, 0), "o.png": mask }),
        );
        assertEquals([...pair.occluded!], [0, 1]);
      }
    },
  );
  await t.step("KITTI without flow_noc claims no occlusion", async () => {
    const flow = new Float32Array(2), valid = Uint8Array.of(1);
    const pair = await readPair(
      { ...pairFiles, flow: "occ.png" },
      memoryArchive({
        ...frames(1),
        "occ.png": writeKittiFlow({ width: 1, height: 1, flow, valid }),
      }),
    );
    assertEquals(pair.occluded, undefined);
  });
  await t.step("FlyingChairs: PPM pictures", async () => {
    const ppm = (value: number) =>
      Uint8Array.of(...new TextEncoder().encode("P6\n1 1\n255\n"), value, 0, 0);
    const pair = await readPair(
      { ...pairFiles, frame1: "1.ppm", frame2: "2.ppm", flow: "f.flo" },
      memoryArchive({ "1.ppm": ppm(8), "2.ppm": ppm(9), "f.flo": flo(1, 1, 1, 1) }),
    );
    assertEquals([[...pair.frame1], [...pair.frame2]], [[8, 0, 0], [9, 0, 0]]);
  });
});

Deno.test("readFrames() reads frames that are JPEGs", async () => {
  const archive = memoryArchive({ "1.jpg": colour.file, "2.JPEG": halved.file });
  const pair = await readFrames({ ...pairFiles, frame1: "1.jpg", frame2: "2.JPEG" }, archive);
  assertEquals([pair.width, pair.height, pair.frame2.length], [21, 13, 3 * 21 * 13]);
  // Upper left: little red, much green.
  assert(Math.abs(pair.frame1[0] - 41) < 3 && Math.abs(pair.frame1[1] - 230) < 3);
});

Deno.test("readFrames() leaves truth unread", async () => {
  const files = { ...pairFiles, flow: "not there.flo" };
  assertEquals(Object.keys(await readFrames(files, memoryArchive(frames(2)))), [
    "name",
    "scene",
    "dataset",
    "width",
    "height",
    "frame1",
    "frame2",
  ]);
});

Deno.test("readPair() names the file and what is wrong", async (t) => {
  const fails = (files: Files, message: string, more: Partial<PairFiles> = {}) =>
    assertRejects(
      () => readPair({ ...pairFiles, flow: "f.flo", ...more }, memoryArchive(files)),
      Error,
      message,
    );
  await t.step("a truncated PNG", async () => {
    const cut = picture(2, 1, 2).slice(0, 40);
    await fails(
      { ...frames(2), "2.png": cut },
      "Cannot read 2.png in test.zip: the PNG is truncated",
    );
  });
  await t.step("frames, flow or mask of another size", async () => {
    await fails(
      { ...frames(2), "2.png": picture(3, 1, 0) },
      "Cannot use 2.png in test.zip: it is 3 x 1, but 1.png is 2 x 1",
    );
    await fails(
      { ...frames(2), "f.flo": flo(1, 2, 0, 0) },
      "Cannot use f.flo in test.zip: it is 1 x 2",
    );
    await fails(
      { ...frames(2), "f.flo": flo(2, 1, 0, 0), "o.png": grey([0]) },
      "Cannot use o.png in test.zip: it is 1 x 1",
      { occlusions: "o.png" },
    );
  });
  await t.step("a .flo with a wrong start", async () => {
    await fails(
      { ...frames(2), "f.flo": new Uint8Array(28) },
      "Cannot read f.flo in test.zip: a .flo file starts with",
    );
  });
  await t.step("a mask of colours", async () => {
    const data = Uint8Array.of(0, 0, 0, 0, 128, 0);
    await fails(
      {
        ...frames(2),
        "f.flo": flo(2, 1, 0, 0),
        "o.png": encodePng({ width: 2, height: 1, channels: 3, data }),
      },
      "Cannot read o.png in test.zip: a mask must be grey, and its pixel (1, 0) has the colour 0, 128, 0.",
      { objects: "o.png" },
    );
  });
  await t.step("no flow at all", async () => {
    await fails(frames(2), "Cannot read the truth of p", { flow: undefined });
  });
});
