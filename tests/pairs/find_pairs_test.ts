import { assertEquals, assertThrows } from "@std/assert";
import type { LayoutName } from "../../pipeline/fetch/catalogue.ts";
import { findPairs } from "../../pipeline/pairs/find_pairs.ts";

function find(layout: LayoutName, paths: string[], dataset: string = layout) {
  const read = () => Promise.reject(new Error("layouts read nothing"));
  return findPairs({ name: "a.zip", paths: paths.toSorted(), read }, layout, dataset);
}

function fails(layout: LayoutName, paths: string[], message: string) {
  assertThrows(() => find(layout, paths), Error, message);
}

Deno.test("middlebury", async (t) => {
  const paths = [
    "other-data/Venus/frame10.png",
    "other-data/Venus/frame11.png",
    "other-data/Venus/frame12.png",
    "other-gt-flow/Venus/flow10.flo",
    "other-data/DogDance/frame10.png",
    "other-data/DogDance/frame11.png",
  ];
  await t.step("pairs frames 10 and 11; some sequences have no truth", () => {
    assertEquals(find("middlebury", paths), [
      {
        name: "DogDance",
        scene: "DogDance",
        dataset: "middlebury",
        frame1: "other-data/DogDance/frame10.png",
        frame2: "other-data/DogDance/frame11.png",
      },
      {
        name: "Venus",
        scene: "Venus",
        dataset: "middlebury",
        frame1: "other-data/Venus/frame10.png",
        frame2: "other-data/Venus/frame11.png",
        flow: "other-gt-flow/Venus/flow10.flo",
      },
    ]);
  });
  await t.step("misses a partner", () => {
    fails(
      "middlebury",
      paths.filter((path) => path !== "other-data/Venus/frame11.png"),
      "Cannot use other-data/Venus/frame10.png in a.zip: its partner other-data/Venus/frame11.png is missing",
    );
    fails("middlebury", paths.slice(3), "its partner other-data/Venus/frame10.png is missing");
  });
  await t.step("is another data set", () => {
    fails("middlebury", ["training/final/a/frame_0001.png"], "a.zip: it holds no other-data/NAME");
  });
});

Deno.test("sintel", async (t) => {
  const frames = (pass: string, numbers: number[], scene = "market_5") =>
    numbers.map((number) => `training/${pass}/${scene}/frame_000${number}.png`);
  const truth = (number: number) => [
    `training/flow/market_5/frame_000${number}.flo`,
    `training/occlusions/market_5/frame_000${number}.png`,
    `training/invalid/market_5/frame_000${number}.png`,
  ];
  await t.step("pairs neighbours in each pass, with the truth that they share", () => {
    const paths = [
      ...frames("clean", [1, 2, 3]),
      ...frames("final", [1, 2, 3]),
      ...truth(1),
      ...truth(2),
      "training/flow_viz/market_5/frame_0001.png",
      "test/final/ambush_1/frame_0001.png",
    ].map((path) => `MPI-Sintel-complete/${path}`);
    const pairs = find("sintel", paths);
    assertEquals(pairs.map((pair) => `${pair.dataset} ${pair.name}`), [
      "sintel_clean market_5/frame_0001",
      "sintel_clean market_5/frame_0002",
      "sintel_final market_5/frame_0001",
      "sintel_final market_5/frame_0002",
    ]);
    const root = "MPI-Sintel-complete/training/";
    assertEquals(pairs[3], {
      name: "market_5/frame_0002",
      scene: "market_5",
      dataset: "sintel_final",
      frame1: `${root}final/market_5/frame_0002.png`,
      frame2: `${root}final/market_5/frame_0003.png`,
      flow: `${root}flow/market_5/frame_0002.flo`,
      occlusions: `${root}occlusions/market_5/frame_0002.png`,
      invalid: `${root}invalid/market_5/frame_0002.png`,
    });
  });
  await t.step("misses the second frame, the first, or the flow between", () => {
    fails(
      "sintel",
      [...frames("final", [2]), ...truth(2)],
      "frame_0002.png in a.zip: its partner training/final/market_5/frame_0003.png is missing",
    );
    fails(
      "sintel",
      [...frames("final", [2, 3]), ...truth(1), ...truth(2)],
      "frame_0001.flo in a.zip: its partner training/final/market_5/frame_0001.png is missing",
    );
    fails(
      "sintel",
      [...frames("final", [1, 2, 3]), ...truth(1)],
      "its partner training/flow/market_5/frame_0002.flo is missing",
    );
  });
  await t.step("finds frames without any truth", () => {
    assertEquals(find("sintel", frames("clean", [4, 5])).length, 1);
  });
});

Deno.test("kitti", async (t) => {
  const pair = (folder: string, name: string) => [
    `training/${folder}/${name}_10.png`,
    `training/${folder}/${name}_11.png`,
  ];
  await t.step("2015: image_2, both truths and the object map", () => {
    const paths = [
      ...pair("image_2", "000003"),
      ...pair("image_3", "000003"),
      "training/flow_occ/000003_10.png",
      "training/flow_noc/000003_10.png",
      "training/obj_map/000003_10.png",
      "testing/image_2/000000_10.png",
    ];
    assertEquals(find("kitti", paths, "kitti2015"), [{
      name: "000003",
      scene: "000003",
      dataset: "kitti2015",
      frame1: "training/image_2/000003_10.png",
      frame2: "training/image_2/000003_11.png",
      flow: "training/flow_occ/000003_10.png",
      flowNoc: "training/flow_noc/000003_10.png",
      objects: "training/obj_map/000003_10.png",
    }]);
  });
  await t.step("2012: colour before grey", () => {
    const paths = [
      ...pair("image_0", "000000"),
      ...pair("colored_0", "000000"),
      "training/flow_occ/000000_10.png",
    ];
    const [found] = find("kitti", paths, "kitti2012");
    assertEquals(found.frame2, "training/colored_0/000000_11.png");
    assertEquals(found.flowNoc, undefined);
  });
  await t.step("misses a partner", () => {
    fails(
      "kitti",
      ["training/image_2/000000_10.png", "training/flow_occ/000000_10.png"],
      "its partner training/image_2/000000_11.png is missing",
    );
    fails(
      "kitti",
      [
        ...pair("image_2", "000000"),
        ...pair("image_2", "000001"),
        "training/flow_occ/000001_10.png",
      ],
      "its partner training/flow_occ/000000_10.png is missing",
    );
    fails(
      "kitti",
      ["training/flow_occ/000001_10.png"],
      "its partner training/image_2/000001_10.png is missing",
    );
  });
});

Deno.test("flyingchairs", async (t) => {
  const files = (name: string) =>
    ["img1.ppm", "img2.ppm", "flow.flo"].map((end) => `FlyingChairs_release/data/${name}_${end}`);
  await t.step("every number is a pair and a scene", () => {
    const pairs = find("flyingchairs", [...files("00001"), ...files("00002"), "README.txt"]);
    assertEquals(pairs.map((pair) => pair.scene), ["00001", "00002"]);
    assertEquals(pairs[1].flow, "FlyingChairs_release/data/00002_flow.flo");
  });
  await t.step("misses a partner", () => {
    fails("flyingchairs", files("00001").slice(1), "00001_img1.ppm is missing");
    fails("flyingchairs", files("00001").slice(0, 2), "00001_flow.flo is missing");
  });
});

Deno.test("frames", async (t) => {
  await t.step("pairs neighbours in number, by folder and name", () => {
    const paths = ["walk/img_9.png", "walk/img_10.png", "walk/img_12.png", "walk/img_13.png"];
    const pairs = find("frames", [...paths, "walk/other_10.png", "7.ppm", "8.ppm", "9.png"]);
    assertEquals(pairs.map(({ scene, frame1, frame2 }) => `${scene}: ${frame1} ${frame2}`), [
      "frames: 7.ppm 8.ppm",
      "walk/img: walk/img_12.png walk/img_13.png",
      "walk/img: walk/img_9.png walk/img_10.png",
    ]);
  });
  await t.step("has no neighbours", () => {
    fails("frames", ["a1.png", "a3.png", "b.png"], "it holds no two PNG or PPM pictures");
  });
});
