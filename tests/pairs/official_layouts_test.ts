/** The official data sets from archive to packed splits, by small archives of their layouts. */
import { assert, assertEquals, assertRejects } from "@std/assert";
import {
  chairsFiles,
  HEIGHT,
  kittiFiles,
  kittiSample,
  rawFiles,
  sintelFiles,
  sintelSample,
  WIDTH,
} from "./_official.ts";
import { run } from "./_packed.ts";

const sintel = await sintelSample(), kitti = await kittiSample();

Deno.test("MPI Sintel: passes, masks, the usual split and the test part", async (t) => {
  const files = sintelFiles(sintel);
  const { counts, told, unpack } = await run("sintel", files);
  await t.step("divides the scenes as published code does", () => {
    assertEquals(counts, {
      sintel_clean: 2,
      sintel_final: 2,
      sintel_clean_test: 2,
      sintel_final_test: 2,
      real_train: 4,
      real_validation: 2,
    });
    assertEquals(told, []);
  });
  await t.step("scores alley_2, trains on market_5, and never on the test part", async () => {
    const [scored] = await unpack("sintel_final");
    assertEquals([scored.name, scored.width, scored.height], ["alley_2/frame_0001", WIDTH, HEIGHT]);
    assert(scored.flow!.some((value) => Math.abs(value) > 1) && scored.occluded && scored.valid);
    const trained = await unpack("real_train");
    assert(trained.every(({ scene }) => scene.endsWith("/market_5")));
    const [test] = await unpack("sintel_clean_test");
    assertEquals([test.name, test.flow], ["ambush_1/frame_0001", undefined]);
    const [validated] = await unpack("real_validation");
    assertEquals([validated.name, validated.dataset], [
      "sintel_clean/alley_2/frame_0001",
      "sintel_clean",
    ]);
  });
  await t.step("without the test part and with share 0 all is scored and trained on", async () => {
    const { counts } = await run("sintel", files, { test_frames: false, holdout: "share" });
    assertEquals(counts, {
      sintel_clean: 4,
      sintel_final: 4,
      real_train: 8,
      real_validation: 2,
    });
  });
  await t.step("tells of fewer pairs than the official archive has", async () => {
    const official = { sintel_clean: 1041, sintel_final: 4 };
    const { told } = await run("sintel", files, { official, holdout: "share" });
    assertEquals(told, [
      "official.zip: holds 4 pairs of sintel_clean, the official archive 1041: scores do not compare with published ones.",
    ]);
    const half = Object.entries(files).filter(([path]) => !/^test|training\/final/.test(path));
    const changes = {
      official: { ...official, sintel_final_test: 552 },
      holdout: "share",
    } as const;
    const toldOf = async (test_frames: boolean) =>
      (await run("sintel", Object.fromEntries(half), { ...changes, test_frames })).told.slice(1);
    const noFinal = "official.zip: holds no pair of sintel_final, the official archive 4.";
    const noTest = "official.zip: holds no pair of sintel_final_test, the official archive 552.";
    assertEquals(await toldOf(true), [noFinal, noTest]);
    assertEquals(await toldOf(false), [noFinal]);
  });
  const without = (pattern: RegExp) =>
    Object.fromEntries(Object.entries(files).filter(([path]) => !pattern.test(path)));
  const HALVES: [name: string, gone: RegExp, message: string][] = [
    [
      "a scene of one pass",
      /training\/final\/alley_2/,
      "Cannot use official.zip: frames of scene alley_2 are missing in training/final: expected are 3, as in " +
      "training/clean, found are 0, without frame_0001.png, frame_0002.png, frame_0003.png.",
    ],
    [
      "the last frame of one pass",
      /training\/clean\/market_5\/frame_0003/,
      "missing in training/clean: expected are 3, as in training/final, found are 2, without frame_0003.png.",
    ],
    [
      "a frame of the test part",
      /test\/final\/ambush_1\/frame_0002/,
      "frames of scene ambush_1 are missing in test/final: expected are 3",
    ],
    [
      "a flow",
      /training\/flow\/alley_2\/frame_0002/,
      "its partner training/flow/alley_2/frame_0002.flo is missing",
    ],
    [
      "a mask",
      /training\/occlusions\/alley_2\/frame_0002/,
      "training/occlusions/alley_2/frame_0002.png is missing, though the archive holds",
    ],
  ];
  for (const [name, gone, message] of HALVES) {
    await t.step(`a half archive: ${name} is missing`, async () => {
      await assertRejects(() => run("sintel", without(gone)), Error, message);
    });
  }
  await t.step("another data set: what was expected and what is there", async () => {
    await assertRejects(
      () => run("sintel", kittiFiles(kitti, 2015)),
      Error,
      "Cannot use official.zip: it holds no training/final/SCENE/frame_NNNN.png and " +
        "training/flow/SCENE/frame_NNNN.flo. It holds 24 files: testing/image_2 (4), ",
    );
  });
});

Deno.test("KITTI 2012 and 2015: both truths, the object map and the test part", async (t) => {
  for (const year of [2012, 2015] as const) {
    await t.step(`${year}`, async () => {
      const dataset = `kitti${year}`;
      const { counts, told, unpack } = await run("kitti", kittiFiles(kitti, year), { dataset });
      assertEquals(counts, {
        [dataset]: 2,
        [`${dataset}_test`]: 2,
        real_train: 2,
        real_validation: 1,
      });
      assertEquals(told, []);
      const [pair] = await unpack(dataset);
      assertEquals([pair.foreground !== undefined, pair.occluded?.length], [
        year === 2015,
        WIDTH * HEIGHT,
      ]);
      const [test] = await unpack(`${dataset}_test`);
      assertEquals([test.name, test.valid], ["000000", undefined]);
    });
  }
});

Deno.test("KITTI raw: the pairs of a list, whose JPEG are the official PNG", async (t) => {
  const files = rawFiles(kitti);
  const { counts, unpack } = await run("kitti_raw", files);
  assertEquals(counts, { real_train: 2, real_validation: 0 });
  const [pair] = await unpack("real_train");
  const drive = "2011_09_26/2011_09_26_drive_0001_sync";
  assertEquals([pair.name, pair.scene], [
    `kitti_raw/${drive}/image_02/data/0000000000`,
    `kitti_raw/${drive}`,
  ]);
  await t.step("lines that form no pair, and a list that is missing", async () => {
    const gone = `${drive}/image_02/data/0000000002.png`;
    const { [gone]: _, ...half } = files;
    await assertRejects(
      () => run("kitti_raw", half),
      Error,
      `Cannot use official.zip: line 2 of its list kitti_train.txt names ${
        gone.replace("png", "jpg")
      }, which is missing; 1 of its pairs are whole.`,
    );
    const frame = (number: number) => `${drive}/image_02/data/000000000${number}.png`;
    const listed = (...lines: number[][]) =>
      new TextEncoder().encode(lines.map((line) => line.map(frame).join(" ")).join("\r"));
    const { counts } = await run("kitti_raw", {
      ...files,
      "kitti_train.txt": listed([0, 1], [1, 2]),
    });
    assertEquals(counts.real_train, 2);
    const WRONG: [lines: number[][], what: string][] = [
      [[[0, 1], [1, 1]], `line 2 of its list kitti_train.txt names ${frame(1)} as both frames`],
      [
        [[0, 1], [0, 2]],
        `names ${frame(0)} as the first frame of a pair, as does line 1; 1 of its`,
      ],
      [
        [[0, 1], [0, 1]],
        `names ${frame(0)} as the first frame of a pair, as does line 1; 1 of its`,
      ],
      [[[0]], "line 1 of its list kitti_train.txt names no second frame; 0 of its"],
    ];
    for (const [lines, what] of WRONG) {
      const wrong = { ...files, "kitti_train.txt": listed(...lines) };
      await assertRejects(() => run("kitti_raw", wrong), Error, what);
    }
    const { "kitti_train.txt": __, ...unlisted } = files;
    await assertRejects(
      () => run("kitti_raw", unlisted),
      Error,
      "it holds no list (NAME.txt) of the pairs, two paths a line",
    );
  });
});

Deno.test("FlyingChairs: the official split file", async (t) => {
  const files = chairsFiles(sintel);
  const list = "FlyingChairs_release/FlyingChairs_train_val.txt";
  const { counts, unpack, told } = await run("flyingchairs", files);
  assertEquals(counts, { flyingchairs: 1, real_train: 2, real_validation: 1 });
  assertEquals(told, []);
  assertEquals((await unpack("flyingchairs")).map(({ name }) => name), ["00003"]);
  for (const end of ["\r", "\r\n", ""]) {
    const text = `1${end || "\n"}1${end || "\n"}2${end}`;
    const read = await run("flyingchairs", { ...files, [list]: new TextEncoder().encode(text) });
    assertEquals(read.counts, counts, JSON.stringify(text));
  }
  const CASES: [text: string, message: string][] = [
    ["1\n1\n", "it has 2 lines, one for each pair from 00001 on, and none for the pair 00003."],
    ["1\n3\n2\n", 'line 2 must be 1 (training) or 2 (validation), got "3".'],
  ];
  for (const [text, message] of CASES) {
    await t.step(message, async () => {
      const wrong = { ...files, [list]: new TextEncoder().encode(text) };
      await assertRejects(
        () => run("flyingchairs", wrong),
        Error,
        `Cannot use ${list} in official.zip: ${message}`,
      );
    });
  }
  await t.step("without it every pair is scored and trained on", async () => {
    const { [list]: _, ...without } = files;
    const { counts, told } = await run("flyingchairs", without);
    assertEquals([counts.flyingchairs, counts.real_train], [3, 3]);
    assertEquals(told, [
      "official.zip: there is no FlyingChairs_train_val.txt in it or beside it, so that not the usual split but " +
      "preprocess.holdout_share = 0 says what is kept out of training.",
    ]);
    assertEquals((await run("flyingchairs", without, { holdout: "share" })).told, []);
  });
});

Deno.test("Middlebury: the evaluation sequences are a test part", async (t) => {
  const frame = (number: number) => `eval-data/Army/frame${number}.png`;
  const files = { [frame(10)]: sintel.frames[0], [frame(11)]: sintel.frames[1] };
  const dataset = "middlebury_eval";
  const { counts } = await run("middlebury", files, { dataset });
  assertEquals(counts, { middlebury_eval_test: 1, real_train: 0, real_validation: 0 });
  await t.step("which must be asked for", async () => {
    await assertRejects(
      () => run("middlebury", files, { dataset, test_frames: false }),
      Error,
      "it holds eval-data alone, a test part, which is taken when preprocess.test_frames is true.",
    );
  });
});
