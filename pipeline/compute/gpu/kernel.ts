/**
 * A kernel is one entry point of a .wgsl file with its bindings: the params block at 0, then inputs, then outputs.
 */
import type { Gpu } from "./device.ts";

export interface Kernel {
  readonly label: string;
  readonly code: string;
  readonly entryPoint: string;
  /** Storage buffers that are read (bindings 1 ..). */
  readonly reads: number;
  /** Storage buffers that are written (bindings after the reads). */
  readonly writes: number;
  /** Values of the kernel's `override` constants. */
  readonly constants: Readonly<Record<string, number>>;
}

const MAXIMUM_STORAGE_BINDINGS = 8;

/**
 * Describes a kernel; compiled when a program that uses it is finished.
 * @throws {Error} when it has more than eight storage bindings, the smallest limit WebGPU guarantees
 */
export function defineKernel(
  label: string,
  code: string,
  entryPoint: string,
  bindings: { reads: number; writes: number; constants?: Record<string, number> },
): Kernel {
  const { reads, writes, constants = {} } = bindings;
  if (reads + writes > MAXIMUM_STORAGE_BINDINGS) {
    throw new Error(
      `Kernel ${label}.${entryPoint} has ${
        reads + writes
      } storage bindings, at most ${MAXIMUM_STORAGE_BINDINGS} are allowed.`,
    );
  }
  return { label, code, entryPoint, reads, writes, constants };
}

/** Name of a kernel in errors and profiles. */
export function kernelName(kernel: Kernel): string {
  const constants = Object.entries(kernel.constants).map(([name, value]) => `${name}=${value}`);
  return `${kernel.label}.${kernel.entryPoint}${
    constants.length ? `(${constants.join(", ")})` : ""
  }`;
}

async function describeFailure(module: GPUShaderModule, kernel: Kernel, message: string) {
  const { messages } = await module.getCompilationInfo();
  const places = messages
    .filter((entry) => entry.type === "error")
    .map((entry) => `  ${kernel.label}.wgsl:${entry.lineNum}:${entry.linePos} ${entry.message}`);
  return `Kernel ${kernelName(kernel)} does not compile:\n${places.join("\n") || message}`;
}

/**
 * The compiled pipeline of a kernel, from the device's cache when it was compiled before.
 * @throws {Error} with kernel, line, column and message when the WGSL does not compile
 */
export async function compileKernel(gpu: Gpu, kernel: Kernel): Promise<GPUComputePipeline> {
  const name = kernelName(kernel);
  const cached = gpu.pipelines.get(name);
  if (cached) return cached;
  const { device } = gpu;
  device.pushErrorScope("validation");
  const module = device.createShaderModule({ label: name, code: kernel.code });
  const storage = Array.from({ length: kernel.reads + kernel.writes }, (_, index) => ({
    binding: index + 1,
    visibility: GPUShaderStage.COMPUTE,
    buffer: { type: index < kernel.reads ? "read-only-storage" : "storage" } as const,
  }));
  const layout = device.createBindGroupLayout({
    label: name,
    entries: [
      { binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "uniform" } },
      ...storage,
    ],
  });
  const pipeline = device.createComputePipeline({
    label: name,
    layout: device.createPipelineLayout({ bindGroupLayouts: [layout] }),
    compute: { module, entryPoint: kernel.entryPoint, constants: kernel.constants },
  });
  const error = await device.popErrorScope();
  if (error) throw new Error(await describeFailure(module, kernel, error.message));
  gpu.pipelines.set(name, pipeline);
  return pipeline;
}
