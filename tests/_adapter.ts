/** One device for all tests of a file; the first line of a run names the adapter. No adapter is a failure, never a skip. */
import { type Gpu, openGpu } from "../pipeline/compute/gpu/device.ts";

let opened: Promise<Gpu> | undefined;

/** The shared device. @throws {Error} with how to get an adapter */
export function testGpu(): Promise<Gpu> {
  opened ??= openGpu().then((gpu) => {
    console.log(`adapter: ${gpu.adapter.description}`);
    return gpu;
  });
  return opened;
}
