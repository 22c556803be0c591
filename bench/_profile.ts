/**
 * Where the time of a program goes: every dispatch in a pass of its own between two timestamps, in its turn of the whole program, so
 * that it sees the data that it sees in a run.
 */
import type { Gpu } from "../pipeline/compute/gpu/device.ts";
import { kernelName } from "../pipeline/compute/gpu/kernel.ts";
import type { Program } from "../pipeline/compute/gpu/program.ts";
import type { Storage } from "../pipeline/compute/gpu/tensor.ts";
import type { RecordedDispatch } from "../pipeline/compute/gpu/program.ts";
import { nanosecondsOfTick } from "../tools/tune/tick.ts";
import { workOfDispatch } from "./_work.ts";

/** Timestamps that a set of queries may hold. */
const MOST_QUERIES = 4096;

/**
 * Milliseconds of each dispatch: the median over the rounds, after one to warm up.
 * @throws {Error} when the device has no timestamps
 */
export async function timeDispatches(
  gpu: Gpu,
  program: Program,
  rounds: number,
): Promise<number[]> {
  const { device } = gpu;
  if (!device.features.has("timestamp-query")) {
    throw new Error(
      `Cannot time kernels on ${gpu.adapter.description}: it has no timestamps. ` +
        "deno task bench:step --whole times whole steps.",
    );
  }
  const count = program.kernels.length;
  const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const size = 8 * MOST_QUERIES;
  const set = device.createQuerySet({ type: "timestamp", count: MOST_QUERIES });
  const resolved = device.createBuffer({ size, usage: QUERY_RESOLVE | COPY_SRC });
  const read = device.createBuffer({ size, usage: COPY_DST | MAP_READ });
  const tick = await nanosecondsOfTick(gpu);
  const readings: number[][] = [];
  try {
    for (let round = 0; round <= rounds; round++) {
      const times: number[] = [];
      for (let start = 0; start < count; start += MOST_QUERIES / 2) {
        const end = Math.min(count, start + MOST_QUERIES / 2);
        const encoder = device.createCommandEncoder();
        for (let index = start; index < end; index++) {
          const query = 2 * (index - start);
          const pass = encoder.beginComputePass({
            timestampWrites: {
              querySet: set,
              beginningOfPassWriteIndex: query,
              endOfPassWriteIndex: query + 1,
            },
          });
          program.encode(pass, index, index + 1);
          pass.end();
        }
        encoder.resolveQuerySet(set, 0, 2 * (end - start), resolved, 0);
        encoder.copyBufferToBuffer(resolved, 0, read, 0, 16 * (end - start));
        device.queue.submit([encoder.finish()]);
        await gpu.awaiting(read.mapAsync(GPUMapMode.READ));
        const stamps = new BigUint64Array(read.getMappedRange());
        for (let i = 0; i < end - start; i++) {
          times.push(Number(stamps[2 * i + 1] - stamps[2 * i]) * tick / 1e6);
        }
        read.unmap();
      }
      if (round > 0) readings.push(times);
    }
    gpu.check();
  } finally {
    set.destroy();
    resolved.destroy();
    read.destroy();
  }
  return Array.from({ length: count }, (_, index) => {
    const times = readings.map((reading) => reading[index]).sort((a, b) => a - b);
    return (times[(rounds - 1) >> 1] + times[rounds >> 1]) / 2;
  });
}

/** All dispatches of one kernel. */
export interface KernelRow {
  readonly kernel: string;
  readonly dispatches: number;
  readonly milliseconds: number;
  /** 1e9 additions and multiplications; absent where none are counted (_work.ts). */
  readonly gigaflop?: number;
  readonly gigabytes: number;
}

/** Sums by kernel, the slowest first. @param milliseconds of each dispatch */
export function byKernel(
  dispatches: readonly RecordedDispatch[],
  flat: ReadonlySet<Storage>,
  milliseconds: readonly number[],
): KernelRow[] {
  const rows = new Map<string, KernelRow>();
  dispatches.forEach((dispatch, index) => {
    const kernel = kernelName(dispatch.kernel);
    const { flop, bytes } = workOfDispatch(dispatch, flat);
    const before = rows.get(kernel) ??
      { kernel, dispatches: 0, milliseconds: 0, gigabytes: 0, gigaflop: 0 };
    rows.set(kernel, {
      kernel,
      dispatches: before.dispatches + 1,
      milliseconds: before.milliseconds + milliseconds[index],
      gigabytes: before.gigabytes + bytes / 1e9,
      ...flop === undefined ? {} : { gigaflop: (before.gigaflop ?? 0) + flop / 1e9 },
    });
  });
  return [...rows.values()].sort((a, b) => b.milliseconds - a.milliseconds);
}
