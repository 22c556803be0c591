import { assertEquals, assertLess, assertThrows } from "@std/assert";
import { constants, deflateRawSync } from "node:zlib";
import { decodePng } from "../../../pipeline/common/io/png.ts";
import { headerOf, pngFile, type Stored, word } from "./_png_encoder.ts";

const PIECE_BYTES = 2 ** 20;

/** A file whose data unfold to so many zeros; the first byte of each row is then the filter that does nothing. */
function zeros(picture: Omit<Stored, "samples">, bytes: number): Uint8Array {
  const deflated = (count: number, finishFlush: number) => [
    ...deflateRawSync(new Uint8Array(count), { finishFlush, level: 9 }),
  ];
  const piece = deflated(PIECE_BYTES, constants.Z_FULL_FLUSH);
  const data = [0x78, 0x9c];
  for (let k = 0; k < Math.floor(bytes / PIECE_BYTES); k++) data.push(...piece);
  data.push(...deflated(bytes % PIECE_BYTES, constants.Z_FINISH));
  // Adler-32 of zeros: the first sum stays 1, the second counts.
  data.push(...word((bytes % 65521) * 65536 + 1));
  return pngFile([["IHDR", headerOf({ ...picture, samples: [] })], ["IDAT", data], ["IEND", []]]);
}

/** Reads a file in a process of its own. */
async function readAlone(file: Uint8Array): Promise<{ message: string; peakBytes: number }> {
  const path = await Deno.makeTempFile({ suffix: ".png" });
  try {
    await Deno.writeFile(path, file);
    const png = new URL("../../../pipeline/common/io/png.ts", import.meta.url);
    const program = `
      import process from "node:process";
      import { decodePng, rgb8 } from "${png}";
      let message = "";
      try {
        const rgb = rgb8(decodePng(Deno.readFileSync("${path}"), "bomb.png"));
        message = rgb.length + " bytes";
      } catch (error) {
        message = String(error);
      }
      console.log(JSON.stringify({ message, peakBytes: 1024 * process.resourceUsage().maxRSS }));`;
    const config = new URL("../../../deno.json", import.meta.url).pathname;
    // Through a shell that stays: Linux counts the size of whoever starts a process as that process's own peak.
    const { stdout, stderr } = await new Deno.Command("sh", {
      args: [
        ...["-c", '"$@"; exit $?', "sh", Deno.execPath(), "run", `--config=${config}`],
        ...["--allow-read", `data:text/javascript,${encodeURIComponent(program)}`],
      ],
      env: { NO_COLOR: "1" },
    }).output();
    const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
    assertEquals(decode(stderr), "");
    return JSON.parse(decode(stdout));
  } finally {
    await Deno.remove(path);
  }
}

Deno.test("decodePng() unfolds no more than a picture takes", async () => {
  const file = zeros({ width: 2, height: 2, depth: 8, colourType: 2 }, 2 ** 30);
  assertLess(file.length, 1.1e6);
  const { message, peakBytes } = await readAlone(file);
  assertEquals(
    message,
    "Error: Cannot read bomb.png: the PNG is damaged, its compressed data hold more than the picture. " +
      "Fetch or make it anew.",
  );
  assertLess(peakBytes, 150e6);
});

Deno.test("decodePng() takes limited memory for the largest picture", async () => {
  const largest = { width: 7680, height: 4320, depth: 16, colourType: 6 };
  const { message, peakBytes } = await readAlone(zeros(largest, 4320 * (1 + 7680 * 8)));
  assertEquals(message, `${7680 * 4320 * 3} bytes`);
  // 265 MB of samples and 100 MB of RGB; a file that cannot be compressed comes on top.
  assertLess(peakBytes, 600e6);
});

Deno.test("decodePng() refuses what takes more than 2^28 bytes, grey as the RGB that it becomes", () => {
  const fails = (picture: Omit<Stored, "samples">, message: string) =>
    assertThrows(() => decodePng(zeros(picture, 9), "large.png"), Error, message);
  const isCut = "Cannot read large.png: the PNG is damaged, its compressed data hold less";
  fails({ width: 8192, height: 8192, depth: 8, colourType: 6 }, isCut);
  fails(
    { width: 8192, height: 8193, depth: 8, colourType: 6 },
    "Cannot read large.png: its size is 8192 x 8193, which takes 268468224 bytes in memory, the limit is " +
      "268435456. Make it smaller or cut it into parts.",
  );
  fails(
    { width: 9460, height: 9460, depth: 1, colourType: 0 },
    "its size is 9460 x 9460, which takes 268474800 bytes",
  );
});
