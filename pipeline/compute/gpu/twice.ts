/**
 * Twins of kernels that write their output twice, as parts of two values (gpu/joins.ts): store_output(), by which a kernel stores
 * each vec4 of its output, gets a second line.
 */
import { defineKernel, type Kernel } from "./kernel.ts";

const STORE = "fn store_output(pixel: u32, slot: u32, value: vec4<f32>) {\n";
const made = new Map<Kernel, Kernel>();

/**
 * The kernel with a second output behind its only one; its params tell where in a pixel both lie, copy_stride and copy_first of the second.
 * @throws {Error} when it has no store_output()
 */
export function twice(kernel: Kernel): Kernel {
  const before = made.get(kernel);
  if (before) return before;
  const { label, code, entryPoint, reads, constants } = kernel;
  if (!code.includes(STORE)) {
    throw new Error(`Cannot have ${label}.${entryPoint} write twice: it has no "${STORE.trim()}".`);
  }
  const twin = defineKernel(
    label,
    code
      .replace(`fn ${entryPoint}(`, `fn ${entryPoint}_twice(`)
      .replace(
        STORE,
        `@group(0) @binding(${reads + 2}) var<storage, read_write> copied: array<vec4<f32>>;\n\n` +
          `${STORE}  copied[pixel * params.copy_stride + params.copy_first + slot] = value;\n`,
      ),
    `${entryPoint}_twice`,
    { reads, writes: 2, constants },
  );
  made.set(kernel, twin);
  return twin;
}
