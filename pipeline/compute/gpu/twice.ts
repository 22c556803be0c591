/**
 * Twins of kernels that write their output twice, as parts of two values (gpu/joins.ts): store_output(), by which a kernel stores
 * each vec4 of its output, or each channel, gets a second line.
 */
import { defineKernel, type Kernel } from "./kernel.ts";

const STORE = /fn store_output\(pixel: u32, (\w+): u32, value: (f32|vec4<f32>)\) \{\n/;
const made = new Map<Kernel, Kernel>();

/**
 * The kernel with a copy, behind all its outputs, of the one that it stores by store_output(); its params tell where in a pixel both
 * lie, copy_stride and copy_first of the copy.
 * @throws {Error} when it has no store_output()
 */
export function twice(kernel: Kernel): Kernel {
  const before = made.get(kernel);
  if (before) return before;
  const { label, code, entryPoint, reads, writes, constants } = kernel;
  const found = code.match(STORE);
  if (!found) {
    throw new Error(`Cannot have ${label}.${entryPoint} write twice: it has no store_output().`);
  }
  const [store, index, type] = found;
  const start = "(pixel * params.copy_stride + params.copy_first)";
  const at = `${type === "f32" ? `4u * ${start}` : start} + ${index}`;
  const twin = defineKernel(
    label,
    code
      .replace(`fn ${entryPoint}(`, `fn ${entryPoint}_twice(`)
      .replace(
        store,
        `@group(0) @binding(${
          reads + writes + 1
        }) var<storage, read_write> copied: array<${type}>;\n\n` +
          `${store}  copied[${at}] = value;\n`,
      ),
    `${entryPoint}_twice`,
    { reads, writes: writes + 1, constants },
  );
  made.set(kernel, twin);
  return twin;
}
