/** A clock for comparisons: on a CPU driver the processor time of all threads, which neighbours disturb less than the wall clock. */
import process from "node:process";
import type { Gpu } from "../pipeline/compute/gpu/device.ts";

/** Milliseconds since some beginning. */
export function now(gpu: Gpu): number {
  if (!gpu.adapter.fallback) return performance.now();
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** What the milliseconds of {@link now} are. */
export function clockName(gpu: Gpu): string {
  return gpu.adapter.fallback ? "processor time of all threads" : "wall clock";
}
