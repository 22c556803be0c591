/** `deno task own`: frames of one's own become a pipeline in own/NAME, which is run; its page says whether training worked. */
import { join } from "@std/path";
import { printable } from "../pipeline/common/printable.ts";
import { HELP, type OwnRequest, parseOwnRequest } from "./own/arguments.ts";
import { folderOf, prepareFolder } from "./own/folder.ts";
import { linkTo } from "./report/link.ts";
import { runDvc } from "./reproduce/run_dvc.ts";
import { runCommand } from "./run_command.ts";

async function main(request: OwnRequest): Promise<number> {
  await prepareFolder(request, (sentence) => console.error(printable(sentence)));
  return request.prepare ? 0 : await reproduce(request);
}

async function reproduce(request: OwnRequest): Promise<number> {
  const folder = folderOf(request);
  const say = (sentence: string) => console.error(printable(sentence));
  const code = await runDvc(["repro", `${folder}/dvc.yaml`], { root: ".", say });
  if (code !== 0) return code;
  console.log(printable(`${folder}/results/train/model.safetensors is the model.`));
  console.log(linkTo(join(Deno.cwd(), folder, "results/evaluate/index.html")));
  return 0;
}

if (import.meta.main) await runCommand(HELP, parseOwnRequest, main);
