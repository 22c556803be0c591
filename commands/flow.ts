/** `deno task flow`: the flow between two pictures, or of a folder of frames, by a trained network. */
import { printable } from "../pipeline/common/printable.ts";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import { HELP, parseRequest } from "./flow/arguments.ts";
import { flowsOfFolder } from "./flow/folder.ts";
import { flowOfPair } from "./flow/pair.ts";

async function main(): Promise<number> {
  const request = parseRequest(Deno.args);
  if (request === "help") {
    console.log(HELP);
    return 0;
  }
  if ("wrong" in request) {
    console.error(`${printable(request.wrong)}\n${HELP}`);
    return 2;
  }
  const open = () => openGpu(Deno.env.get("DENO_WEBGPU_BACKEND"));
  if (request.kind === "folder") return await flowsOfFolder(request, open) ? 0 : 1;
  await flowOfPair(request, open);
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error(printable((error as Error).message));
    Deno.exit(1);
  }
}
