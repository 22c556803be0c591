/** How long it takes until the first step has run, from an empty cache of compiled kernels and again; and `./run` with nothing to do. */
import { z } from "zod";
import { parseJson } from "../../pipeline/common/io/json.ts";
import { inTemporaryFolder } from "../_temporary.ts";

const PROGRAM = "bench/scaling/first_step.ts";

const answerSchema = z.strictObject({
  pipelines: z.int(),
  dispatches: z.int(),
  /** From the device to the end of the first step, by the clock and of the processor. */
  seconds: z.number(),
  processorSeconds: z.number(),
});

export interface StartRow extends z.output<typeof answerSchema> {
  readonly cache: "empty" | "filled";
}

/** Mesa's and NVIDIA's caches of compiled kernels go where these variables say. */
const CACHES = ["MESA_SHADER_CACHE_DIR", "__GL_SHADER_DISK_CACHE_PATH"];

/** @param sizes arguments of a size, such as --width=1 @throws {Error} when the step fails */
export function timeStart(sizes: readonly string[]): Promise<StartRow[]> {
  return inTemporaryFolder(async (folder) => {
    const rows: StartRow[] = [];
    for (const cache of ["empty", "filled"] as const) {
      const { success, stdout, stderr } = await new Deno.Command("deno", {
        args: ["run", "--quiet", "--no-prompt", "--frozen", "--ignore-env", PROGRAM, ...sizes],
        env: Object.fromEntries(CACHES.map((name) => [name, folder])),
      }).output();
      const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
      if (!success) throw new Error(`Cannot time a start: ${errors.trim()}`);
      rows.push({ cache, ...parseJson(text, answerSchema, { file: `answer of ${PROGRAM}` }) });
    }
    return rows;
  });
}

/**
 * Seconds of `./run` in a clone whose results are up to date.
 * @throws {Error} where it would have something to do, or cannot run
 */
export async function timeIdleRun(): Promise<number> {
  const nothing = "Cannot time ./run with nothing to do:";
  if (!await isThere(".venv/.complete")) {
    throw new Error(`${nothing} it would set up .venv here. Call ./run first.`);
  }
  // Of what would be run nothing is, before it is known that nothing would be. With the pipelines that ./run leaves alone, there
  // would nearly always be something.
  const status = await call(["dvc", "status", "--quiet", "--with-deps", "dvc.yaml"]);
  if (status.code !== 0) {
    const said = status.said === "" ? "" : ` (${status.said})`;
    throw new Error(
      `${nothing} by ./run dvc status --with-deps dvc.yaml there is something${said}. Call ./run first.`,
    );
  }
  const start = performance.now();
  const { code, said } = await call([]);
  if (code !== 0) throw new Error(`Cannot time ./run: it ended with status ${code}: ${said}`);
  return (performance.now() - start) / 1000;
}

async function isThere(path: string): Promise<boolean> {
  try {
    await Deno.stat(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function call(args: string[]): Promise<{ code: number; said: string }> {
  const { code, stderr } = await new Deno.Command("./run", { args, stdin: "null" }).output();
  return { code, said: new TextDecoder().decode(stderr).trim().split("\n").slice(-3).join(" ") };
}
