/**
 * Record once, replay. A recorder collects dispatches; finish() places intermediate values in as few buffers as their
 * lifetimes allow, compiles the kernels, and makes all bind groups. run() only encodes and submits.
 */
import { type Gpu, TooLargeError } from "./device.ts";
import { type Joinable, withoutJoins } from "./joins.ts";
import { compileKernel, type Kernel, kernelName } from "./kernel.ts";
import { planPlacement } from "./placement.ts";
import { checkSizes, mebibytes } from "./tensor.ts";
import { countWaits } from "./waits.ts";

/** A value of the params block: a whole number (u32 or i32), or f32(x). */
export type Param = number | { readonly f32: number };

/** Marks a floating-point value of a params block. */
export function f32(value: number): Param {
  return { f32: value };
}

export type Workgroups = readonly [number, number, number];

export interface Dispatch extends Joinable<RecordedDispatch> {
  readonly params: readonly Param[];
  readonly workgroups: Workgroups;
}

export interface RecordedDispatch extends Dispatch {
  readonly kernel: Kernel;
}

const PARAMS_ALIGNMENT = 256;
const MAXIMUM_WORKGROUPS = 65535;

/**
 * Workgroups for `count` invocations in groups of `size`, spread over x and y; the kernel's index is
 * `id.y * (num_workgroups.x * size) + id.x`.
 */
export function workgroupsFor(count: number, size: number): Workgroups {
  const groups = Math.max(1, Math.ceil(count / size));
  const x = Math.min(groups, 32768);
  return [x, Math.ceil(groups / x), 1];
}

function encodeParams(params: readonly Param[]): Uint8Array {
  const bytes = new Uint8Array(Math.max(16, Math.ceil(params.length / 4) * 16));
  const view = new DataView(bytes.buffer);
  params.forEach((param, index) => {
    if (typeof param === "number") view.setInt32(4 * index, param, true);
    else view.setFloat32(4 * index, param.f32, true);
  });
  return bytes;
}

function check({ kernel, reads, writes, workgroups }: RecordedDispatch): void {
  const name = kernelName(kernel);
  if (reads.length !== kernel.reads || writes.length !== kernel.writes) {
    throw new Error(
      `Cannot record ${name}: it reads ${kernel.reads} and writes ${kernel.writes} buffers, ` +
        `given are ${reads.length} and ${writes.length}.`,
    );
  }
  const shared = writes.find((storage) => reads.includes(storage));
  if (shared) {
    throw new Error(`Cannot record ${name}: ${shared.label} is read and written at once.`);
  }
  if (workgroups.some((count) => !(count >= 1 && count <= MAXIMUM_WORKGROUPS))) {
    const tooMany = workgroups.some((count) => count > MAXIMUM_WORKGROUPS);
    throw new (tooMany ? TooLargeError : Error)(
      `Cannot record ${name}: workgroups [${workgroups}] must lie between 1 and ${MAXIMUM_WORKGROUPS}.`,
    );
  }
}

export class Recorder {
  readonly #dispatches: RecordedDispatch[] = [];
  readonly #first: (() => RecordedDispatch)[] = [];

  /**
   * Appends a dispatch.
   * @throws {Error} when the bindings do not fit the kernel, or one storage is both read and written
   * @throws {TooLargeError} when there are too many workgroups
   */
  dispatch(kernel: Kernel, dispatch: Dispatch): void {
    const recorded = { ...dispatch, kernel };
    check(recorded);
    this.#dispatches.push(recorded);
  }

  /**
   * Has the program begin with a dispatch that depends on all that is recorded, of what was there before the program.
   * @param make called whenever the program is looked at or finished; what it writes stays the same storage
   */
  dispatchFirst(make: () => RecordedDispatch): void {
    this.#first.push(make);
  }

  /** What the program begins with and what has been appended, without the concatenations that need no pass. */
  recorded(): readonly RecordedDispatch[] {
    const dispatches = [
      ...this.#first.map((make) => make()),
      ...withoutJoins(this.#dispatches),
    ];
    dispatches.forEach(check);
    return dispatches;
  }

  /**
   * Compiles and places everything. The recorder may go on afterwards and be finished again.
   * @throws {TooLargeError} when no buffer of the device can hold a value, or its memory not all of them
   */
  async finish(gpu: Gpu): Promise<Program> {
    const dispatches = this.recorded();
    checkSizes(
      gpu,
      new Set(dispatches.flatMap(({ reads, writes }) => [...reads, ...writes])),
    );
    const pipelines: GPUComputePipeline[] = [];
    for (const { kernel } of dispatches) pipelines.push(await compileKernel(gpu, kernel));
    const { device } = gpu;
    device.pushErrorScope("validation");
    device.pushErrorScope("out-of-memory");
    const { bufferOf, bytes } = planPlacement(gpu, dispatches);
    const { buffer: params, offsets, sizes } = packParams(device, dispatches);
    const commands = dispatches.map((dispatch, index): Command => ({
      pipeline: pipelines[index],
      workgroups: dispatch.workgroups,
      bindings: device.createBindGroup({
        label: kernelName(dispatch.kernel),
        layout: pipelines[index].getBindGroupLayout(0),
        entries: [
          { binding: 0, resource: { buffer: params, offset: offsets[index], size: sizes[index] } },
          ...[...dispatch.reads, ...dispatch.writes].map((storage, binding) => ({
            binding: binding + 1,
            resource: { buffer: bufferOf(storage), size: storage.bytes },
          })),
        ],
      }),
    }));
    const memory = await device.popErrorScope();
    const validation = await device.popErrorScope();
    if (memory) {
      throw new TooLargeError(
        `Not enough memory on ${gpu.adapter.description} for ${
          mebibytes(bytes)
        } of intermediate values: ` +
          `${memory.message}.`,
      );
    }
    // What persistent storages ran into, and a lost device: both explain an error in the preparation.
    gpu.check();
    if (validation) throw new Error(`The program cannot be prepared: ${validation.message}`);
    return new Program(gpu, commands, {
      kernels: dispatches.map(({ kernel }) => kernelName(kernel)),
      waits: countWaits(dispatches, bufferOf),
      activationBytes: bytes,
    });
  }
}

interface Command {
  readonly pipeline: GPUComputePipeline;
  readonly bindings: GPUBindGroup;
  readonly workgroups: Workgroups;
}

// All params blocks in one buffer, equal ones stored once.
function packParams(device: GPUDevice, dispatches: readonly Dispatch[]) {
  const places = new Map<string, number>();
  const blocks: Uint8Array[] = [];
  const offsets: number[] = [], sizes: number[] = [];
  let length = 0;
  for (const { params } of dispatches) {
    const bytes = encodeParams(params);
    const key = bytes.join();
    let offset = places.get(key);
    if (offset === undefined) {
      offset = length;
      places.set(key, offset);
      blocks.push(bytes);
      length += Math.ceil(bytes.length / PARAMS_ALIGNMENT) * PARAMS_ALIGNMENT;
    }
    offsets.push(offset);
    sizes.push(bytes.length);
  }
  const content = new Uint8Array(Math.max(16, length));
  let position = 0;
  for (const block of blocks) {
    content.set(block, position);
    position += Math.ceil(block.length / PARAMS_ALIGNMENT) * PARAMS_ALIGNMENT;
  }
  const buffer = device.createBuffer({
    label: "params",
    size: content.length,
    usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST,
  });
  device.queue.writeBuffer(buffer, 0, content);
  return { buffer, offsets, sizes };
}

interface ProgramFacts {
  readonly kernels: readonly string[];
  readonly waits: number;
  readonly activationBytes: number;
}

export class Program {
  readonly #gpu: Gpu;
  readonly #commands: readonly Command[];
  /** Names of the kernels in order. */
  readonly kernels: readonly string[];
  /** Dispatches that wait for all those before them (waits.ts). */
  readonly waits: number;
  /** Bytes of all buffers for intermediate values. */
  readonly activationBytes: number;

  constructor(gpu: Gpu, commands: readonly Command[], facts: ProgramFacts) {
    this.#gpu = gpu;
    this.#commands = commands;
    this.kernels = facts.kernels;
    this.waits = facts.waits;
    this.activationBytes = facts.activationBytes;
  }

  /** Encodes and submits all dispatches, or those from `from` up to `to`; returns before they are done. */
  run(from = 0, to = this.#commands.length): void {
    this.#gpu.check();
    const encoder = this.#gpu.device.createCommandEncoder();
    const pass = encoder.beginComputePass();
    this.encode(pass, from, to);
    pass.end();
    this.#gpu.device.queue.submit([encoder.finish()]);
  }

  /** Encodes the dispatches from `from` up to `to` into a pass of somebody else. */
  encode(pass: GPUComputePassEncoder, from = 0, to = this.#commands.length): void {
    let current: GPUComputePipeline | undefined;
    for (let index = from; index < to; index++) {
      const { pipeline, bindings, workgroups } = this.#commands[index];
      if (pipeline !== current) pass.setPipeline(current = pipeline);
      pass.setBindGroup(0, bindings);
      pass.dispatchWorkgroups(workgroups[0], workgroups[1], workgroups[2]);
    }
  }
}
