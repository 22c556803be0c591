import { assertEquals, assertStringIncludes } from "@std/assert";
import { fails, find } from "./_find.ts";

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
  await t.step("takes endings in any case, and tells of other names", () => {
    const upper = ["other-data/Urban2/frame10.PNG", "other-data/Urban2/frame11.Png"];
    const odd = ["other-data/Urban2/frame010.png", "other-data/Grove/Frame10.png"];
    const leftOut: string[] = [];
    const pairs = find("middlebury", [...paths, ...upper, ...odd], "middlebury", { leftOut });
    assertEquals(pairs.map(({ frame1 }) => frame1), [
      "other-data/DogDance/frame10.png",
      upper[0],
      "other-data/Venus/frame10.png",
    ]);
    assertEquals(leftOut, [
      `a.zip: left out files: 2 that are in no pair (${odd[1]}, ${odd[0]}). Pairs are made of ` +
      "other-data/NAME/frame10.png, frame11.png and other-gt-flow/NAME/flow10.flo.",
    ]);
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
      part: "training",
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
  await t.step("masks for some pairs only would mix scores of different pairs", () => {
    const paths = [...frames("final", [1, 2, 3]), ...truth(1), ...truth(2)];
    for (const kind of ["occlusions", "invalid"]) {
      const gone = `training/${kind}/market_5/frame_0002.png`;
      fails(
        "sintel",
        paths.filter((path) => path !== gone),
        `Cannot use training/final/market_5/frame_0002.png in a.zip: ${gone} is missing, though ` +
          `the archive holds training/${kind}/market_5/frame_0001.png.`,
      );
      const without = find("sintel", paths.filter((path) => !path.includes(`/${kind}/`)));
      assertEquals(without.length, 2);
    }
  });
  await t.step("takes endings in any case, and tells of other names", () => {
    const leftOut: string[] = [];
    const paths = [
      ...frames("final", [1, 2]),
      "training/final/market_5/frame_0003.PNG",
      "training/final/market_5/frame_00004.png",
      "training/flow/market_5/frame_0001.FLO",
      "training/flow/market_5/frame_0002.flo",
      // Of the last frame, as in the official archive, and of a scene that has no frames.
      ...[1, 2, 3].map((number) => truth(number)[2]),
      "training/invalid/cave_2/frame_0001.png",
    ];
    const pairs = find("sintel", paths, "sintel", { leftOut });
    assertEquals(pairs.map(({ frame2, flow }) => [frame2, flow]), [
      [paths[1], paths[4]],
      [paths[2], paths[5]],
    ]);
    assertEquals(leftOut, [
      `a.zip: left out files: 2 that are in no pair (${paths[3]}, ${
        paths[9]
      }). Pairs are made of ` +
      "training/final/SCENE/frame_NNNN.png and training/flow/SCENE/frame_NNNN.flo.",
    ]);
  });
  await t.step("two roots with pairs of one name", () => {
    const clean = frames("clean", [1, 2]), final = frames("final", [1, 2]);
    fails(
      "sintel",
      [...clean.map((path) => `x/${path}`), ...clean.map((path) => `y/${path}`)],
      "Cannot use y/training/clean/market_5/frame_0001.png in a.zip: " +
        "x/training/clean/market_5/frame_0001.png belongs to a pair of the same name. Keep one",
    );
    const passes = [...clean.map((path) => `x/${path}`), ...final.map((path) => `y/${path}`)];
    assertEquals(find("sintel", passes).length, 2);
  });
  await t.step("tells of masks without the flow that they belong to", () => {
    const leftOut: string[] = [];
    const [pair] = find("sintel", [...frames("final", [1, 2]), truth(1)[1]], "sintel", { leftOut });
    assertEquals([pair.flow, pair.occlusions], [undefined, undefined]);
    assertStringIncludes(leftOut.join(), `1 that are in no pair (${truth(1)[1]})`);
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
  await t.step("takes endings in any case, and each root its own pictures", () => {
    const leftOut: string[] = [];
    const paths = [
      "a/training/image_2/000001_10.PNG",
      ...pair("image_2", "000001").slice(1).map((path) => `a/${path}`),
      "a/training/flow_occ/000001_10.PNG",
      ...pair("colored_0", "000002").map((path) => `b/${path}`),
      "b/training/flow_occ/000002_10.png",
    ];
    const pairs = find("kitti", paths, "kitti", { leftOut });
    assertEquals(pairs.map(({ frame1, flow }) => [frame1, flow]), [
      [paths[0], paths[2]],
      [paths[3], paths[5]],
    ]);
    assertEquals(leftOut, []);
    fails(
      "kitti",
      [...paths, "a/training/image_2/000001_10.png"],
      "Cannot use a/training/image_2/000001_10.png in a.zip: a/training/image_2/000001_10.PNG has the same",
    );
  });
  await t.step("tells of other names, and not of the frames around a pair", () => {
    const leftOut: string[] = [];
    const odd = [
      "training/colored_0/000004_10.png",
      "training/colored_0/000004_11.png",
      "training/flow_occ/00003_10.png",
      "training/image_2/000001_1x.PNG",
    ];
    const around = ["training/image_2/000003_09.png", "training/image_2/000003_20.png"];
    const pairs = find(
      "kitti",
      [...pair("image_2", "000003"), ...pair("image_0", "000003"), ...around, ...odd],
      "kitti",
      { leftOut },
    );
    assertEquals(pairs.map(({ name, flow }) => [name, flow]), [["000003", undefined]]);
    const shown = odd.slice(0, 3).join(", ");
    assertEquals(leftOut, [
      `a.zip: left out files: 4 that are in no pair (${shown}, ...). Pairs are made of ` +
      "training/image_2/NNNNNN_10.png, NNNNNN_11.png and training/flow_occ/NNNNNN_10.png.",
    ]);
    fails(
      "kitti",
      odd.slice(2),
      "training/flow_occ/NNNNNN_10.png, only 2 of other names (training/",
    );
  });
  await t.step(
    "flow_noc or obj_map for some pairs only would mix scores of different pairs",
    () => {
      const of = (name: string) => [
        ...pair("image_2", name),
        ...["flow_occ", "flow_noc", "obj_map"].map((folder) => `training/${folder}/${name}_10.png`),
      ];
      const paths = [...of("000003"), ...of("000004")];
      for (const folder of ["flow_noc", "obj_map"]) {
        fails(
          "kitti",
          paths.filter((path) => path !== `training/${folder}/000003_10.png`),
          `in a.zip: training/${folder}/000003_10.png is missing, though the archive holds ` +
            `training/${folder}/000004_10.png`,
        );
        const without = find("kitti", paths.filter((path) => !path.includes(folder)));
        assertEquals(without.map(({ name }) => name), ["000003", "000004"]);
      }
      // Of a pair that has nothing else.
      fails(
        "kitti",
        [...paths, "training/flow_noc/000005_10.png"],
        "image_2/000005_10.png is missing",
      );
    },
  );
  await t.step("two folders with pairs of one name", () => {
    const one = [...pair("image_2", "000003")];
    fails(
      "kitti",
      [...one.map((path) => `a/${path}`), ...one.map((path) => `b/${path}`)],
      "Cannot use b/training/image_2/000003_10.png in a.zip: a/training/image_2/000003_10.png belongs to a pair of the same name",
    );
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

Deno.test("flyingchairs takes endings in any case, and tells of other names", () => {
  const leftOut: string[] = [];
  const paths = ["1_img1.PPM", "1_img2.ppm", "1_flow.FLO"].map((path) => `data/0000${path}`);
  const odd = ["data/2_img1.ppm", "data/00003_img1.png"];
  const [pair] = find("flyingchairs", [...paths, ...odd], "flyingchairs", { leftOut });
  assertEquals([pair.frame1, pair.frame2, pair.flow], paths);
  assertEquals(leftOut, [
    `a.zip: left out files: 2 that are in no pair (${odd[1]}, ${
      odd[0]
    }). Pairs are made of data/NNNNN_img1.ppm, ` +
    "NNNNN_img2.ppm and NNNNN_flow.flo.",
  ]);
});
