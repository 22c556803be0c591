/**
 * Writes kernels/convolution_shuffle_*.wgsl: kernels for subgroups of exactly eight lanes, whose 32 accumulators and broadcasts
 * must be written out. Readable kernels of the same functions stand beside them. A test checks that the committed
 * files equal what this makes; after a change run
 *   deno run --allow-read=kernels --allow-write=kernels tools/generate_kernels.ts
 */
import { directFile } from "./shuffle/direct.ts";
import { gemmFile } from "./shuffle/gemm.ts";

/**
 * All generated files by name.
 * @param readable the text of kernels/network/convolution_direct.wgsl
 */
export function generateKernels(readable: string): Map<string, string> {
  return new Map([
    ["convolution_shuffle_gemm.wgsl", gemmFile()],
    ["convolution_shuffle_direct.wgsl", directFile(readable)],
  ]);
}

if (import.meta.main) {
  const folder = new URL("../kernels/", import.meta.url);
  const readable = Deno.readTextFileSync(new URL("convolution_direct.wgsl", folder));
  for (const [name, text] of generateKernels(readable)) {
    Deno.writeTextFileSync(new URL(name, folder), text);
  }
}
