/**
 * A tape for tests of kernels for GPUs on a CPU driver, which is kinder than they are: buffers begin full of NaN and end in
 * NaN that are bound with them, so that a cell that nobody wrote, or one beyond the end, shows in the result; and the order
 * of the threads can be reversed, so that a missing barrier shows, since a CPU runs them in order.
 */
import { assertEquals } from "@std/assert";
import type { Gpu } from "../../../../pipeline/compute/gpu/device.ts";
import type { Kernel } from "../../../../pipeline/compute/gpu/kernel.ts";
import { activationBytes } from "../../../../pipeline/compute/gpu/layout.ts";
import type { Dispatch, Program } from "../../../../pipeline/compute/gpu/program.ts";
import {
  type Arena,
  persistentStorage,
  type Shape,
  type Storage,
} from "../../../../pipeline/compute/gpu/tensor.ts";
import { Tape, type Value } from "../../../../pipeline/compute/tape.ts";

/** vec4 of NaN behind what is asked for. */
const GUARD = 64;

/** A buffer of NaN with `content` at its beginning. */
export function guardedStorage(
  gpu: Gpu,
  label: string,
  content: number | Float32Array,
): Storage {
  const floats = typeof content === "number" ? content / 4 : content.length;
  const filled = new Float32Array(4 * Math.ceil(floats / 4) + 4 * GUARD).fill(NaN);
  if (typeof content !== "number") filled.set(content);
  return persistentStorage(gpu, label, filled);
}

/** Fails unless all values are the same bits, NaN included; faster than a deep comparison. */
export function assertSameBits(name: string, got: Float32Array, wanted: Float32Array): void {
  const bits = (data: Float32Array) => new Uint32Array(data.buffer, data.byteOffset, data.length);
  const a = bits(got), b = bits(wanted);
  const index = a.length === b.length ? a.findIndex((value, i) => value !== b[i]) : 0;
  assertEquals(index, -1, `${name}: got ${got[index]} at ${index}, wanted ${wanted[index]}`);
}

const reversed = (kernel: Kernel): Kernel => ({
  ...kernel,
  constants: { ...kernel.constants, REVERSED: 1 },
});

/** See the file's head. */
export class GuardedTape extends Tape {
  /** Names of the kernels that knew how to reverse their threads. */
  readonly reversedKernels = new Set<string>();
  readonly #reversed: boolean;
  readonly #storages: Storage[] = [];
  readonly #arenas: Arena[] = [];

  constructor(gpu: Gpu, options: { reversed: boolean }) {
    super(gpu);
    this.#reversed = options.reversed;
  }

  override persistent(
    label: string,
    shape: Shape,
    segments: readonly number[] = [shape[1]],
  ): Value {
    const storage = this.scratch(label, activationBytes(shape, segments));
    return { label, shape, segments, storage };
  }

  override value(label: string, shape: Shape, segments: readonly number[] = [shape[1]]): Value {
    return this.persistent(label, shape, segments);
  }

  override scratch(label: string, bytes: number): Storage {
    const storage = guardedStorage(this.gpu, label, bytes);
    this.#storages.push(storage);
    return storage;
  }

  override arena(label: string): Arena {
    const arena = super.arena(label);
    this.#arenas.push(arena);
    return arena;
  }

  override finish(): Promise<Program> {
    for (const arena of this.#arenas.splice(0)) {
      this.#storages.push(
        Object.assign(arena, guardedStorage(this.gpu, arena.label, arena.bytes)),
      );
    }
    return super.finish();
  }

  /** Labels of the values and scratch buffers behind whose end something was written. */
  async overwritten(): Promise<string[]> {
    const { device } = this.gpu, size = 16 * GUARD;
    const staging = device.createBuffer({
      label: "guards",
      size: size * this.#storages.length,
      usage: GPUBufferUsage.COPY_DST | GPUBufferUsage.MAP_READ,
    });
    const encoder = device.createCommandEncoder();
    this.#storages.forEach(({ buffer, bytes }, index) =>
      encoder.copyBufferToBuffer(buffer!, bytes - size, staging, index * size, size)
    );
    device.queue.submit([encoder.finish()]);
    await staging.mapAsync(GPUMapMode.READ);
    const guards = new Uint32Array(staging.getMappedRange().slice(0));
    staging.destroy();
    const [nan] = new Uint32Array(new Float32Array([NaN]).buffer);
    const isWhole = (index: number) =>
      guards.subarray(4 * GUARD * index, 4 * GUARD * (index + 1)).every((bits) => bits === nan);
    return this.#storages.filter((_, index) => !isWhole(index)).map(({ label }) => label);
  }

  override dispatch(kernel: Kernel, dispatch: Dispatch): void {
    if (!this.#reversed || !kernel.code.includes("override REVERSED")) {
      super.dispatch(kernel, dispatch);
      return;
    }
    this.reversedKernels.add(kernel.entryPoint);
    const { movable } = dispatch;
    super.dispatch(reversed(kernel), {
      ...dispatch,
      movable: movable && {
        ...movable,
        at: (places) => {
          const moved = movable.at(places);
          return { ...moved, kernel: reversed(moved.kernel) };
        },
      },
    });
  }
}
