/** What a dispatch costs that does next to nothing: free of others, behind others, with another pipeline; and the host's part. */
import { median } from "simple-statistics";
import type { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import { compileKernel, type Kernel } from "../../../pipeline/compute/gpu/kernel.ts";
import { generatedKernel } from "../../../pipeline/compute/network/ops/convolution/generate/family.ts";
import { tiledDirect } from "../../../pipeline/compute/network/ops/convolution/generate/tiled_direct.ts";
import { tiledGemm } from "../../../pipeline/compute/network/ops/convolution/generate/tiled_gemm.ts";
import type { Program } from "../../../pipeline/compute/gpu/program.ts";
import { persistentStorage, type Storage } from "../../../pipeline/compute/gpu/tensor.ts";
import { Tape } from "../../../pipeline/compute/tape.ts";
import { Stopwatch } from "../../../tools/tune/stopwatch.ts";
import { copyKernel, multiplyAddKernel } from "../../_ceilings.ts";
import type { BlockContext } from "../context.ts";

/** vec4 of a buffer. */
const COUNT = 16;
const READINGS = 5;

export async function measureOverhead(context: BlockContext): Promise<void> {
  const gpu = await context.openGpu();
  const dispatches = context.tiny ? 50 : 1000;
  const storage = (label: string) => persistentStorage(gpu, label, 16 * COUNT);
  const [a, b] = [storage("a"), storage("b")];
  const program = (next: (index: number) => [Kernel, Storage, Storage]): Promise<Program> => {
    const tape = new Tape(gpu);
    for (let index = 0; index < dispatches; index++) {
      const [kernel, from, to] = next(index);
      const workgroups = [1, 1, 1] as const;
      tape.dispatch(kernel, { params: [COUNT, 1], reads: [from], writes: [to], workgroups });
    }
    return tape.finish();
  };
  const swap = (index: number): [Storage, Storage] => index % 2 === 0 ? [a, b] : [b, a];
  const programs = {
    "free of each other": await program((index) => [copyKernel, a, storage(`target ${index}`)]),
    "each waits for the one before": await program((index) => [copyKernel, ...swap(index)]),
    "the same, two pipelines in turns": await program((
      index,
    ) => [index % 2 === 0 ? copyKernel : multiplyAddKernel, ...swap(index)]),
  };
  const stopwatch = new Stopwatch(gpu);
  for (const [what, recorded] of Object.entries(programs)) {
    recorded.run();
    await gpu.finished();
    const microseconds = await stopwatch.microseconds(recorded, 0);
    context.row("dispatches", {
      what,
      "us a dispatch on the device": microseconds / dispatches,
      "us a dispatch on the host": await hostMicroseconds(gpu, recorded) / dispatches,
      dispatches,
      "of them wait": recorded.waits,
      by: stopwatch.source,
    });
  }
  const waits: number[] = [];
  for (let i = 0; i < READINGS; i++) {
    const start = performance.now();
    await gpu.finished();
    waits.push(performance.now() - start);
  }
  context.row("host", { what: "waiting for an empty queue", ms: median(waits) });
  const megabytes = context.tiny ? 1 : 64;
  const target = persistentStorage(gpu, "upload", megabytes << 20);
  const bytes = new Uint8Array(megabytes << 20).fill(7);
  const uploads: number[] = [];
  for (let i = 0; i < READINGS; i++) {
    const start = performance.now();
    gpu.device.queue.writeBuffer(target.buffer!, 0, bytes);
    gpu.device.queue.submit([]);
    uploads.push(performance.now() - start);
    await gpu.finished();
  }
  context.row("host", { what: `writeBuffer of ${megabytes} MiB, the call`, ms: median(uploads) });
  // The middle tile: a driver that keeps what it compiled may have it already.
  for (
    const kernel of [
      generatedKernel(tiledGemm, tiledGemm.variants[2]),
      generatedKernel(tiledDirect, tiledDirect.variants[2]),
    ]
  ) {
    const start = performance.now();
    await compileKernel(gpu, kernel);
    const ms = performance.now() - start;
    context.row("host", { what: `compiling ${kernel.label}.${kernel.entryPoint}`, ms });
  }
  gpu.destroy();
}

/** Encoding and submitting, without waiting. */
async function hostMicroseconds(gpu: Gpu, program: Program): Promise<number> {
  const times: number[] = [];
  for (let i = 0; i < READINGS; i++) {
    const start = performance.now();
    program.run();
    times.push(1000 * (performance.now() - start));
    await gpu.finished();
  }
  return median(times);
}
