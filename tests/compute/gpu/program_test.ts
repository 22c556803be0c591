import { TooLargeError } from "../../../pipeline/compute/gpu/device.ts";
import { assertEquals, assertRejects, assertStringIncludes, assertThrows } from "@std/assert";
import { defineKernel } from "../../../pipeline/compute/gpu/kernel.ts";
import { f32, Recorder, workgroupsFor } from "../../../pipeline/compute/gpu/program.ts";
import {
  Arena,
  persistentStorage,
  readStorage,
  scratchStorage,
} from "../../../pipeline/compute/gpu/tensor.ts";
import { testGpu } from "../../_adapter.ts";

const AFFINE = `
struct Params { count: u32, factor: f32, shift: i32 }
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> source: array<f32>;
@group(0) @binding(2) var<storage, read_write> result: array<f32>;
@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>, @builtin(num_workgroups) groups: vec3<u32>) {
  let i = id.y * (groups.x * 64u) + id.x;
  if (i >= params.count) { return; }
  result[i] = params.factor * source[i] + f32(params.shift);
}`;
const affine = defineKernel("affine", AFFINE, "main", { reads: 1, writes: 1 });

Deno.test("a program runs its dispatches in order, again and again", async () => {
  const gpu = await testGpu();
  const count = 1000;
  const state = persistentStorage(
    gpu,
    "state",
    Float32Array.from({ length: count }, (_, i) => i),
  );
  const middle = scratchStorage("middle", 4 * count);
  const recorder = new Recorder();
  const step = (factor: number, shift: number, from: typeof state, to: typeof state) =>
    recorder.dispatch(affine, {
      params: [count, f32(factor), shift],
      reads: [from],
      writes: [to],
      workgroups: workgroupsFor(count, 64),
    });
  step(2, -3, state, middle);
  step(0.5, 1, middle, state);
  const program = await recorder.finish(gpu);
  assertEquals(program.kernels, ["affine.main", "affine.main"]);
  assertEquals(program.waits, 1);
  program.run();
  program.run();
  // One run: (2 x - 3) / 2 + 1 = x - 0.5.
  assertEquals((await readStorage(gpu, state))[999], 998);
  await gpu.finished();
});

Deno.test("a program begins with what dispatchFirst() makes of all that was recorded, each time it is finished", async () => {
  const gpu = await testGpu();
  const source = persistentStorage(gpu, "source", new Float32Array([1, 2, 3, 4, 5, 6, 7, 8]));
  const sum = persistentStorage(gpu, "sum", 32);
  const recorder = new Recorder(), arena = new Arena("arena");
  recorder.dispatchFirst(() => ({
    kernel: affine,
    params: [arena.bytes / 4, f32(10), 0],
    reads: [source],
    writes: [arena],
    workgroups: [1, 1, 1],
  }));
  const step = (count: number) =>
    recorder.dispatch(affine, {
      params: [count, f32(1), count],
      reads: [arena],
      writes: [sum],
      workgroups: [1, 1, 1],
    });
  assertEquals(arena.reserve(12), 0);
  step(4);
  assertEquals(recorder.recorded().length, 2);
  const first = await recorder.finish(gpu);
  assertEquals(arena.reserve(4), 16);
  step(8);
  const second = await recorder.finish(gpu);
  assertEquals(second.kernels.length, 3);
  first.run();
  assertEquals([...await readStorage(gpu, sum)], [14, 24, 34, 44, 0, 0, 0, 0]);
  second.run();
  assertEquals([...await readStorage(gpu, sum)], [18, 28, 38, 48, 58, 68, 78, 88]);
  await gpu.finished();
});

Deno.test("workgroupsFor() covers every invocation with at most 32768 groups along x", () => {
  assertEquals(workgroupsFor(1, 64), [1, 1, 1]);
  assertEquals(workgroupsFor(65, 64), [2, 1, 1]);
  assertEquals(workgroupsFor(64 * 32768 + 1, 64), [32768, 2, 1]);
});

Deno.test("a kernel that does not compile is named with line and column", async () => {
  const gpu = await testGpu();
  const recorder = new Recorder();
  const broken = defineKernel(
    "broken",
    AFFINE.replace("f32(params.shift)", "params.nothing"),
    "main",
    {
      reads: 1,
      writes: 1,
    },
  );
  const state = persistentStorage(gpu, "state", 16);
  const result = scratchStorage("result", 16);
  recorder.dispatch(broken, {
    params: [1],
    reads: [state],
    writes: [result],
    workgroups: [1, 1, 1],
  });
  const error = await assertRejects(
    () => recorder.finish(gpu),
    Error,
    "Kernel broken.main does not compile",
  );
  assertStringIncludes(error.message, "broken.wgsl:10:");
  assertStringIncludes(error.message, "nothing");
});

Deno.test("a recorder refuses bindings that do not fit the kernel", async () => {
  const gpu = await testGpu();
  const a = persistentStorage(gpu, "a", 16);
  const workgroups = [1, 1, 1] as const;
  const record = (dispatch: { reads: typeof a[]; writes: typeof a[] }) => () =>
    new Recorder().dispatch(affine, { params: [], workgroups, ...dispatch });
  assertThrows(
    record({ reads: [], writes: [a] }),
    Error,
    "reads 1 and writes 1 buffers, given are 0 and 1",
  );
  assertThrows(record({ reads: [a], writes: [a] }), Error, "a is read and written at once");
});

Deno.test("a buffer that the device cannot hold is refused by name and size, before any is made", async (t) => {
  const gpu = await testGpu();
  const allowed = gpu.device.limits.maxStorageBufferBindingSize;
  const small = persistentStorage(gpu, "small", 16);
  const record = (recorder: Recorder, label: string, bytes: number) =>
    recorder.dispatch(affine, {
      params: [1, f32(1), 0],
      reads: [small],
      writes: [scratchStorage(label, bytes)],
      workgroups: [1, 1, 1],
    });
  const size = (bytes: number) => `${Math.ceil(bytes / 2 ** 20)} MiB`;
  await t.step("an intermediate value", async () => {
    const recorder = new Recorder();
    record(recorder, "fits", allowed);
    record(recorder, "costs", allowed + 16);
    record(recorder, "features", 3 * allowed);
    const before = [...gpu.scratch];
    await assertRejects(
      () => recorder.finish(gpu),
      TooLargeError,
      `"features", the largest of 2 that do not fit, needs a buffer of ${size(3 * allowed)}; ` +
        `${gpu.adapter.description} allows ${size(allowed)}.`,
    );
    assertEquals(gpu.scratch, before);
  });
  await t.step("a persistent one", () => {
    assertThrows(
      () => persistentStorage(gpu, "images", allowed + 1),
      TooLargeError,
      `"images" needs a buffer of ${size(allowed + 1)}; `,
    );
  });
  await t.step("more workgroups than there are", () => {
    assertThrows(
      () =>
        new Recorder().dispatch(affine, {
          params: [],
          reads: [small],
          writes: [scratchStorage("many", 16)],
          workgroups: [1, 70000, 1],
        }),
      TooLargeError,
      "Cannot record affine.main: workgroups [1,70000,1]",
    );
  });
  await gpu.finished();
});

Deno.test("errors that WebGPU reports silently are thrown by the next call", async () => {
  const gpu = await testGpu();
  gpu.device.createBuffer({ label: "impossible", size: 16, usage: 0 });
  await gpu.device.queue.onSubmittedWorkDone();
  assertThrows(() => gpu.check(), Error, "WebGPU reported on");
  gpu.check();
});
