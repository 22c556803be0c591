import { assertEquals, assertThrows } from "@std/assert";
import { readKittiFlow, writeKittiFlow } from "../../../pipeline/common/io/kitti_flow.ts";
import { encodePng } from "../../../pipeline/common/io/png.ts";

Deno.test("readKittiFlow()", async (t) => {
  await t.step("is (R - 2^15) / 64, (G - 2^15) / 64, valid where B is not 0", () => {
    const data = Uint16Array.of(32768 + 64, 32768 - 32, 1, 40000, 50000, 0, 0, 65535, 7);
    const { width, height, flow, valid } = readKittiFlow(
      encodePng({ width: 3, height: 1, channels: 3, data }),
      "a.png",
    );
    assertEquals([width, height], [3, 1]);
    assertEquals([...flow], [1, -0.5, 0, 0, -512, 32767 / 64]);
    assertEquals([...valid], [1, 0, 1]);
  });
  await t.step("refuses 8 bits and grey", () => {
    const wrong = { width: 1, height: 1, channels: 3, data: new Uint8Array(3) };
    assertThrows(
      () => readKittiFlow(encodePng(wrong), "000000_10.png"),
      Error,
      "000000_10.png: a KITTI flow map has 3 channels of 16 bits, this picture 3 of 8",
    );
  });
});

Deno.test("writeKittiFlow() comes back on its grid of 1/64 px and stays within 16 bits", () => {
  const flow = Float32Array.of(1.25, -3.5, 0.01, 0, 900, -900, 5, 5);
  const valid = Uint8Array.of(1, 1, 1, 0);
  const read = readKittiFlow(writeKittiFlow({ width: 2, height: 2, flow, valid }), "a.png");
  assertEquals([...read.flow], [1.25, -3.5, 1 / 64, 0, 32767 / 64, -512, 0, 0]);
  assertEquals([...read.valid], [1, 1, 1, 0]);
});
