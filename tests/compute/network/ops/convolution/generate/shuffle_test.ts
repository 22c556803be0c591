import { assert, assertEquals } from "@std/assert";
import { kernelName } from "../../../../../../pipeline/compute/gpu/kernel.ts";
import {
  generatedKernel,
  type KernelFamily,
} from "../../../../../../pipeline/compute/network/ops/convolution/generate/family.ts";
import { shuffleDirect } from "../../../../../../pipeline/compute/network/ops/convolution/generate/shuffle_direct.ts";
import { shuffleGemm } from "../../../../../../pipeline/compute/network/ops/convolution/generate/shuffle_gemm.ts";
import type { ShuffleVariant } from "../../../../../../pipeline/compute/network/ops/convolution/generate/shuffle_pattern.ts";

// direct_test.ts and products_test.ts compare the results of every variant; these are facts of the text that results on
// one adapter may not show.
function kernelsOf<Name>(family: KernelFamily<ShuffleVariant<Name>>) {
  return family.variants.map((variant) => {
    const kernel = generatedKernel(family, variant);
    return { name: kernelName(kernel), lanes: variant.lanes, kernel };
  });
}
const variants = [...kernelsOf(shuffleDirect), ...kernelsOf(shuffleGemm)];

Deno.test("a generated text has one entry point, the one that it is named after", () => {
  for (const { name, kernel } of variants) {
    const found = [...kernel.code.matchAll(/@compute[^]*?fn (\w+)/g)].map((match) => match[1]);
    assertEquals(found, [kernel.entryPoint], name);
  }
});

Deno.test("each of the 32 accumulators starts once and is stored once", () => {
  for (const { name, kernel } of variants) {
    const { code } = kernel;
    const wanted = Array.from({ length: 32 }, (_, row) => `a${row}`);
    assertEquals([...code.matchAll(/var (a\d+) = /g)].map((match) => match[1]), wanted, name);
    const stores = code.slice(code.lastIndexOf("if (column >="));
    assertEquals([...stores.matchAll(/\ba\d+\b/g)].map((match) => match[0]), wanted, name);
  }
});

Deno.test("a broadcast reads a lane of its own group, and each lane's value equally often", () => {
  for (const { name, lanes, kernel } of variants) {
    const sources = new Map<string, number[]>();
    for (const [, value, lane] of kernel.code.matchAll(/subgroupShuffle\((\w+), ([^)]+)\)/g)) {
      const [, first, index] = lane.match(/^(first_lane \+ )?(\d+)u?$/)!;
      // Groups of eight are the subgroup; smaller ones count from their first lane.
      assertEquals(first === undefined, lanes === 8, `${name}: ${lane}`);
      sources.set(value, [...sources.get(value) ?? [], Number(index)]);
    }
    const each = Array.from({ length: lanes }, (_, lane) => lane);
    for (const [value, read] of sources) assertEquals(read, each, `${name}: ${value}`);
  }
});

Deno.test("generatedKernel() writes a text once, and another for another variant", () => {
  const eight = generatedKernel(shuffleGemm, { name: "multiply", lanes: 8 });
  assert(generatedKernel(shuffleGemm, { name: "multiply", lanes: 8 }) === eight);
  const four = generatedKernel(shuffleGemm, { name: "multiply", lanes: 4 });
  assert(four.code !== eight.code);
});
