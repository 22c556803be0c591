/** `deno task bench:on-gpu`: what to measure on a machine with a GPU, in ten minutes, without anybody watching. */
import { z } from "zod";
import { parseJson } from "../pipeline/common/io/json.ts";
import { NO_ADAPTER_MESSAGE } from "../pipeline/compute/gpu/device.ts";
import { runCommand } from "./_arguments.ts";
import { BLOCKS } from "./on_gpu/blocks.ts";
import type { BlockSettings } from "./on_gpu/messages.ts";
import { HELP, type Options, parseOptions } from "./on_gpu/options.ts";
import { endPrograms, runProgram } from "./on_gpu/programs.ts";
import { Report } from "./on_gpu/report.ts";
import { runBlock } from "./on_gpu/run_block.ts";

const torchSchema = z.strictObject({ torch: z.string(), cuda: z.boolean() });
const ASK_TORCH =
  "import json, torch; print(json.dumps({'torch': torch.__version__, 'cuda': torch.cuda.is_available()}))";

/** From a cold disk PyTorch takes its time. */
const ASK_SECONDS = 90;

/** The Python to compare with; none where it has no PyTorch, or not what the device at hand is compared with. */
async function findPyTorch(command: string, tiny: boolean): Promise<BlockSettings["python"]> {
  const alone = (why: string) => {
    console.log(`${command} ${why}: ours stands alone.`);
    return undefined;
  };
  // Its own line is the last one: what it loads may greet.
  let answer = "";
  const asked = await runProgram(command, ["-W", "ignore", "-c", ASK_TORCH], {
    line: (line) => answer = line,
    end: { seconds: ASK_SECONDS, signal: "SIGKILL" },
  }).catch((error) => error as Error);
  if (asked instanceof Error) return alone(`cannot be run (${asked.message})`);
  if (asked?.outOfTime) return alone(`has not said within ${ASK_SECONDS} s whether it has PyTorch`);
  if (asked?.code !== 0) return alone("has no PyTorch");
  let found: z.output<typeof torchSchema>;
  try {
    found = parseJson(answer, torchSchema, { file: `answer of ${command}` });
  } catch (error) {
    return alone(`is no Python that says what it has (${(error as Error).message})`);
  }
  const { torch, cuda } = found;
  if (cuda) return { command, device: "gpu" };
  console.log(`PyTorch ${torch} of ${command} has no CUDA${tiny ? "." : ": ours stands alone."}`);
  return tiny ? { command, device: "cpu" } : undefined;
}

/** What the code is: the commit of a clone, or the name that a bundle has in its first line. */
async function nameOfCode(): Promise<string> {
  try {
    return (await Deno.readTextFile("ABOUT")).split("\n")[0];
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const commit = await runProgram("git", ["describe", "--always", "--dirty", "--exclude=*"]);
  return commit?.code === 0 ? `commit ${commit.output.trim()}` : "unknown code";
}

async function measureAll(options: Options): Promise<number> {
  const adapter = await navigator.gpu?.requestAdapter({ powerPreference: "high-performance" });
  if (!adapter) throw new Error(NO_ADAPTER_MESSAGE);
  const { description, isFallbackAdapter } = adapter.info;
  const tiny = options.tiny || isFallbackAdapter;
  if (isFallbackAdapter) {
    console.log(
      `${description} is a CPU driver: tiny sizes, which try this program and measure nothing.`,
    );
  }
  await Deno.mkdir(options.out, { recursive: true });
  const folder = await Deno.realPath(options.out);
  const { minutes } = options;
  const report = new Report(folder, {
    adapter: description,
    deno: Deno.version.deno,
    code: await nameOfCode(),
    started: new Date().toISOString(),
    minutes,
    tiny,
  });
  const stopping = new AbortController();
  let status = 0;
  for (const [signal, code] of [["SIGINT", 130], ["SIGTERM", 143]] as const) {
    Deno.addSignalListener(signal, () => {
      status = code;
      stopping.abort();
      endPrograms();
    });
  }
  const python = await findPyTorch(options.python, tiny);
  const end = performance.now() + 60_000 * minutes;
  const chosen = BLOCKS.filter(({ name }) => options.only.includes(name));
  for (const [index, block] of chosen.entries()) {
    if (stopping.signal.aborted) break;
    // What blocks before have left, or taken, is divided among those that follow.
    const left = Math.max(1, (end - performance.now()) / 1000);
    const shares = chosen.slice(index).reduce((sum, { share }) => sum + share, 0);
    const seconds = left * block.share / shares;
    console.log(`${block.name}: up to ${seconds.toFixed(0)} s`);
    const { facts } = report;
    const settings = { block: block.name, seconds, tiny, folder, facts, python };
    await runBlock(block, settings, report, stopping.signal);
    const { status: ended, error } = report.blocks.at(-1)!;
    console.log(`${block.name}: ${ended}${error ? `: ${error}` : ""}`);
  }
  await report.write();
  console.log(`${report.markdown}\n${report.json}`);
  return status || (report.blocks.every((block) => block.status === "done") ? 0 : 1);
}

if (import.meta.main) {
  Deno.exit(await runCommand(HELP, () => parseOptions(Deno.args), measureAll));
}
