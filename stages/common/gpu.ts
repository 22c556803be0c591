/** What the stages that open a WebGPU device share: which one it was. */
import { type Gpu, openGpu } from "../../pipeline/compute/gpu/device.ts";
import { writeOutput } from "./stage.ts";

/**
 * The device of a stage that writes down its adapter. The graphics interface is known by the variable alone that chooses
 * it; ./run sets it on Linux. Importing this file gives a stage the permission to read it (commands/contract.ts).
 * @throws {Error} when there is no adapter, with how to get one
 */
export function openRecordedGpu(): Promise<Gpu> {
  return openGpu(Deno.env.get("DENO_WEBGPU_BACKEND"));
}

/** Writes adapter.json. @param more what else the result depends on besides its inputs, such as the seed */
export async function writeAdapter(
  folder: string,
  { adapter }: Gpu,
  more: Record<string, number> = {},
): Promise<void> {
  await writeOutput(
    `${folder}/adapter.json`,
    `${JSON.stringify({ ...adapter, ...more }, null, 2)}\n`,
  );
}
