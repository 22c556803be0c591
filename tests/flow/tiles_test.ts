import { assert, assertAlmostEquals, assertEquals } from "@std/assert";
import { cutTile, TiledFlow, tilingOf } from "../../pipeline/flow/tiles.ts";

Deno.test("tilingOf() leaves alone what fits", () => {
  assertEquals(tilingOf({ width: 1920, height: 1080 }, 2 ** 21), {
    tile: { width: 1920, height: 1080 },
    overlap: 0,
    corners: [{ left: 0, top: 0 }],
  });
});

Deno.test("tilingOf() covers every pixel with equal tiles that share what it says", () => {
  for (
    const [width, height, area, count] of [
      [7680, 4320, 2 ** 21, 28],
      [2049, 1024, 2 ** 21, 2],
      [32768, 2, 2 ** 14, 5],
      [100, 30000, 2 ** 20, 3],
      [200, 150, 128 * 128, 4],
      [65, 64, 1, 2],
    ]
  ) {
    const { tile, overlap, corners } = tilingOf({ width, height }, area);
    const label = `${width} x ${height}`;
    assertEquals(corners.length, count, label);
    assert(tile.width * tile.height <= Math.max(area, 64 * 64), label);
    assert(overlap >= Math.min(tile.width, 64) / 4 && overlap <= 256, label);
    for (
      const [side, of, start] of [[width, tile.width, "left"], [
        height,
        tile.height,
        "top",
      ]] as const
    ) {
      const starts = [...new Set(corners.map((corner) => corner[start]))].sort((a, b) => a - b);
      assertEquals([starts[0], starts.at(-1)! + of], [0, side], label);
      for (let k = 1; k < starts.length; k++) {
        assert(starts[k - 1] + of - starts[k] >= overlap, `${label}: ${starts}`);
      }
    }
  }
});

Deno.test("cutTile() takes the part at its corner", () => {
  const whole = Uint8Array.from({ length: 5 * 4 * 2 }, (_, i) => i);
  const part = cutTile(whole, 2, { width: 5, height: 4 }, { width: 2, height: 2 }, {
    left: 3,
    top: 1,
  });
  assertEquals([...part], [16, 17, 18, 19, 26, 27, 28, 29]);
});

Deno.test("TiledFlow blends neighbours across what they share, and keeps what one tile alone sees", () => {
  const size = { width: 200, height: 64 };
  const tiling = tilingOf(size, 128 * 64);
  assertEquals([tiling.tile.width, tiling.overlap, tiling.corners.length], [128, 32, 2]);
  const blended = new TiledFlow(size, tiling);
  for (const [k, corner] of tiling.corners.entries()) {
    blended.add(new Float32Array(2 * 128 * 64).map((_, i) => i % 2 === 0 ? 10 * k : -1), corner);
  }
  const flow = blended.flow();
  const at = (x: number, y: number) => flow[2 * (y * 200 + x)];
  assertEquals([at(0, 0), at(71, 63), at(128, 5), at(199, 63)], [0, 0, 10, 10]);
  // Both tiles see the pixels from 72 to 127; each falls over 32 of them.
  for (let x = 72; x < 127; x++) {
    assert(at(x, 30) >= at(x - 1, 30) && at(x, 30) - at(x - 1, 30) < 0.5, `at ${x}`);
  }
  assertAlmostEquals((at(99, 30) + at(100, 30)) / 2, 5, 1e-5);
  assert(flow.every((value, i) => i % 2 === 0 || Math.abs(value + 1) < 1e-6));
});
