import { assertEquals, assertThrows } from "@std/assert";
import { fails, find } from "./_find.ts";

Deno.test("frames", async (t) => {
  await t.step("pairs neighbours in number, by folder and name", () => {
    const paths = ["walk/img_9.png", "walk/img_10.png", "walk/img_12.png", "walk/img_13.png"];
    const pairs = find("frames", [...paths, "walk/other_10.png", "7.ppm", "8.ppm", "9.png"]);
    assertEquals(pairs.map(({ scene, frame1, frame2 }) => `${scene}: ${frame1} ${frame2}`), [
      "frames: 7.ppm 8.ppm",
      "frames: 8.ppm 9.png",
      "walk/img: walk/img_12.png walk/img_13.png",
      "walk/img: walk/img_9.png walk/img_10.png",
    ]);
  });
  const inOrder = (paths: string[]) =>
    find("frames", paths).map(({ frame1, frame2 }) => `${frame1} ${frame2}`);
  await t.step("counts beyond 2^53 without rounding", () => {
    // As doubles, all of these are 1403636579763555584; the last is no neighbour.
    const names = ["583", "584", "585", "587"].map((end) => `cam/1403636579763555${end}.png`);
    assertEquals(inOrder(names), [`${names[0]} ${names[1]}`, `${names[1]} ${names[2]}`]);
    assertEquals(inOrder(["9007199254740992.png", "9007199254740993.png"]), [
      "9007199254740992.png 9007199254740993.png",
    ]);
  });
  await t.step("counts with zeros before the number, without, and across a new digit", () => {
    assertEquals(inOrder(["a/0099.png", "a/0100.png", "b/99.png", "b/100.png", "c/9.png"]), [
      "a/0099.png a/0100.png",
      "b/99.png b/100.png",
    ]);
    assertEquals(inOrder(["a/009.png", "a/10.png"]), ["a/009.png a/10.png"]);
  });
  await t.step("takes endings in any case of letters", () => {
    assertEquals(inOrder(["a/1.PNG", "a/2.png", "a/3.Png", "b/1.PPM", "b/2.ppm"]), [
      "a/1.PNG a/2.png",
      "a/2.png a/3.Png",
      "b/1.PPM b/2.ppm",
    ]);
    assertEquals(inOrder(["a/1.JPG", "a/2.jpeg", "a/3.png"]), [
      "a/1.JPG a/2.jpeg",
      "a/2.jpeg a/3.png",
    ]);
  });
  await t.step("counts across formats: a recording may have been converted in part", () => {
    assertEquals(inOrder(["a/1.png", "a/2.ppm", "a/3.png", "b/3.png"]), [
      "a/1.png a/2.ppm",
      "a/2.ppm a/3.png",
    ]);
    assertEquals(inOrder(["1.png", "2.png", "3.ppm", "4.ppm"]), [
      "1.png 2.png",
      "2.png 3.ppm",
      "3.ppm 4.ppm",
    ]);
  });
  await t.step("refuses two pictures of one number", () => {
    fails(
      "frames",
      ["a/1.png", "a/2.png", "a/01.png"],
      "Cannot use a/1.png in a.zip: it has the number 1, and so has a/01.png",
    );
    fails("frames", ["a/1.PNG", "a/1.png", "a/2.png"], "and so has a/1.PNG");
    fails("frames", ["a/1.ppm", "a/1.png"], "Cannot use a/1.ppm in a.zip");
  });
  await t.step("counts aloud what it leaves out", () => {
    const leftOut: string[] = [];
    const paths = [
      "a/1.png",
      "a/2.png",
      "a/4.png",
      "a/9.png",
      "a/title.png",
      "a/3.WEBP",
      "a/5.webp",
    ];
    const more = ["c/film.mp4", "notes.txt", ".thumbnails/1.png", ".thumbnails/2.png"];
    const pairs = find("frames", [...paths, ...more], "frames", { leftOut });
    assertEquals(pairs.map(({ scene, name }) => [scene, name]), [["a", "a/1"]]);
    assertEquals(leftOut, [
      "a.zip: left out pictures: 2 in hidden folders or files (.thumbnails/1.png, .thumbnails/2.png).",
      "a.zip: left out pictures: 2 .webp (a/3.WEBP, a/5.webp), 1 .mp4 (c/film.mp4). Only PNG, JPEG and " +
      "PPM are read: convert pictures with: magick mogrify -format png *.EXTENSION; films with: " +
      "ffmpeg -i FILM %06d.png.",
      "a.zip: left out pictures: 1 without a number before the ending (a/title.png).",
      "a.zip: left out pictures: 2 without a neighbour in number (a/4.png, a/9.png): only 7 and 8 " +
      "are a pair, not 7 and 9. Number the frames of a recording 1, 2, 3.",
    ]);
  });
  await t.step("says nothing when all pictures are used", () => {
    const leftOut: string[] = [];
    find("frames", ["a/1.png", "a/2.png", "__MACOSX/a/._1.png", "README"], "frames", { leftOut });
    assertEquals(leftOut, []);
  });
  await t.step("hidden folders are no scenes, in any layout", () => {
    const hidden = ["1", "2"].map((n) => `training/clean/.thumbnails/frame_000${n}.png`);
    const shown = hidden.map((path) => path.replace(".thumbnails", "cave_2"));
    assertEquals(find("sintel", [...hidden, ...shown]).map(({ scene }) => scene), ["cave_2"]);
    fails("sintel", hidden, "a.zip: it holds no training/final");
  });
  await t.step("refuses links in an archive, which would be a clip less", () => {
    assertThrows(
      () => find("frames", ["a/1.png", "a/2.png", "b"], "frames", { links: ["b"] }),
      Error,
      "Cannot use a.zip: b is a symbolic link",
    );
  });
  await t.step("says what it found when there is no pair", () => {
    fails("frames", ["a1.png", "a3.png", "b.png"], "it holds no two PNG, JPEG or PPM pictures");
    fails(
      "frames",
      ["a1.png", "a3.png"],
      "It holds 2 without a neighbour in number (a1.png, a3.png)",
    );
    fails(
      "frames",
      ["a1.webp", "a2.webp"],
      "neighbouring numbers. It holds 2 .webp (a1.webp, a2.webp).",
    );
  });
});
