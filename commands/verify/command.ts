/** Other programs, run to their end: git, dvc and deno. */

export interface Output {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CommandOptions {
  readonly cwd: string;
  /** Added to the environment that this process was started with. */
  readonly env?: Readonly<Record<string, string>>;
  /** Called with each line of standard output as it comes. */
  readonly onLine?: (line: string) => void;
}

/** @throws {Deno.errors.NotFound} when there is no such program */
export async function runProgram(
  program: string,
  args: readonly string[],
  { cwd, env, onLine }: CommandOptions,
): Promise<Output> {
  const process = new Deno.Command(program, {
    args: [...args],
    cwd,
    env: { ...env },
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [stdout, stderr, { code }] = await Promise.all([
    readText(process.stdout, onLine),
    readText(process.stderr),
    process.status,
  ]);
  return { code, stdout, stderr };
}

async function readText(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  onLine?: (line: string) => void,
): Promise<string> {
  let text = "";
  let lineStart = 0;
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n", lineStart); end >= 0; end = text.indexOf("\n", lineStart)) {
      onLine?.(text.slice(lineStart, end));
      lineStart = end + 1;
    }
  }
  return text;
}

/** As `runProgram`; the program must succeed. @throws {Error} with what it printed */
export async function mustRun(
  program: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<string> {
  const { code, stdout, stderr } = await runProgram(program, args, options);
  if (code !== 0) {
    const printed = lastLines(stdout + stderr, 15).join("\n");
    throw new Error(`${program} ${args.join(" ")} exited with ${code}:\n${printed}`);
  }
  return stdout;
}

/** The last lines of a text that are not empty. */
export function lastLines(text: string, count: number): string[] {
  return text.split("\n").filter((line) => line.trim() !== "").slice(-count);
}
