/** The picture of the scoreboard: every panel where it belongs, errors and flows by the same scale. */
import { assertEquals } from "@std/assert";
import { decodePng } from "../../../pipeline/common/io/png.ts";
import { scoreboardPicture } from "../../../commands/scoreboard/picture.ts";

const WIDTH = 292, HEIGHT = 146, MARGIN = 12;

Deno.test("scoreboardPicture() draws frames, truth, and flow and error of each method", () => {
  const pixels = WIDTH * HEIGHT;
  const constant = (u: number, v: number) =>
    Float32Array.from({ length: 2 * pixels }, (_, i) => i % 2 === 0 ? u : v);
  const png = scoreboardPicture({
    dataset: "d",
    scene: "s",
    name: "pair",
    width: WIDTH,
    height: HEIGHT,
    frame1: new Uint8Array(3 * pixels).fill(10),
    frame2: new Uint8Array(3 * pixels).fill(20),
    flow: constant(8, 0),
  }, [
    { name: "right", flow: constant(8, 0), epe: 0 },
    { name: "still", flow: constant(0, 0), epe: 8 },
  ]);
  const { width, height, data } = decodePng(png, "picture.png");
  assertEquals(width, MARGIN + 4 * (WIDTH + MARGIN));
  const line = (height - MARGIN) / 2 - HEIGHT - MARGIN;
  const middle = (column: number, row: number) => {
    const x = MARGIN + column * (WIDTH + MARGIN) + WIDTH / 2;
    const y = MARGIN + row * (line + HEIGHT + MARGIN) + line + HEIGHT / 2;
    const at = 3 * (y * width + x);
    return [...data.slice(at, at + 3)];
  };
  assertEquals([middle(0, 0), middle(0, 1)], [[10, 10, 10], [20, 20, 20]]);
  assertEquals(middle(2, 0), middle(1, 0));
  assertEquals(middle(2, 1), [0, 0, 0]);
  // No flow is white, and an error of a quarter of the longest motion or more, too.
  assertEquals([middle(3, 0), middle(3, 1)], [[255, 255, 255], [255, 255, 255]]);
});
