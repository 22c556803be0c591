/** `deno task flow`: the flow between two pictures, or of a folder of frames, by a trained network. */
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { type FolderRequest, HELP, type PairRequest, parseRequest } from "./flow/arguments.ts";
import { flowsOfFolder } from "./flow/folder.ts";
import { flowOfPair } from "./flow/pair.ts";
import { runCommand } from "./run_command.ts";

async function main(request: PairRequest | FolderRequest): Promise<number> {
  const open = () => openGpu(Deno.env.get("DENO_WEBGPU_BACKEND"));
  if (request.kind === "folder") return await flowsOfFolder(request, open) ? 0 : 1;
  await flowOfPair(request, open);
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseRequest, main);
