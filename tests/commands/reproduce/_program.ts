/** The programs behind ./run and ./run dvc, with the permissions that ./run gives them, in a folder that links to their code. */
import { fromFileUrl, join } from "@std/path";

export const ROOT = fromFileUrl(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const PATIENCE_MS = 300_000;
const LINKED = ["commands", "pipeline", "deno.json", "deno.lock"];

export function linkPrograms(folder: string): void {
  for (const name of LINKED) Deno.symlinkSync(join(ROOT, name), join(folder, name));
}

/** @param name of the program: "reproduce" or "dvc" */
export function commandOf(name: string): string[] {
  const text = Deno.readTextFileSync(join(ROOT, "run"));
  const options = text.split("exec deno ").map((part) => part.split(`commands/${name}.ts`))
    .find((parts) => parts.length > 1)![0];
  return ["deno", ...options.trim().split(/[\s\\]+/), `commands/${name}.ts`];
}

export function decoded({ code, stdout, stderr }: Deno.CommandOutput) {
  const decode = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, stdout: decode(stdout), stderr: decode(stderr) };
}

/** @throws {Error} after what is far too long on a machine that has much else to do */
export async function waitUntil(what: string, happened: () => boolean): Promise<void> {
  for (const end = performance.now() + PATIENCE_MS; !happened();) {
    if (performance.now() > end) throw new Error(`Waited in vain: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}
