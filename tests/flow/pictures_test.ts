import { assertEquals } from "@std/assert";
import { flowToColour } from "../../pipeline/common/io/colour_wheel.ts";
import { decodePng } from "../../pipeline/common/io/png.ts";
import { colourMaximum, flowPicture, maskPicture } from "../../pipeline/flow/pictures.ts";
import { constantFlow } from "./_waves.ts";

Deno.test("flowPicture() is a PNG of the flow's colours", async () => {
  const flow = constantFlow(3, -1, 37, 11).map((value, i) => value * (1 + i / 100));
  const { width, height, channels, depth, data } = decodePng(
    await flowPicture(flow, 37, 11, 9),
    "p",
  );
  assertEquals([width, height, channels, depth], [37, 11, 3, 8]);
  assertEquals(data, flowToColour(flow, 37, 11, 9));
  assertEquals(
    await flowPicture(flow, 37, 11),
    await flowPicture(flow, 37, 11, colourMaximum(flow)),
  );
});

Deno.test("colourMaximum() leaves a wrong pixel out, and draws noise of a still picture pale", () => {
  const flow = constantFlow(3, -4, 20, 20);
  flow[7] = 1000;
  assertEquals(colourMaximum(flow), 5);
  assertEquals(colourMaximum(constantFlow(0.01, 0, 4, 4)), 1);
});

Deno.test("maskPicture() is white where the mask is 1", async () => {
  const png = decodePng(await maskPicture(Uint8Array.of(0, 1, 1, 0, 0, 1), 3, 2), "m");
  assertEquals([png.width, png.height, png.channels], [3, 2, 1]);
  assertEquals([...png.data], [0, 255, 255, 0, 0, 255]);
});
