import { assert, assertAlmostEquals, assertEquals, assertThrows } from "@std/assert";
import { readJpeg } from "../../../pipeline/common/io/jpeg.ts";
import { readPicture } from "../../../pipeline/common/io/picture_file.ts";
import * as jpegs from "../../../tools/fuzz/jpeg_samples.ts";
import { tiff } from "./_exif.ts";

/** Mean and largest difference to the pixels of libjpeg. */
function differences({ file, pixels }: jpegs.Jpeg): { mean: number; largest: number } {
  const { width, height, data } = readJpeg(file, "a.jpg");
  assertEquals([width, height, data.length], [21, 13, 3 * 21 * 13]);
  const grey = pixels.length < data.length;
  let sum = 0, largest = 0;
  data.forEach((value, i) => {
    const difference = Math.abs(value - pixels[grey ? Math.floor(i / 3) : i]);
    sum += difference;
    largest = Math.max(largest, difference);
  });
  return { mean: sum / data.length, largest };
}

Deno.test("readJpeg() reads what libjpeg reads", async (t) => {
  // Both round the transform in their own way.
  for (const name of ["colour", "rgb", "grey", "progressiveGrey"] as const) {
    await t.step(name, () => {
      const { mean, largest } = differences(jpegs[name]);
      assert(mean < 0.6 && largest <= 2, `mean ${mean}, largest ${largest}`);
    });
  }
  // libjpeg blends between two samples of colour: a difference at the wave's slopes, none on average.
  for (const name of ["halved", "restarts", "progressive"] as const) {
    await t.step(`${name}, but for halved colours`, () => {
      const { mean, largest } = differences(jpegs[name]);
      assert(mean < 3.5 && largest <= 11, `mean ${mean}, largest ${largest}`);
    });
  }
});

/** APP1 with an orientation, in either order of bytes. */
function exif(orientation: number, little: boolean): number[] {
  const content = [...new TextEncoder().encode("Exif\0\0"), ...tiff(orientation, little)];
  return [0xff, 0xe1, 0, content.length + 2, ...content];
}

/** The segment APPn. */
function application(number: number, text: string): number[] {
  const content = [...new TextEncoder().encode(text)];
  return [0xff, 0xe0 + number, content.length + 2 >> 8, content.length + 2 & 255, ...content];
}

function turnedFile(segment: number[], { file } = jpegs.colour): Uint8Array {
  return Uint8Array.from([...file.subarray(0, 2), ...segment, ...file.subarray(2)]);
}

Deno.test("readJpeg() turns a picture as Exif says", async (t) => {
  // Corners of the picture: left above is green, right above yellow, left below dark, right below red.
  const corner = (image: ReturnType<typeof readJpeg>, x: number, y: number) => {
    const at = 3 * (y * image.width + x);
    return (image.data[at] > 128 ? "r" : "-") + (image.data[at + 1] > 128 ? "g" : "-");
  };
  // As Pillow's ImageOps.exif_transpose turns them: above from left to right, then below.
  const wanted = [
    ["-g", "rg", "--", "r-"],
    ["rg", "-g", "r-", "--"],
    ["r-", "--", "rg", "-g"],
    ["--", "r-", "-g", "rg"],
    ["-g", "--", "rg", "r-"],
    ["--", "-g", "r-", "rg"],
    ["r-", "rg", "--", "-g"],
    ["rg", "r-", "-g", "--"],
  ];
  for (const [i, corners] of wanted.entries()) {
    await t.step(`orientation ${i + 1}`, () => {
      for (const little of [false, true]) {
        const image = readJpeg(turnedFile(exif(i + 1, little)), "a.jpg");
        const right = image.width - 1, below = image.height - 1;
        assertEquals([image.width, image.height], i < 4 ? [21, 13] : [13, 21]);
        const found = [[0, 0], [right, 0], [0, below], [right, below]];
        assertEquals(found.map(([x, y]) => corner(image, x, y)), corners);
      }
    });
  }
  await t.step("wherever its segment stands among others of its number", () => {
    const xmp = application(1, `http://ns.adobe.com/xap/1.0/\0<x:xmpmeta>${" ".repeat(300)}`);
    const turned = readJpeg(turnedFile(exif(6, true)), "a.jpg");
    assertEquals([turned.width, turned.height], [13, 21]);
    for (
      const segments of [
        [...xmp, ...exif(6, true)],
        [...exif(6, true), ...xmp],
        [...xmp, ...exif(6, true), ...exif(3, true)],
        [...application(1, "Exif"), ...application(1, ""), ...exif(6, true)],
      ]
    ) {
      assertEquals(readJpeg(turnedFile(segments), "a.jpg"), turned);
    }
    assertEquals(readJpeg(turnedFile(xmp), "a.jpg"), readJpeg(jpegs.colour.file, "a.jpg"));
  });
  await t.step("one that cannot be is none", () => {
    const whole = readJpeg(jpegs.colour.file, "a.jpg");
    assertEquals(readJpeg(turnedFile(exif(9, true)), "a.jpg"), whole);
    const cut = [0xff, 0xe1, 0, 20, ...exif(6, true).slice(4, 22)];
    assertEquals(readJpeg(turnedFile(cut), "a.jpg"), whole);
  });
});

Deno.test("readJpeg() takes red, green and blue for what libjpeg takes for it", () => {
  const before = (segment: number[]) => readJpeg(turnedFile(segment, jpegs.rgb), "a.jpg").data;
  const { data } = readJpeg(jpegs.rgb.file, "a.jpg");
  // Cut segments do not count; of two, the file's own counts, which is the last.
  assertEquals(before(application(0, "JFIF\0")), data);
  assertEquals(before(application(14, "Adobe\0d\0\0\0\0\x01")), data);
  assertEquals(before(application(14, "Adobe")), data);
  const jfif = before(application(0, `JFIF\0${"\x01".repeat(9)}`));
  assert(jfif.some((value, i) => Math.abs(value - data[i]) > 100));
});

function fails(file: Uint8Array, message: string): void {
  assertThrows(() => readJpeg(file, "s/7.jpg"), Error, `Cannot read s/7.jpg: ${message}`);
}

/** Where a segment's content begins. */
function contentOf(file: Uint8Array, marker: number, count = 1): number {
  for (let at = 0; at < file.length; at++) {
    if (file[at] === 0xff && file[at + 1] === marker && --count === 0) return at + 4;
  }
  throw new Error(`There is no marker ${marker}.`);
}

function changed(file: Uint8Array, at: number, ...values: number[]): Uint8Array {
  const copy = Uint8Array.from(file);
  copy.set(values, at);
  return copy;
}

Deno.test("readJpeg() refuses by name what it cannot read", async (t) => {
  const { colour, progressive, restarts, cmyk } = jpegs;
  const frame = contentOf(colour.file, 0xc0);
  await t.step("inks", () => fails(cmyk.file, "it is CMYK, of four components"));
  await t.step("12 bits", () => fails(changed(colour.file, frame, 12), "its samples have 12 bits"));
  await t.step("arithmetic code, lossless", () => {
    fails(changed(colour.file, frame - 3, 0xc9), "it is arithmetically coded, which is not read.");
    fails(changed(colour.file, frame - 3, 0xc3), "it is lossless, which is not read.");
  });
  await t.step(
    "a height that comes later",
    () => fails(changed(colour.file, frame + 1, 0, 0), "its height is not in its header (DNL)"),
  );
  await t.step(
    "samples of colour that do not divide",
    () =>
      fails(
        changed(colour.file, frame + 7, 0x31, 0, 2, 0x21),
        "its component 2 has 2 x 1 samples where",
      ),
  );
  await t.step("a restart that is not due", () => {
    const first = contentOf(restarts.file, 0xd0) - 4;
    fails(changed(restarts.file, first + 1, 0xd1), `its restart marker at byte ${first} is out of`);
    const cut = Uint8Array.from([
      ...restarts.file.subarray(0, first),
      ...restarts.file.subarray(first + 2),
    ]);
    fails(cut, "it has 0 restarts of 1.");
  });
  await t.step("scans of which one is missing", () => {
    const { file } = progressive;
    const scans = [...file.keys()].filter((at) => file[at] === 0xff && file[at + 1] === 0xda);
    const last = scans[scans.length - 1];
    const cut = Uint8Array.from([...file.subarray(0, last), 0xff, 0xd9]);
    fails(cut, "no scan brings the last bits of coefficient 1 of component 1.");
    const spectral = contentOf(file, 0xda) + 1 + 2 * 3;
    fails(
      changed(file, spectral, 1, 0),
      "a scan of coefficients 1 to 0, bits 0 to 1, is none of a",
    );
  });
});

Deno.test("readJpeg() calls a file that is cut anywhere truncated, or its code at an end", () => {
  for (const { file } of [jpegs.colour, jpegs.progressive, jpegs.restarts]) {
    for (let length = 2; length < file.length; length += 3) {
      fails(
        file.subarray(0, length),
        "it ends before its picture does. It is truncated: get it again.",
      );
    }
  }
});

Deno.test("readJpeg() takes memory for no more than the file can hold", () => {
  const frame = contentOf(jpegs.colour.file, 0xc0);
  const sized = (width: number, height: number) =>
    changed(jpegs.colour.file, frame + 1, height >> 8, height & 255, width >> 8, width & 255);
  fails(sized(65535, 65535), "its size is 65535 x 65535, sides must lie between 1 and 32768.");
  fails(
    sized(7680, 4320),
    "its size is 7680 x 4320, which has 1555200 blocks of 8 x 8 samples, as a JPEG at most 900000 are " +
      "read. Convert it to PNG, or make it smaller.",
  );
  fails(
    sized(1920, 1080),
    "its size is 1920 x 1080, which has 97200 blocks of 8 x 8 samples, too many",
  );
});

Deno.test("readPicture() goes by the first bytes, not by the ending", () => {
  const { width, data } = readPicture(jpegs.colour.file, "a.png");
  assertEquals(width, 21);
  assertAlmostEquals(data[1], 230, 1);
  const ppm = new TextEncoder().encode("P6\n1 1\n255\nabc");
  assertEquals([...readPicture(ppm, "a.jpg").data], [97, 98, 99]);
  for (
    const [text, message] of [["GIF89a", "it does not start like a PNG, JPEG or PPM file."], [
      "",
      "the file is empty.",
    ]]
  ) {
    assertThrows(
      () => readPicture(new TextEncoder().encode(text), "a.jpg"),
      Error,
      `Cannot read a.jpg: ${message}`,
    );
  }
});
