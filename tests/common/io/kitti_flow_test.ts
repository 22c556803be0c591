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
  const fails = (bytes: Uint8Array, message: string) =>
    assertThrows(
      () => readKittiFlow(bytes, "000000_10.png"),
      Error,
      `Cannot read 000000_10.png: ${message}`,
    );
  await t.step("refuses 8 bits, grey and an alpha channel", () => {
    const picture = { width: 1, height: 1 };
    const kind = "a KITTI flow map has 3 channels of 16 bits, this picture";
    fails(encodePng({ ...picture, channels: 3, data: new Uint8Array(3) }), `${kind} 3 of 8`);
    fails(encodePng({ ...picture, channels: 1, data: new Uint16Array(1) }), `${kind} 1 of 16`);
    fails(encodePng({ ...picture, channels: 4, data: new Uint16Array(4) }), `${kind} 4 of 16`);
  });
  await t.step("takes exactly one whole picture", () => {
    const file = encodePng({ width: 1, height: 1, channels: 3, data: new Uint16Array(3) });
    fails(Uint8Array.of(...file, 7), "the PNG is damaged, 1 bytes lie behind its end");
    fails(file.subarray(0, -1), "the PNG is truncated");
    fails(new Uint8Array(0), "the file is empty");
  });
});

Deno.test("writeKittiFlow() comes back on its grid of 1/64 px and stays within 16 bits", () => {
  const flow = Float32Array.of(1.25, -3.5, 0.01, 0, 900, -900, 5, 5);
  const valid = Uint8Array.of(1, 1, 1, 0);
  const read = readKittiFlow(writeKittiFlow({ width: 2, height: 2, flow, valid }), "a.png");
  assertEquals([...read.flow], [1.25, -3.5, 1 / 64, 0, 32767 / 64, -512, 0, 0]);
  assertEquals([...read.valid], [1, 1, 1, 0]);
});

Deno.test("writeKittiFlow() refuses what it would write as another flow", () => {
  const write = (flow: number[], valid: number[]) =>
    writeKittiFlow({
      width: 2,
      height: 1,
      flow: Float32Array.from(flow),
      valid: Uint8Array.from(valid),
    });
  assertThrows(
    () => write([1, 2, 3], [1, 1]),
    Error,
    "flow must be [1, 2, 2], got 3 values with 2",
  );
  assertThrows(() => write([1, 2, 3, NaN], [1, 1]), Error, "a valid pixel is not a number");
  assertEquals([...readKittiFlow(write([1, 2, 3, NaN], [1, 0]), "a.png").flow], [1, 2, 0, 0]);
});
