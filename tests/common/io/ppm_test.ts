import { assert, assertEquals, assertThrows } from "@std/assert";
import { readPpm } from "../../../pipeline/common/io/ppm.ts";
import { Rng } from "../../../pipeline/common/rng.ts";

const file = (header: string, samples: number[]) =>
  Uint8Array.of(...new TextEncoder().encode(header), ...samples);

Deno.test("readPpm()", async (t) => {
  const samples = [1, 2, 3, 10, 35, 32];
  await t.step("reads the header that FlyingChairs writes", () => {
    const { width, height, data } = readPpm(file("P6\n2 1 \n255\n", samples), "a.ppm");
    assertEquals([width, height, [...data]], [2, 1, samples]);
  });
  await t.step("skips comments, and takes samples that look like blanks or comments", () => {
    const bytes = file("P6 # made by hand\n1\n#\r#\r\n2 255 ", [10, 32, 35, 1, 2, 3]);
    assertEquals([...readPpm(bytes, "a.ppm").data], [10, 32, 35, 1, 2, 3]);
    assertEquals([...readPpm(file("P6#c\n1 2 255 ", samples), "a.ppm").data], samples);
  });
  await t.step("a header whose lines end as on Windows does not shift the samples", () => {
    const bytes = file("P6\r\n2 1\r\n255\r\n", samples);
    assertEquals([...readPpm(bytes, "a.ppm").data], samples);
  });
  await t.step(
    "a line feed is a sample behind a header whose lines end in carriage returns",
    () => {
      const bytes = file("P6\r2 1\r255\r", [10, 2, 3, 4, 5, 6]);
      assertEquals([...readPpm(bytes, "a.ppm").data], [10, 2, 3, 4, 5, 6]);
    },
  );
  await t.step("a line feed is a sample where the file's length says so", () => {
    for (const header of ["P6 2 1 255\r", "P6\n2 1\n255\r"]) {
      const bytes = file(header, [10, 2, 3, 4, 5, 6]);
      assertEquals([...readPpm(bytes, "a.ppm").data], [10, 2, 3, 4, 5, 6]);
      assertEquals([...readPpm(file(`${header}\n`, samples), "a.ppm").data], samples);
    }
  });
  await t.step("takes samples that look like a comment where the file's length says so", () => {
    const comments = [[35, 10, 1, 2, 3, 4], [35, 65, 66, 0, 10, 1], [35, 65, 66, 67, 68, 69]];
    for (const samples of [...comments, [35, 65, 66, 67, 68, 10]]) {
      assertEquals([...readPpm(file("P6\n2 1\n255\n", samples), "a.ppm").data], samples);
    }
  });
  await t.step("reads from the middle of a buffer", () => {
    const bytes = file("xxxP6 2 1 255 ", [...samples, 99]);
    assertEquals([...readPpm(bytes.subarray(3, bytes.length - 1), "a.ppm").data], samples);
  });
});

const fails = (bytes: Uint8Array, message: string) =>
  assertThrows(() => readPpm(bytes, "1_img1.ppm"), Error, `Cannot read 1_img1.ppm: ${message}`);

Deno.test("readPpm() names the file and what is wrong with its header", () => {
  fails(new Uint8Array(0), "a binary PPM file starts with P6");
  fails(file("P5\n1 1 255\n", [0]), "a binary PPM file starts with P6");
  fails(file("P61 1 255\n", [0, 0, 0]), "its header has no width between blanks");
  fails(file("P6\n2", []), "its header has no width between blanks. It is truncated or damaged.");
  fails(file("P6\n2 ", []), "its header has no height between blanks");
  fails(file("P6\n-2 1 255\n", []), "its header has no width");
  fails(file("P6\n2 1# 2\n255\n", []), "its header has no height");
  fails(file("P6\n2 1\x00255\n", []), "its header has no height");
  fails(file("P6\n1 1 255", []), "its header has no maximum value");
  fails(file("P6\n1 1 255a", [0, 0, 0]), "its header has no maximum value");
  fails(file("P6\n0 1 255\n", []), "its size is 0 x 1, sides must lie between 1 and 32768.");
  fails(file("P6\n1 1e3 255\n", []), "its header has no height");
  fails(file(`P6\n${"9".repeat(400)} 1 255\n`, []), "its size is Infinity x 1, sides");
  fails(file("P6\n30000 30000 255\n", []), "its size is 30000 x 30000, which takes 2700000000 ");
  fails(file("P6\n1 1 65535\n", [0, 0, 0, 0, 0, 0]), "its maximum value must be 255, got 65535.");
});

Deno.test("readPpm() takes exactly the bytes of the picture", () => {
  const samples = [0, 0, 0, 0, 0];
  fails(
    file("P6\n2 1 255\n", samples),
    "2 x 1 pixels take 6 bytes after the header, the file holds 5. It is truncated.",
  );
  fails(file("P6\n2 1 255\n", []), "2 x 1 pixels take 6 bytes after the header, the file holds 0.");
  fails(
    file("P6\n2 1 255\n", [0, 0, ...samples]),
    "it holds 1 bytes behind its picture of 2 x 1 pixels. It is damaged, or holds several",
  );
  fails(file("P6\n2 1 255\r\n", [0, 0, ...samples]), "it holds 1 bytes behind its picture");
  fails(file("P6\n2 1 255\n\r", [0, ...samples]), "it holds 1 bytes behind its picture");
});

Deno.test("readPpm() shifts no sample of a header that does not fit", () => {
  const samples = [1, 2, 3, 4, 5];
  // The line feed would be the sixth sample.
  fails(
    file("P6\r\n2 1\r\n255\r\n", samples),
    "2 x 1 pixels take 6 bytes after the header, the file holds 5. It is truncated.",
  );
  fails(file("P6 2 1 255\r\n", samples.slice(1)), "2 x 1 pixels take 6 bytes after the header");
  const comment = "#x stands where its samples begin, a comment behind the maximum value, which";
  fails(file("P6 2 1 255\n#x\n", [...samples, 6]), comment);
  fails(file("P6 2 1 255\n#x\r\n", [...samples, 6]), comment);
  fails(
    file("P6 2 1 255\n#x\n", samples),
    `${comment} the format has not: other programs take it for samples, too. Remove the comment with its line break`,
  );
  fails(file("P6 2 1 255\n# by hand, 2024\n", samples), "# by hand, 2024 stands where its samples");
});

Deno.test("readPpm() of a mutated file is a whole picture or an error with its name", () => {
  const rng = new Rng(5);
  const whole = file(
    "P6\n# by hand\r\n3 2\r\n255\r\n",
    Array.from({ length: 18 }, (_, i) => 11 * i),
  );
  let refused = 0;
  for (let round = 0; round < 2000; round++) {
    const bytes = [...whole];
    const at = rng.integer(bytes.length);
    bytes.splice(
      at,
      rng.integer(3),
      ...Array.from({ length: rng.integer(3) }, () => rng.integer(256)),
    );
    try {
      const { width, height, data } = readPpm(Uint8Array.from(bytes), "1_img1.ppm");
      assertEquals(data.length, 3 * width * height);
    } catch (error) {
      assert(error instanceof Error && error.message.startsWith("Cannot read 1_img1.ppm: "));
      refused++;
    }
  }
  assert(refused > 500 && refused < 2000, `${refused}`);
});
