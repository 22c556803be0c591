import { assertEquals, assertMatch } from "@std/assert";
import { pictureName } from "../../pipeline/picture/name.ts";

Deno.test("pictureName() is the pair's where that is a file's name, and else has a hash", () => {
  assertEquals(pictureName("kitti2015", "000000"), "kitti2015_000000.png");
  assertEquals(pictureName("frames", "walk-1.b"), "frames_walk-1.b.png");
  assertEquals(
    pictureName("sintel_final", "market_5/frame_0002"),
    "sintel_final_market_5_frame_0002-6eafdab6.png",
  );
  assertMatch(pictureName("frames", "<b>\u202e/../x y"), /^frames__b_.._x_y-[0-9a-f]{8}\.png$/);
});

Deno.test("pictureName() gives two pairs two names", () => {
  const pairs = [
    "a/b",
    "a_b",
    "a b",
    "a//b",
    "日/1",
    "月/1",
    "é",
    "è",
    "x".repeat(300),
    "x".repeat(301),
  ];
  const names = pairs.map((pair) => pictureName("frames", pair));
  assertEquals(new Set(names).size, pairs.length);
  assertEquals(names.map((name) => /^[\w.-]{1,180}\.png$/.test(name)), pairs.map(() => true));
});
