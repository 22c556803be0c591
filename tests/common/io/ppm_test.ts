import { assertEquals, assertThrows } from "@std/assert";
import { readPpm } from "../../../pipeline/common/io/ppm.ts";

const file = (header: string, samples: number[]) =>
  Uint8Array.of(...new TextEncoder().encode(header), ...samples);

Deno.test("readPpm()", async (t) => {
  const samples = [1, 2, 3, 10, 35, 32];
  await t.step("reads the header that FlyingChairs writes", () => {
    const { width, height, data } = readPpm(file("P6\n2 1 \n255\n", samples), "a.ppm");
    assertEquals([width, height, [...data]], [2, 1, samples]);
  });
  await t.step("skips comments, and takes samples that look like blanks or comments", () => {
    const bytes = file("P6 # made by hand\n1\n#\n2 255 ", [10, 32, 35, 1, 2, 3]);
    assertEquals([...readPpm(bytes, "a.ppm").data], [10, 32, 35, 1, 2, 3]);
  });
});

Deno.test("readPpm() names the file and what is wrong", () => {
  const fails = (bytes: Uint8Array, message: string) =>
    assertThrows(() => readPpm(bytes, "1_img1.ppm"), Error, `1_img1.ppm: ${message}`);
  fails(file("P5\n1 1 255\n", [0]), "a binary PPM file starts with P6");
  fails(file("P6\n2", []), "its header has no height");
  fails(file("P6\n0 1 255\n", []), "its size is 0 x 1");
  fails(file("P6\n1 1 65535\n", [0, 0, 0, 0, 0, 0]), "its maximum value must be 255, got 65535");
  fails(
    file("P6\n2 1 255\n", [0, 0, 0, 0, 0]),
    "2 x 1 pixels take 6 bytes after the header, the file holds 5",
  );
});
