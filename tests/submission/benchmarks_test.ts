import { assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { readFlo, writeFlo } from "../../pipeline/common/io/flo.ts";
import { decodePng } from "../../pipeline/common/io/png.ts";
import { writeKittiFlow } from "../../pipeline/common/io/kitti_flow.ts";
import { benchmarkOf, checkField, encodeField } from "../../pipeline/submission/benchmarks.ts";

const size = { width: 3, height: 2 };
const flow = Float32Array.of(1.5, -2.25, 0, 0, 30.004, -0.001, 7, 8, -9, 10, 0.5, 0.25);
const sintel = benchmarkOf("sintel_final_test")!, kitti = benchmarkOf("kitti2015_test")!;

Deno.test("benchmarks have the paths that their instructions name", () => {
  assertEquals(
    sintel.path("sintel_clean_test", "ambush_1/frame_0001"),
    "clean/ambush_1/frame0001.flo",
  );
  assertEquals(
    sintel.path("sintel_final_test", "PERTURBED_market_3/frame_0049"),
    "final/PERTURBED_market_3/frame0049.flo",
  );
  assertEquals(kitti.path("kitti2015_test", "000199"), "flow/000199_10.png");
  assertEquals(benchmarkOf("kitti2012_test")!.path("kitti2012_test", "000007"), "000007_10.png");
  assertEquals([benchmarkOf("kitti2015"), benchmarkOf("middlebury_eval_test")], [
    undefined,
    undefined,
  ]);
  assertThrows(
    () => kitti.path("kitti2015_test", "../x"),
    Error,
    "Cannot submit the pair ../x of kitti2015_test: the benchmark has none of such a name.",
  );
});

Deno.test("encodeField() writes .flo for Sintel and 16 bits for KITTI", () => {
  const flo = encodeField(sintel, { ...size, flow }, "a.flo");
  assertEquals(readFlo(flo.bytes, "a.flo").flow, flow);
  const { bytes, limited } = encodeField(kitti, { ...size, flow }, "a.png");
  const { depth, channels, data } = decodePng(bytes, "a.png");
  assertEquals([depth, channels, limited, flo.limited], [16, 3, 0, 0]);
  // 1.5 and -2.25 px in steps of 1/64 px from 2^15, valid.
  assertEquals([...data.subarray(0, 3)], [32768 + 96, 32768 - 144, 1]);
});

Deno.test("encodeField() counts what KITTI's files cannot hold, and refuses what is no number", () => {
  const wide = flow.with(0, -600).with(3, 2000);
  const field = { ...size, flow: wide };
  const { bytes, limited } = encodeField(kitti, field, "a.png");
  assertEquals(limited, 2);
  checkField(kitti, bytes, field, "a.png");
  assertThrows(
    () => encodeField(sintel, { ...size, flow: flow.with(5, NaN) }, "a.flo"),
    Error,
    "Cannot write a.flo: the predicted flow at pixel 2 is NaN.",
  );
});

Deno.test("checkField() finds what is not the flow that was predicted", async (t) => {
  const field = { ...size, flow };
  checkField(sintel, writeFlo(field), field, "a.flo");
  checkField(kitti, encodeField(kitti, field, "a.png").bytes, field, "a.png");
  const valid = new Uint8Array(6).fill(1);
  const CASES: [name: string, run: () => void, message: string][] = [
    [
      "another value",
      () => checkField(sintel, writeFlo({ ...size, flow: flow.with(7, 8.5) }), field, "a.flo"),
      "Cannot submit a.flo: read again, it has 8.5 px at pixel 3, predicted was 8.",
    ],
    [
      "one step of KITTI's more",
      () =>
        checkField(
          kitti,
          writeKittiFlow({ ...size, flow: flow.with(0, 1.5 + 1 / 64), valid }),
          field,
          "a.png",
        ),
      "it has 1.515625 px at pixel 0, predicted was 1.5",
    ],
    [
      "an unknown pixel",
      () =>
        checkField(kitti, writeKittiFlow({ ...size, flow, valid: valid.with(4, 0) }), field, "a"),
      "its pixel 4 is unknown",
    ],
    [
      "sides exchanged",
      () => checkField(sintel, writeFlo({ width: 2, height: 3, flow }), field, "a.flo"),
      "it is 2 x 3, the pair 3 x 2",
    ],
  ];
  for (const [name, run, message] of CASES) {
    await t.step(name, () => {
      assertStringIncludes(assertThrows(run, Error).message, message);
    });
  }
});
