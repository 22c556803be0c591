/**
 * Families of generated kernels: tuned variants of one readable kernel, too long and too alike to be kept as files. The text
 * of a variant is written when a program that uses it is recorded, holds that one entry point, and is made once.
 * `deno task kernels --print NAME` shows it.
 */
import { defineKernel, type Kernel } from "../../../../gpu/kernel.ts";

export interface KernelFamily<Variant> {
  /** First part of a kernel's name, before the dot. */
  readonly label: string;
  /** What a variant computes, in a few words. */
  readonly about: (variant: Variant) => string;
  /** The readable file with the same functions, in kernels/network/. */
  readonly readable: string;
  /** All variants: those that convolutions choose, and candidates for measurements. */
  readonly variants: readonly Variant[];
  readonly entryPoint: (variant: Variant) => string;
  readonly bindings: (variant: Variant) => { reads: number; writes: number };
  /** WGSL with this one entry point; a function of the variant alone. */
  readonly code: (variant: Variant) => string;
}

const made = new Map<string, Kernel>();

/** A variant of a family, for recording. */
export function generatedKernel<Variant>(
  family: KernelFamily<Variant>,
  variant: NoInfer<Variant>,
): Kernel {
  const { label } = family;
  const entryPoint = family.entryPoint(variant);
  const name = `${label}.${entryPoint}`;
  const before = made.get(name);
  if (before) return before;
  const kernel = defineKernel(label, family.code(variant), entryPoint, family.bindings(variant));
  made.set(name, kernel);
  return kernel;
}
