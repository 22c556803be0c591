/** Programs that blocks run; none outlives its block. */
import { linesOf } from "../peers/lines.ts";

const running = new Set<Deno.ChildProcess>();

/** Ends all that still run; for a block that is told to end. */
export function endPrograms(): void {
  for (const process of running) {
    try {
      process.kill("SIGKILL");
    } catch {
      // It has just ended by itself.
    }
  }
}

export interface ProgramResult {
  readonly code: number;
  /** Standard output, then standard error. */
  readonly output: string;
  /** It was told to end. */
  readonly outOfTime: boolean;
}

export interface ProgramOptions {
  /** What it reads. */
  readonly input?: string;
  /** Takes each line of its standard output as it comes; these are not part of the result then. */
  readonly line?: (line: string) => void;
  /** After so many seconds it gets this signal, and is killed if it does not end in some more. */
  readonly end?: { readonly seconds: number; readonly signal: Deno.Signal };
}

const GRACE_MS = 20_000;

/** @returns undefined when there is no such program */
export async function runProgram(
  command: string,
  args: readonly string[],
  { input, line, end }: ProgramOptions = {},
): Promise<ProgramResult | undefined> {
  let process: Deno.ChildProcess;
  try {
    process = new Deno.Command(command, {
      args: [...args],
      stdin: input === undefined ? "null" : "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  running.add(process);
  const ending = end && endAfter(process, end);
  if (input !== undefined) {
    const writer = process.stdin.getWriter();
    // A program that ends before it has read all says why by its status.
    await writer.write(new TextEncoder().encode(input)).catch(() => {});
    await writer.close().catch(() => {});
  }
  const errors = new Response(process.stderr).text();
  const lines: string[] = [];
  for await (const text of linesOf(process.stdout)) line ? line(text) : lines.push(text);
  const { code } = await process.status;
  ending?.clear();
  running.delete(process);
  const output = [...lines, (await errors).trimEnd()].join("\n");
  return { code, output, outOfTime: ending?.reached() ?? false };
}

function endAfter(
  process: Deno.ChildProcess,
  { seconds, signal }: NonNullable<ProgramOptions["end"]>,
) {
  let reached = false;
  const timers = [
    setTimeout(() => {
      reached = true;
      process.kill(signal);
    }, 1000 * seconds),
    setTimeout(() => process.kill("SIGKILL"), 1000 * seconds + GRACE_MS),
  ];
  return {
    reached: () => reached,
    clear: () => timers.forEach(clearTimeout),
  };
}

/** The last lines of what a program said, for errors. */
export function lastLines(output: string, count = 5): string {
  return output.trim().split("\n").slice(-count).join(" / ");
}
