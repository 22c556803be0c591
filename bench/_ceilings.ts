/** What the device at hand does at best, measured: every share in a table refers to these two numbers. */
import code from "./ceilings.wgsl" with { type: "text" };
import { Rng } from "../pipeline/common/rng.ts";
import type { Gpu } from "../pipeline/compute/gpu/device.ts";
import { defineKernel } from "../pipeline/compute/gpu/kernel.ts";
import { type Program, workgroupsFor } from "../pipeline/compute/gpu/program.ts";
import { persistentStorage, type Storage } from "../pipeline/compute/gpu/tensor.ts";
import { Tape } from "../pipeline/compute/tape.ts";
import { Stopwatch } from "../tools/tune/stopwatch.ts";

export const copyKernel = defineKernel("ceilings", code, "copy", { reads: 1, writes: 1 });
export const multiplyAddKernel = defineKernel("ceilings", code, "multiply_add", {
  reads: 1,
  writes: 1,
});

/** Additions and multiplications of a trip, as in the kernel: of 32 vec4. */
const FLOP_OF_TRIP = 2 * 32 * 4;
/** Bytes of a buffer of the copy, larger than caches are; at most what the device binds. And how many buffers take turns. */
const COPY_BYTES = { cpu: 64 << 20, gpu: 128 << 20 } as const, COPIES = 4;
/** Threads and trips of the chains: enough for every core, some milliseconds. */
const CHAINS = {
  cpu: { threads: 1 << 14, trips: 256 },
  gpu: { threads: 1 << 20, trips: 1024 },
} as const;
const ROUNDS = 3;

export interface Ceilings {
  /** 1e9 additions and multiplications a second, of chains in registers. */
  readonly gigaflops: number;
  /** 1e9 bytes a second, read and written, of a copy. */
  readonly gigabytesPerSecond: number;
}

/** The best of some rounds, in turns. @param tiny sizes that say nothing, to try the program */
export async function measureCeilings(gpu: Gpu, tiny = false): Promise<Ceilings> {
  const { family } = gpu;
  const bytes = tiny ? 1 << 20 : Math.min(COPY_BYTES[family], gpu.largestStorage);
  const noise = new Rng(3);
  const filled = (label: string, size: number): Storage => {
    const storage = persistentStorage(gpu, label, size);
    const part = Float32Array.from({ length: Math.min(1 << 18, size / 4) }, () => noise.uniform());
    for (let start = 0; start < size; start += part.byteLength) {
      gpu.device.queue.writeBuffer(
        storage.buffer!,
        start,
        part.subarray(0, Math.min(part.length, (size - start) / 4)),
      );
    }
    return storage;
  };
  // In a ring, so that no copy finds in a cache what the one before has left.
  const ring = Array.from({ length: COPIES }, (_, i) => filled(`copy ${i}`, bytes));
  const copies = new Tape(gpu), chains = new Tape(gpu);
  for (const [index, storage] of ring.entries()) {
    copies.dispatch(copyKernel, {
      params: [bytes / 16, 0],
      reads: [storage],
      writes: [ring[(index + 1) % COPIES]],
      workgroups: workgroupsFor(bytes / 16, 64),
    });
  }
  const { threads, trips } = tiny ? { threads: 1 << 10, trips: 16 } : CHAINS[family];
  const source = filled("chains", 16 * threads), sums = filled("sums", 16 * threads);
  chains.dispatch(multiplyAddKernel, {
    params: [threads, trips],
    reads: [source],
    writes: [sums],
    workgroups: workgroupsFor(threads, 64),
  });
  const programs = [await copies.finish(), await chains.finish()];
  const best = await fastest(gpu, programs);
  for (const { buffer } of [...ring, source, sums]) buffer!.destroy();
  return {
    gigabytesPerSecond: 2 * COPIES * bytes / best[0] / 1e3,
    gigaflops: threads * trips * FLOP_OF_TRIP / best[1] / 1e3,
  };
}

/** Microseconds of each program, the least over rounds in which they take turns. */
async function fastest(gpu: Gpu, programs: readonly Program[]): Promise<number[]> {
  const stopwatch = new Stopwatch(gpu);
  const best = programs.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [index, program] of programs.entries()) {
      best[index] = Math.min(best[index], await stopwatch.microseconds(program, 0));
    }
  }
  return best;
}
