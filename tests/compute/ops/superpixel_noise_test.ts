import { assert, assertEquals } from "@std/assert";
import { Rng } from "../../../pipeline/common/rng.ts";
import { NoiseKeys, superpixelNoise } from "../../../pipeline/compute/ops/superpixel_noise.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { testGpu } from "../../_adapter.ts";
import { assertClose } from "../../_operation.ts";
import { superpixelNoise64 } from "../../reference/superpixel_noise.ts";
import { at, type Tensor64, zeros64 } from "../../reference/tensor64.ts";

const [HEIGHT, WIDTH] = [37, 53];

/** A dark and a bright half, and a little noise that keeps pixels from being equally near to two seeds. */
function edge(rng: Rng): Tensor64 {
  const picture = zeros64([1, 3, HEIGHT, WIDTH]);
  return {
    ...picture,
    data: picture.data.map((_, i) =>
      Math.fround((i % WIDTH < 29 ? 0.2 : 0.8) + rng.uniform(-0.02, 0.02))
    ),
  };
}

async function withNoise(pictures: readonly Tensor64[], keys: number[], share: number) {
  const gpu = await testGpu();
  const tape = new Tape(gpu), list = new NoiseKeys(gpu, keys.length);
  list.set(keys);
  const input = tape.persistent("pictures", [pictures.length, 3, HEIGHT, WIDTH]);
  tape.write(input, pictures.flatMap(({ data }) => [...data]));
  const out = tape.keep(superpixelNoise(tape, input, list, { spacing: 10, share }));
  (await tape.finish()).run();
  const data = await tape.read(out), size = 3 * HEIGHT * WIDTH;
  return pictures.map((_, i) => data.subarray(size * i, size * (i + 1)));
}

Deno.test("superpixelNoise() equals its float64 twin in the second frames, and leaves the first ones", async () => {
  const pictures = [1, 2, 3, 4].map((seed) => edge(new Rng(seed)));
  const keys = [4294967295, 77];
  const got = await withNoise(pictures, keys, 0.3);
  assertEquals(got.slice(0, 2), pictures.slice(0, 2).map(({ data }) => Float32Array.from(data)));
  for (const [i, key] of keys.entries()) {
    const wanted = superpixelNoise64(pictures[2 + i], key, { spacing: 10, share: 0.3 }).data;
    assertClose(`key ${key}`, got[2 + i], wanted, 1e-6);
  }
});

Deno.test("superpixelNoise() replaces about the wanted share, in patches that keep to edges", async () => {
  const before = [edge(new Rng(5)), edge(new Rng(6))], size = before[1].shape;
  assertEquals((await withNoise(before, [1], 0))[1], Float32Array.from(before[1].data));
  let replaced = 0, neighbours = 0, across = 0;
  for (let key = 0; key < 8; key++) {
    const [, after] = await withNoise(before, [key], 0.25);
    const isNoise = (x: number, y: number) => {
      const i = at(size, 0, 0, y, x);
      return after[i] !== Math.fround(before[1].data[i]);
    };
    for (let y = 0; y < HEIGHT; y++) {
      for (let x = 1; x < WIDTH; x++) {
        if (!isNoise(x, y)) continue;
        replaced++;
        if (!isNoise(x - 1, y)) continue;
        neighbours++;
        if (x === 29) across++;
      }
    }
  }
  const pixels = 8 * HEIGHT * (WIDTH - 1);
  assert(Math.abs(replaced / pixels - 0.25) < 0.12, `${replaced / pixels} are noise`);
  assert(neighbours > 0.8 * replaced, `${neighbours} of ${replaced} have noise to the left`);
  // Two superpixels that meet at the edge may both be noise, one that crosses it would be.
  assert(across < 0.6 * neighbours / WIDTH, `${across} across the edge`);
});
