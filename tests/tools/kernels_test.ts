import { assert, assertEquals, assertStringIncludes, assertThrows } from "@std/assert";
import { shuffleGemm } from "../../pipeline/compute/network/ops/convolution/generate/shuffle_gemm.ts";
import { listeningGpu, recordTrainingStep } from "../../bench/_recording.ts";
import { allKernels, kernelList, kernelText } from "../../tools/kernels.ts";

const kernels = allKernels("kernels");

async function run(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command("deno", {
    args: ["run", "--quiet", "--no-prompt", "--allow-read=kernels", "tools/kernels.ts", ...args],
  }).output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), error: text(stderr) };
}

Deno.test("each kernel has one line that says what it is", () => {
  const lines = kernelList(kernels).split("\n").filter((line) => line.startsWith("  "));
  assertEquals(lines.length, kernels.length);
  assertEquals(new Set(kernels.map(({ name }) => name)).size, kernels.length);
  for (const { name, about } of kernels) assert(about.length > 5, `${name} has no description`);
});

Deno.test("every generated family is listed", () => {
  const folder = "pipeline/compute/network/ops/convolution/generate";
  const code = [...Deno.readDirSync(folder)].map(({ name }) =>
    Deno.readTextFileSync(`${folder}/${name}`)
  ).join("\n");
  const labels = [...code.matchAll(/^ {2}label: "(\w+)"/gm)].map((match) => match[1]);
  const generated = kernels.filter(({ group }) => group.startsWith("generated, readable"));
  const listed = new Set(generated.map(({ name }) => name.split(".")[0]));
  assertEquals([...listed].sort(), labels.sort());
});

Deno.test("kernelText() finds files, their entry points and generated kernels", () => {
  const warp = Deno.readTextFileSync("kernels/compute/warp.wgsl");
  assertEquals(kernelText(kernels, "warp"), warp);
  assertEquals(kernelText(kernels, "warp.sort_runs"), warp);
  const generated = shuffleGemm.code({ name: "correlate", lanes: 4 });
  assertEquals(kernelText(kernels, "convolution_shuffle_gemm.correlate_4"), generated);
});

for (const family of ["cpu", "gpu"] as const) {
  Deno.test(`kernelText() gives the text of every kernel of a training step, family ${family}`, () => {
    const size = { width: 0.25, crop: [64, 64] as const, batch: 4 };
    const { dispatches } = recordTrainingStep(listeningGpu(family), size);
    for (const { label, entryPoint, code } of new Set(dispatches.map(({ kernel }) => kernel))) {
      assert(kernelText(kernels, `${label}.${entryPoint}`) === code, `${label}.${entryPoint}`);
      assertStringIncludes(code, `fn ${entryPoint}(`);
    }
  });
}

Deno.test("kernelText() names the kernel that comes closest", () => {
  const name = "convolution_shuffle_gem.multiply_8";
  const error = assertThrows(() => kernelText(kernels, name), Error, `no kernel "${name}"`);
  assertStringIncludes(error.message, "Did you mean convolution_shuffle_gemm.multiply_8?");
});

Deno.test("deno task kernels prints a text to stdout, an error to stderr with status 2", async () => {
  const text = await run("--print", "convolution_shuffle_direct.dinput_2");
  assertEquals([text.code, text.error], [0, ""]);
  assertStringIncludes(text.out, "fn dinput_2(");
  const wrong = await run("--print", "wrap");
  assertEquals([wrong.code, wrong.out], [2, ""]);
  assertStringIncludes(wrong.error, "Did you mean warp?");
  for (const args of [["--list", "--print", "warp"], ["--print"], ["warp"]]) {
    assertEquals((await run(...args)).code, 2, args.join(" "));
  }
});
