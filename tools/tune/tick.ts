/**
 * What the timestamps of a device count. WebGPU says nanoseconds, this runtime passes on the ticks of the driver: of 1 ns on
 * NVIDIA's cards and CPU drivers, of 10 ns on AMD's, of 52 or 83 ns on Intel's. Found by the clock, once for a device.
 */
import type { Gpu } from "../../pipeline/compute/gpu/device.ts";
import type { Program } from "../../pipeline/compute/gpu/program.ts";
import { Tape } from "../../pipeline/compute/tape.ts";

/** Nanoseconds of a reading that is long enough, and of the pause with which a wait ends. */
const LONG_NS = 1e8, PAUSE_NS = 1e7;
const READINGS = 2;
const MOST_REPEATS = 1 << 16;
/** Between 1 and the shortest other tick: what is nearer to 1 is a device that was busy with somebody else's work. */
const LEAST_TICK = 4;

const ticks = new WeakMap<GPUDevice, Promise<number>>();

/** Nanoseconds of a tick. @param gpu opened with timestamps */
export function nanosecondsOfTick(gpu: Gpu): Promise<number> {
  const known = ticks.get(gpu.device) ?? measure(gpu);
  ticks.set(gpu.device, known);
  return known;
}

/** The tick that the least of some quotients of clock and timestamps says. */
export function tickOf(quotients: readonly number[]): number {
  const least = Math.min(...quotients);
  return least < LEAST_TICK ? 1 : least;
}

async function measure(gpu: Gpu): Promise<number> {
  const tape = new Tape(gpu);
  const copied = tape.persistent("ticks", [1, 4, 512, 512]);
  const kept = tape.keep(copied);
  const program = await tape.finish();
  const queries = new Queries(gpu);
  try {
    let repeats = 1;
    while (repeats < MOST_REPEATS && (await queries.read(program, repeats)).clock < LONG_NS) {
      repeats *= 2;
    }
    const quotients: number[] = [];
    for (let i = 0; i < READINGS; i++) {
      const { clock, stamps } = await queries.read(program, repeats);
      if (!(stamps > 0)) {
        throw new Error("Cannot measure: the timestamps of the device stand still.");
      }
      quotients.push((clock - PAUSE_NS) / stamps);
    }
    return tickOf(quotients);
  } finally {
    queries.destroy();
    for (const { storage } of [copied, kept]) storage.buffer!.destroy();
  }
}

/** The two timestamps of a pass. */
export class Queries {
  readonly #gpu: Gpu;
  readonly #set: GPUQuerySet;
  readonly #resolved: GPUBuffer;
  readonly #read: GPUBuffer;

  constructor(gpu: Gpu) {
    const { device } = this.#gpu = gpu;
    const { QUERY_RESOLVE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
    this.#set = device.createQuerySet({ type: "timestamp", count: 2 });
    this.#resolved = device.createBuffer({ size: 16, usage: QUERY_RESOLVE | COPY_SRC });
    this.#read = device.createBuffer({ size: 16, usage: COPY_DST | MAP_READ });
  }

  /** Runs the dispatches of a program from `from` on so many times. @returns nanoseconds by the clock, and ticks */
  async read(
    program: Program,
    repeats: number,
    from = 0,
  ): Promise<{ clock: number; stamps: number }> {
    const { device } = this.#gpu;
    const encoder = device.createCommandEncoder();
    const pass = encoder.beginComputePass({
      timestampWrites: {
        querySet: this.#set,
        beginningOfPassWriteIndex: 0,
        endOfPassWriteIndex: 1,
      },
    });
    for (let i = 0; i < repeats; i++) program.encode(pass, from);
    pass.end();
    encoder.resolveQuerySet(this.#set, 0, 2, this.#resolved, 0);
    encoder.copyBufferToBuffer(this.#resolved, 0, this.#read, 0, 16);
    const commands = encoder.finish();
    const start = performance.now();
    device.queue.submit([commands]);
    await this.#gpu.awaiting(this.#read.mapAsync(GPUMapMode.READ));
    const clock = 1e6 * (performance.now() - start);
    const [begin, end] = new BigUint64Array(this.#read.getMappedRange());
    const stamps = Number(end - begin);
    this.#read.unmap();
    return { clock, stamps };
  }

  destroy(): void {
    this.#set.destroy();
    this.#resolved.destroy();
    this.#read.destroy();
  }
}
