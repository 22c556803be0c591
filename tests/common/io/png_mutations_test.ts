import { assert, assertEquals, assertGreater } from "@std/assert";
import { decodePng } from "../../../pipeline/common/io/png.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { type Chunk, chunksOf, pngFile, type Stored } from "./_png_encoder.ts";

const NAME = "s/frame10.png";
const ROUNDS = 400;
/** Colour type, depth, samples of a pixel. */
const KINDS = [[0, 1, 1], [2, 16, 3], [3, 4, 1], [6, 8, 4]];

/** One of several pictures of chance, as chunks, with text and its data in two pieces. */
function original(rng: Rng): Chunk[] {
  const [colourType, depth, count] = KINDS[rng.integer(KINDS.length)];
  const width = 1 + rng.integer(9), height = 1 + rng.integer(9);
  const samples = Array.from({ length: width * height * count }, () => rng.integer(2 ** depth));
  const interlaced = rng.integer(2) === 1;
  const picture: Stored = { width, height, colourType, depth, samples, interlaced };
  const palette: Chunk[] = colourType === 3
    ? [["PLTE", Array.from({ length: 48 }, (_, i) => i)]]
    : [];
  const [header, ...rest] = chunksOf(picture, [...palette, ["tEXt", [65, 0, 66]]]);
  const [, data] = rest.at(-2)!;
  const pieces = [Array.from(data).slice(0, 5), Array.from(data).slice(5)];
  return [
    header,
    ...rest.slice(0, -2),
    ...pieces.map((piece): Chunk => ["IDAT", piece]),
    rest.at(-1)!,
  ];
}

/** What a broken copy, a bad writer or malice does to a file. */
const MUTATIONS: Readonly<Record<string, (chunks: Chunk[], rng: Rng) => Uint8Array>> = {
  "bits flipped"(chunks, rng) {
    const file = pngFile(chunks);
    for (let k = 0; k <= rng.integer(3); k++) file[rng.integer(file.length)] ^= 1 << rng.integer(8);
    return file;
  },
  "cut"(chunks, rng) {
    const file = pngFile(chunks);
    return file.subarray(0, rng.integer(file.length));
  },
  "bytes put in"(chunks, rng) {
    const file = [...pngFile(chunks)];
    file.splice(rng.integer(file.length), 0, rng.integer(256));
    return Uint8Array.from(file);
  },
  "a chunk twice"(chunks, rng) {
    const i = rng.integer(chunks.length);
    return pngFile(chunks.toSpliced(i, 0, chunks[i]));
  },
  "a chunk less": (chunks, rng) => pngFile(chunks.toSpliced(rng.integer(chunks.length), 1)),
  "chunks in another order"(chunks, rng) {
    const i = rng.integer(chunks.length), j = rng.integer(chunks.length);
    return pngFile(chunks.with(i, chunks[j]).with(j, chunks[i]));
  },
  "content changed, checksums right"(chunks, rng) {
    const i = rng.integer(chunks.length);
    const [type, content] = chunks[i];
    const changed = Array.from(content);
    if (changed.length > 0) changed[rng.integer(changed.length)] = rng.integer(256);
    return pngFile(chunks.with(i, [type, changed]));
  },
};

Deno.test("decodePng() of a mutated file is the same picture or an error with its name", async (t) => {
  const rng = new Rng(23);
  for (const [what, mutate] of Object.entries(MUTATIONS)) {
    await t.step(what, () => {
      let refused = 0;
      for (let round = 0; round < ROUNDS; round++) {
        const chunks = original(rng);
        const mutated = mutate(chunks, rng);
        let read;
        try {
          read = decodePng(mutated, NAME);
        } catch (error) {
          assert(error instanceof Error && error.constructor === Error, String(error));
          assert(error.message.startsWith(`Cannot read ${NAME}: `), error.message);
          refused++;
          continue;
        }
        assertEquals(read.data.length, read.width * read.height * read.channels);
        // With right checksums it is another picture: other colours, or a size that takes as many bytes.
        if (what === "content changed, checksums right") continue;
        assertEquals(read, decodePng(pngFile(chunks), NAME));
      }
      assertGreater(refused, ROUNDS / 4);
    });
  }
});
