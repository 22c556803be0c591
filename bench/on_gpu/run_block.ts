/** Runs a block in a process of its own and takes in what it says, line by line. */
import { parseJson } from "../../pipeline/common/io/json.ts";
import { linesOf } from "../peers/lines.ts";
import type { Block } from "./blocks.ts";
import { type BlockSettings, messageSchema } from "./messages.ts";
import type { Report } from "./report.ts";

const PROGRAM = "bench/on_gpu/child.ts";
const PERMISSIONS = ["--ignore-env", "--allow-read", "--allow-write", "--allow-run"];
/** How long over its time a block may take to end, and then to obey. */
const GRACE_MS = 30_000, OBEY_MS = 5_000;
/** How much later this program may hear of a Ctrl-C than the block. */
const SIGNAL_MS = 500;
/** Lines of standard error that make an error. */
const LAST_LINES = 5;

/**
 * Fills in the block's part of the report, which is written after each line.
 * @param stop aborts: the block ends, what it had found stays
 */
export async function runBlock(
  { name, title }: Pick<Block, "name" | "title">,
  settings: BlockSettings,
  report: Report,
  stop: AbortSignal,
): Promise<void> {
  const entry = report.begin(name, title);
  const started = performance.now();
  const child = new Deno.Command("deno", {
    args: [
      "run",
      "--quiet",
      "--no-prompt",
      "--frozen",
      ...PERMISSIONS,
      PROGRAM,
      JSON.stringify(settings),
    ],
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let over = false;
  const timers: ReturnType<typeof setTimeout>[] = [];
  const end = () => {
    kill(child, "SIGTERM");
    timers.push(setTimeout(() => kill(child, "SIGKILL"), OBEY_MS));
  };
  timers.push(setTimeout(() => {
    over = true;
    end();
  }, 1000 * settings.seconds + GRACE_MS));
  stop.addEventListener("abort", end);
  const errors = new Response(child.stderr).text();
  let problem: string | undefined;
  try {
    for await (const line of linesOf(child.stdout)) {
      report.add(entry, parseJson(line, messageSchema, { file: `answer of the block ${name}` }));
      await report.write();
    }
  } catch (error) {
    problem = (error as Error).message;
    end();
  }
  const { code, signal } = await child.status;
  timers.forEach(clearTimeout);
  stop.removeEventListener("abort", end);
  entry.seconds = (performance.now() - started) / 1000;
  const said = (await errors).trim().split("\n").slice(-LAST_LINES).join(" ");
  // A block that Ctrl-C reached first is sooner here than the signal to this program.
  if (code === 130) await new Promise((resolve) => setTimeout(resolve, SIGNAL_MS));
  if (stop.aborted) entry.status = "stopped";
  else if (over) entry.status = "cut";
  else if (code === 0 && !problem) entry.status = "done";
  else {
    entry.status = "failed";
    entry.error = problem ?? (said || `its process ended by ${signal ?? `status ${code}`}`);
  }
  await report.write();
}

function kill(child: Deno.ChildProcess, signal: Deno.Signal): void {
  try {
    child.kill(signal);
  } catch {
    // It has just ended by itself.
  }
}
