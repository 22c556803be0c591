/** Which device this is: the doctor's words, all limits, and what NVIDIA's own program says of driver, clocks and power. */
import { openGpu } from "../../../pipeline/compute/gpu/device.ts";
import type { BlockContext } from "../context.ts";
import { lastLines, runProgram } from "../programs.ts";

const NVIDIA = [
  "name",
  "driver_version",
  "clocks.sm",
  "clocks.max.sm",
  "clocks.mem",
  "power.draw",
  "power.limit",
  "temperature.gpu",
  "utilization.gpu",
];

export async function measureAdapter(context: BlockContext): Promise<void> {
  const gpu = await openGpu(undefined, { timestamps: true });
  const { adapter, device } = gpu;
  for (const [name, value] of Object.entries(adapter)) {
    context.row("adapter", { name, value: String(value) });
  }
  context.row("adapter", { name: "features", value: [...device.features].join(", ") });
  // The limits are getters of the prototype.
  for (const name in device.limits) {
    const value = device.limits[name as keyof GPUSupportedLimits];
    if (typeof value === "number") context.row("limits", { name, value });
  }
  gpu.destroy();
  const card = await runProgram("nvidia-smi", [
    `--query-gpu=${NVIDIA.join(",")}`,
    "--format=csv,noheader",
  ]);
  if (!card) context.note("There is no nvidia-smi here: clocks and power are not known.");
  else if (card.code !== 0) context.note(`nvidia-smi failed: ${lastLines(card.output)}`);
  else {
    for (const [index, line] of card.output.trim().split("\n").entries()) {
      const values = line.split(", ");
      NVIDIA.forEach((name, i) =>
        context.row("nvidia-smi", { card: index, name, value: values[i] ?? "" })
      );
    }
  }
  const doctor = await runProgram("deno", ["task", "--quiet", "doctor"]);
  if (doctor?.code !== 0) {
    throw new Error(`The doctor finds fault: ${lastLines(doctor?.output ?? "there is no deno")}`);
  }
  for (const line of doctor.output.trim().split("\n")) {
    const [, name, value] = /^(\S.*?) {2,}(.*)$/.exec(line) ?? [];
    if (name) context.row("doctor", { name, value });
    else if (line.trim() !== "") context.note(line);
  }
}
