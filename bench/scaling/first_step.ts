/** Records, compiles and runs one training step, and says how long that took, as JSON; a process of its own for start.ts. */
import { parseArgs } from "@std/cli/parse-args";
import process from "node:process";
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { parseSize } from "../_arguments.ts";
import { recordTrainingStep } from "../_recording.ts";

const { width, crop, batch } = parseArgs(Deno.args, { string: ["width", "crop", "batch"] });
const start = performance.now(), before = process.cpuUsage();
const gpu = await openGpu();
const { finish } = recordTrainingStep(gpu, parseSize({ width, crop, batch }));
const program = await finish();
program.run();
await gpu.finished();
const { user, system } = process.cpuUsage(before);
console.log(JSON.stringify({
  pipelines: gpu.pipelines.size,
  dispatches: program.kernels.length,
  seconds: (performance.now() - start) / 1000,
  processorSeconds: (user + system) / 1e6,
}));
gpu.destroy();
