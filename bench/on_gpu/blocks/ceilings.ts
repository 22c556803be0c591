/** What the device does at best, by our kernels and by PyTorch's: all shares refer to these. */
import { z } from "zod";
import { parseJson } from "../../../pipeline/common/io/json.ts";
import { nanosecondsOfTick } from "../../../tools/tune/tick.ts";
import { measureCeilings } from "../../_ceilings.ts";
import { pythonProgram } from "../../peers/contests.ts";
import { type BlockContext, shareOf } from "../context.ts";
import { lastLines, runProgram } from "../programs.ts";

const lineSchema = z.strictObject({
  what: z.string(),
  rate: z.number().positive(),
  unit: z.enum(["GFLOP/s", "GB/s"]),
});

export async function measureDeviceCeilings(context: BlockContext): Promise<void> {
  const gpu = await context.openGpu();
  if (gpu.device.features.has("timestamp-query")) {
    context.row("ceilings", {
      what: "tick of timestamps, by the clock",
      rate: await nanosecondsOfTick(gpu),
      unit: "ns",
    });
  }
  const { gigaflops, gigabytesPerSecond } = await measureCeilings(gpu, context.tiny);
  gpu.destroy();
  context.fact("gigaflops", gigaflops);
  context.fact("gigabytesPerSecond", gigabytesPerSecond);
  context.row("ceilings", { what: "a * b + c in registers", rate: gigaflops, unit: "GFLOP/s" });
  context.row("ceilings", { what: "copy", rate: gigabytesPerSecond, unit: "GB/s" });
  const { python } = context.settings;
  if (!python) return context.note("PyTorch is not compared: no Python with it and CUDA.");
  const sides = context.tiny ? [64] : [4096, 8192];
  const copyBytes = context.tiny ? 1 << 20 : 1 << 28;
  const { command, args } = pythonProgram(python.command, "torch_ceilings.py");
  const result = await runProgram(
    command,
    args,
    {
      input: JSON.stringify({ device: python.device, threads: 1, sides, copyBytes }),
      line: (line) => {
        const read = parseJson(line, lineSchema, { file: "answer of torch_ceilings.py" });
        const own = read.unit === "GB/s" ? gigabytesPerSecond : gigaflops;
        context.row("ceilings", { ...read, "of ours": shareOf(read.rate, own) });
      },
      end: { seconds: Math.max(1, context.secondsLeft), signal: "SIGTERM" },
    },
  );
  if (result?.code !== 0) {
    throw new Error(`torch_ceilings.py failed: ${lastLines(result?.output ?? "no Python")}`);
  }
}
