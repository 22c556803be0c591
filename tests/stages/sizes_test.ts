import { assertEquals, assertRejects } from "@std/assert";
import { DeviceLostError, TooLargeError } from "../../pipeline/compute/gpu/device.ts";
import { directAdvice, lower, withSizes } from "../../stages/common/sizes.ts";

Deno.test("withSizes() says what to lower where something is too large or the device was lost, and only there", async () => {
  const advice = lower({ "train.batch": 8, "train.crop": 384, "pretrain.width": 1 });
  const failing = (error: Error) => () => withSizes(advice, () => Promise.reject(error));
  await assertRejects(
    failing(new TooLargeError('"images" needs a buffer of 9 MiB; this allows 1 MiB.')),
    Error,
    '"images" needs a buffer of 9 MiB; this allows 1 MiB. ' +
      "Lower train.batch = 8, train.crop = 384 or pretrain.width = 1.",
  );
  const lost = await assertRejects(failing(new DeviceLostError("The device was lost.")));
  assertEquals((lost as Error).message, `The device was lost. ${advice}`);
  const { message } = await assertRejects(failing(new Error("Something else.")));
  assertEquals(message, "Something else.");
  assertEquals(await withSizes(advice, () => Promise.resolve(3)), 3);
});

Deno.test("directAdvice() names the pairs that are really solved together", () => {
  const pair = { name: "a", scene: "a", dataset: "scenes", width: 128, height: 128 };
  const frames = { frame1: new Uint8Array(), frame2: new Uint8Array() };
  const pairs = Array.from({ length: 48 }, () => ({ ...pair, ...frames }));
  assertEquals(
    directAdvice({ pairs_per_batch: 4096 }, pairs),
    "Lower direct.pairs_per_batch = 48 or preprocess.scene_size = 128.",
  );
});
