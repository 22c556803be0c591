/** Devices that fail: what is thrown first, and what stays. */
import {
  assertEquals,
  assertGreater,
  assertRejects,
  assertStringIncludes,
  assertThrows,
} from "@std/assert";
import { type Gpu, openGpu, TooLargeError } from "../../../pipeline/compute/gpu/device.ts";
import { persistentStorage, readStorage } from "../../../pipeline/compute/gpu/tensor.ts";

/** As WebGPU reports what no error scope catches. */
function report(gpu: Gpu, error: GPUError): void {
  gpu.device.dispatchEvent(new GPUUncapturedErrorEvent("uncapturederror", { error }));
}

Deno.test("a lost device is said first, with its reason and what to do, ever after", async (t) => {
  for (const moment of ["before a copy to the host", "during one"]) {
    await t.step(moment, async () => {
      const gpu = await openGpu();
      const storage = persistentStorage(gpu, "state", new Float32Array(64));
      await gpu.finished();
      const destroy = () => gpu.device.destroy();
      if (moment.startsWith("before")) destroy();
      const reading = readStorage(gpu, storage);
      if (moment.startsWith("during")) destroy();
      const { message } = await assertRejects(() => reading, Error, "The device was lost: ");
      assertStringIncludes(message, `${gpu.adapter.description} (reason: destroyed; `);
      assertStringIncludes(message, "Run the same command again.");
      report(gpu, new GPUValidationError("validation error occurred"));
      const later = assertThrows(() => gpu.check(), Error, "The device was lost: ");
      assertStringIncludes(later.message, "; validation error occurred). ");
      await assertRejects(() => gpu.finished(), Error, "The device was lost: ");
    });
  }
});

Deno.test("a device that was given up by its owner is not lost", async () => {
  const gpu = await openGpu();
  await gpu.finished();
  gpu.destroy();
  assertEquals((await gpu.device.lost).reason, "destroyed");
  gpu.check();
});

Deno.test("memory that ran out is said before what follows from it", async () => {
  const gpu = await openGpu();
  report(gpu, new GPUValidationError("Buffer with 'images' label is invalid"));
  report(gpu, new GPUOutOfMemoryError("not enough memory left"));
  assertThrows(
    () => gpu.check(),
    TooLargeError,
    `Not enough memory on ${gpu.adapter.description}: not enough memory left.`,
  );
  gpu.check();
  gpu.destroy();
});

Deno.test("openGpu() records the graphics interface that it is told, and no other", async () => {
  const told = await openGpu("vulkan"), untold = await openGpu();
  assertEquals([told.adapter.backend, untold.adapter.backend], ["vulkan", "default"]);
  told.destroy();
  untold.destroy();
});

Deno.test("openGpu() asks for the fastest adapter, and for all that kernels may need of it", async () => {
  const { gpu } = navigator;
  const request = gpu.requestAdapter.bind(gpu);
  const asked: unknown[] = [];
  let adapter: GPUAdapter | null = null;
  gpu.requestAdapter = async (options) => {
    asked.push(options);
    return adapter = await request(options);
  };
  try {
    const opened = await openGpu();
    assertEquals(asked, [{ powerPreference: "high-performance" }]);
    const limits = [
      "maxBufferSize",
      "maxStorageBufferBindingSize",
      "maxComputeWorkgroupStorageSize",
      "maxComputeInvocationsPerWorkgroup",
      "maxComputeWorkgroupSizeX",
    ] as const;
    for (const limit of limits) assertEquals(opened.device.limits[limit], adapter!.limits[limit]);
    // What a device grants unasked, and less than what a driver has.
    assertGreater(opened.device.limits.maxComputeWorkgroupStorageSize, 16384);
    assertGreater(opened.device.limits.maxComputeInvocationsPerWorkgroup, 256);
    assertEquals(
      opened.largestStorage,
      Math.min(adapter!.limits.maxBufferSize, adapter!.limits.maxStorageBufferBindingSize),
    );
    opened.destroy();
  } finally {
    gpu.requestAdapter = request;
  }
});
