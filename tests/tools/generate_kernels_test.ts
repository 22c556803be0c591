import { assertEquals } from "@std/assert";
import { generateKernels } from "../../tools/generate_kernels.ts";

Deno.test("generateKernels() makes the committed kernels", () => {
  const folder = new URL("../../kernels/", import.meta.url);
  const read = (name: string) => Deno.readTextFileSync(new URL(name, folder));
  const kernels = generateKernels(read("convolution_direct.wgsl"));
  for (const [name, text] of kernels) {
    const same = text === read(name);
    assertEquals(
      same,
      true,
      `kernels/${name} is not what tools/generate_kernels.ts writes: run it`,
    );
  }
});
