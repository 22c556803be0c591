/** `deno task bench:peers`: how fast ours is beside PyTorch, jax-js and TensorFlow.js, on the same numbers and in the same minutes. */
import { type Gpu, openGpu } from "../pipeline/compute/gpu/device.ts";
import { ensureWritable } from "./_arguments.ts";
import { checkAgreement, summary, timeInTurns } from "./peers/compare.ts";
import type { Contest, Session } from "./peers/contests.ts";
import { CACHE } from "./peers/environment.ts";
import { HELP, type Options, parseOptions } from "./peers/options.ts";

const INPUTS = `${CACHE}/inputs.safetensors`;

/** What the JSON says of a contest. */
interface Row {
  /** Milliseconds, medians. */
  readonly ours: number;
  readonly theirs: number;
  /** theirs / ours. */
  readonly ratio: number;
  readonly threads: number;
  /** Of ours. */
  readonly adapter: string;
  /** Where theirs computes, in its own words. */
  readonly device: string;
  /** Of PyTorch's step. */
  readonly correlation?: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly date: string;
}

async function timed(gpu: Gpu, contest: Contest, session: Session, rounds: number): Promise<Row> {
  const { name, tolerances } = contest;
  await contest.writeInputs(INPUTS);
  await using ours = await contest.ours(gpu);
  await using theirs = await contest.theirs(INPUTS, session);
  const [a, b] = [ours.prepared, theirs.prepared];
  for (const line of checkAgreement(name, tolerances, a.results, b.results)) {
    console.log(`${name}: ${line}`);
  }
  const { correlation, threads } = session;
  return {
    ...summary(await timeInTurns(ours, theirs, rounds)),
    threads,
    adapter: a.device,
    device: b.device,
    ...name.startsWith("step.") ? { correlation } : {},
    versions: { ...a.versions, ...b.versions },
    date: new Date().toISOString(),
  };
}

function line(name: string, { ours, theirs, ratio, device, versions }: Row): string {
  const { deno: _, ...others } = versions;
  const who = Object.entries(others).map(([name, version]) => `${name} ${version}`).join(", ");
  return [
    name.padEnd(26),
    String(ours).padStart(8),
    String(theirs).padStart(8),
    String(ratio).padStart(8),
    `  ${device}; ${who}`,
  ].join(" ");
}

async function compare({ contests, rounds, correlation, json }: Options): Promise<void> {
  await Deno.mkdir(CACHE, { recursive: true });
  if (json !== undefined) await ensureWritable(json);
  const gpu = await openGpu();
  const threads = navigator.hardwareConcurrency;
  const session: Session = { device: gpu.adapter.fallback ? "cpu" : "gpu", threads, correlation };
  console.log(`ours on ${gpu.adapter.description}, ${threads} threads`);
  const rows: Record<string, Row> = {};
  for (const contest of contests) {
    rows[contest.name] = await timed(gpu, contest, session, rounds);
    if (json !== undefined) await Deno.writeTextFile(json, `${JSON.stringify(rows, null, 2)}\n`);
  }
  console.log(`\n${"".padEnd(26)}  ours ms  theirs ms   ratio   theirs is`);
  for (const [name, row] of Object.entries(rows)) console.log(line(name, row));
  console.log("ratio = theirs / ours: above 1, ours is faster");
  gpu.destroy();
}

async function main(): Promise<number> {
  let options: Options;
  try {
    options = parseOptions(Deno.args);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    console.error(`${error.message}\n${HELP}`);
    return 2;
  }
  if (options.help) {
    console.log(HELP);
    return 0;
  }
  try {
    await compare(options);
    return 0;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    console.error(error.message);
    return 1;
  }
}

Deno.exit(await main());
