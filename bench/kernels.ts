/** `deno task bench`: what each kernel of a training step reaches, beside what the device does at best. */
import { parseArgs } from "@std/cli/parse-args";
import { openGpu } from "../pipeline/compute/gpu/device.ts";
import {
  DEFAULT_SIZE,
  ensureWritable,
  numberOf,
  parseSize,
  refuseUnknown,
  runCommand,
  SIZE_HELP,
  wholeTo,
} from "./_arguments.ts";
import { type Ceilings, measureCeilings } from "./_ceilings.ts";
import { byKernel, type KernelRow, timeDispatches } from "./_profile.ts";
import { recordTrainingStep } from "./_recording.ts";
import { sizeName, type StepSize } from "./_step.ts";

const HELP = `deno task bench [--width 0.25] [--crop 64] [--batch 4] [--rounds 10] [--json FILE]
  times every dispatch of a training step in its turn, and prints by kernel what it reaches and the share of what this
  device does at best, which is measured first; bench/README.md says how to read it. Let nothing else run meanwhile.
  ${SIZE_HELP}
  --rounds  steps, of which the median of each dispatch counts
  --json    writes the table as JSON
  Exit status: 0; 1 an error; 2 wrong usage`;

interface Options {
  readonly size: StepSize;
  readonly rounds: number;
  readonly json?: string;
}

function parse(args: string[]): Options | undefined {
  const given = parseArgs(args, {
    boolean: ["help"],
    string: ["width", "crop", "batch", "rounds", "json"],
    alias: { help: "h" },
    default: { ...DEFAULT_SIZE, rounds: "10" },
    unknown: refuseUnknown,
  });
  if (given.help) return undefined;
  if (given.json === "") throw new RangeError("--json must name a file.");
  const { width, crop, batch } = given;
  return {
    size: parseSize({ width, crop, batch }),
    rounds: numberOf("--rounds", given.rounds, (value) => wholeTo(1000, value), "1 to 1000"),
    json: given.json,
  };
}

/** A line of the table: rates, and their shares of the ceilings in percent. */
function cells(row: KernelRow, { gigaflops, gigabytesPerSecond }: Ceilings): string[] {
  const { dispatches, milliseconds, gigaflop, gigabytes } = row;
  const rate = (amount: number, ceiling: number) => {
    const reached = 1e3 * amount / milliseconds;
    return [reached.toFixed(1), `${(100 * reached / ceiling).toFixed(0)} %`];
  };
  return [
    milliseconds.toFixed(3),
    String(dispatches),
    ...gigaflop === undefined ? ["", ""] : rate(gigaflop, gigaflops),
    ...rate(gigabytes, gigabytesPerSecond),
  ];
}

const WIDTHS = [9, 6, 9, 7, 8, 7];
const line = (values: readonly string[], kernel: string) =>
  `${values.map((value, index) => value.padStart(WIDTHS[index])).join(" ")}  ${kernel}`;

async function measure({ size, rounds, json }: Options): Promise<void> {
  if (json !== undefined) await ensureWritable(json);
  const gpu = await openGpu(undefined, { timestamps: true });
  const ceilings = await measureCeilings(gpu);
  const { dispatches, flat, finish } = recordTrainingStep(gpu, size);
  const times = await timeDispatches(gpu, await finish(), rounds);
  const rows = byKernel(dispatches, flat, times);
  console.log(`${gpu.adapter.description}, ${sizeName(size)}`);
  console.log(
    `at best ${ceilings.gigaflops.toFixed(0)} GFLOP/s of a * b + c in registers, ` +
      `${ceilings.gigabytesPerSecond.toFixed(1)} GB/s of a copy\n`,
  );
  console.log(line(["ms", "count", "GFLOP/s", "share", "GB/s", "share"], "kernel"));
  for (const row of rows) console.log(line(cells(row, ceilings), row.kernel));
  const total = rows.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  console.log(line([total.toFixed(3), String(dispatches.length)], "all"));
  if (json !== undefined) {
    const table = { adapter: gpu.adapter, size, ceilings, rows };
    await Deno.writeTextFile(json, `${JSON.stringify(table, null, 2)}\n`);
  }
  gpu.destroy();
}

if (import.meta.main) Deno.exit(await runCommand(HELP, () => parse(Deno.args), measure));
