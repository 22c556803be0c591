/** The multi-view extensions of KITTI from archive to packed splits, by small archives of their layout. */
import { assertEquals, assertRejects } from "@std/assert";
import { kittiFiles, kittiSample, multiviewFiles } from "./_official.ts";
import { run } from "./_packed.ts";

const kitti = await kittiSample();

Deno.test("KITTI multi-view: pairs of both cameras that touch none of the frames 9 to 12", async (t) => {
  const { counts, unpack, told } = await run("kitti_multiview", multiviewFiles(kitti), {
    dataset: "kitti2015_multiview",
  });
  // Of 20 neighbours those from 8 to 12 fall out, for two cameras.
  assertEquals(counts, { real_train: 30, real_validation: 0 });
  assertEquals(told, []);
  const names = (await unpack("real_train")).map(({ name }) => name);
  for (const [frame, isThere] of [["07", true], ["08", false], ["12", false], ["13", true]]) {
    const name = `kitti2015_multiview/image_3/000000_${frame}`;
    assertEquals(names.includes(name), isThere, name);
  }
  await t.step("grey pictures count where the scene has none in colour", async () => {
    const files = multiviewFiles(kitti);
    const grey = (scene: string) =>
      Object.fromEntries(
        ["00", "01", "02"].map((frame) => [
          `training/image_0/${scene}_${frame}.png`,
          files[`training/image_2/000000_${frame}.png`],
        ]),
      );
    const both = await run("kitti_multiview", { ...files, ...grey("000000"), ...grey("000001") });
    assertEquals(both.counts, { real_train: 32, real_validation: 0 });
    assertEquals(both.told.map((text) => /\d+ in grey/.exec(text)?.[0]), ["3 in grey"]);
    // Without frame 01 in colour, both pairs of it are there in grey alone.
    const { "training/image_2/000000_01.png": _, ...rest } = files;
    const { "training/image_3/000000_01.png": __, ...without } = rest;
    const some = await run("kitti_multiview", { ...without, ...grey("000000") });
    assertEquals(some.counts, { real_train: 30 - 4 + 2, real_validation: 0 });
    assertEquals(some.told.map((text) => /\d+ in grey/.exec(text)?.[0]), ["2 in grey"]);
  });
  const without = (pattern: RegExp) =>
    Object.fromEntries(
      Object.entries(multiviewFiles(kitti)).filter(([path]) => !pattern.test(path)),
    );
  const HALVES: [name: string, gone: RegExp, message: string][] = [
    [
      "a frame of one camera",
      /training\/image_3\/000000_20/,
      "Cannot use official.zip: frames of scene 000000 are missing in training/image_3: expected are 21, as in " +
      "training/image_2, found are 20, without 000000_20.png.",
    ],
    [
      "two frames of both cameras",
      /training\/image_[23]\/000000_(05|09)/,
      "Cannot use official.zip: frames of scene 000000 are missing in training: expected are 000000_00.png to " +
      "000000_20.png, found are 19, without 000000_05.png, 000000_09.png. The archive is incomplete; get it again.",
    ],
  ];
  for (const [name, gone, message] of HALVES) {
    await t.step(`a half archive: ${name} are missing`, async () => {
      await assertRejects(() => run("kitti_multiview", without(gone)), Error, message);
    });
  }
  await t.step("one camera is enough, and so is a scene that begins later", async () => {
    const { counts } = await run("kitti_multiview", without(/image_3|_0[0-2]\.png/));
    assertEquals(counts.real_train, 15 - 3);
  });
  await t.step("an archive with the pairs alone has none of these", async () => {
    await assertRejects(
      () => run("kitti_multiview", kittiFiles(kitti, 2015)),
      Error,
      "it holds no training/image_2/NNNNNN_00.png to NNNNNN_20.png",
    );
  });
});
