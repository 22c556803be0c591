/** `deno task bench:scaling`: how the time of a step grows with each of its sizes, what a start takes, and the device's memory. */
import { parseArgs } from "@std/cli/parse-args";
import { type Gpu, openGpu } from "../pipeline/compute/gpu/device.ts";
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
import { clockName } from "./_clock.ts";
import { inSplit, timeBatches } from "./_split.ts";
import { sizeName, type StepSize } from "./_step.ts";
import {
  fastestStep,
  shareOfIteration,
  timeCurve,
  timeIterations,
  type VARIED,
} from "./scaling/curves.ts";
import { planMemory } from "./scaling/memory.ts";
import { timeIdleRun, timeStart } from "./scaling/start.ts";

const CURVES = ["batch", "pixels", "width"] as const satisfies readonly (keyof typeof VARIED)[];
const SECTIONS = [...CURVES, "iterations", "pairs", "memory", "start", "run"] as const;
type Section = typeof SECTIONS[number];
const PAIRS = [100, 1000, 10000], BATCHES = 100;
/** The paper's network at the size that its memory is stated for. */
const MEMORY_SIZE: StepSize = { width: 1, crop: [384, 832], batch: 4 };

const HELP =
  `deno task bench:scaling [--only NAME,NAME...] [--width 0.25] [--crop 64] [--batch 4] [--rounds 5] [--json FILE]
  times steps around one size, one of its numbers varied at a time; some minutes. bench/README.md explains the tables.
  --only    of ${SECTIONS.join(", ")}
            run: ./run with nothing to do, only where that is so; all others need no results
  ${SIZE_HELP}
  --rounds  turns of each size, of which the fastest counts; of the kernels of the unrolled cost the median
  --json    writes the tables as JSON
  Exit status: 0; 1 a section failed, the others are measured; 2 wrong usage`;

interface Options {
  readonly only: readonly Section[];
  readonly size: StepSize;
  readonly rounds: number;
  readonly json?: string;
}

export function parseOptions(args: readonly string[]): Options | undefined {
  const { help, only, width, crop, batch, rounds, json } = parseArgs([...args], {
    boolean: ["help"],
    string: ["only", "width", "crop", "batch", "rounds", "json"],
    alias: { help: "h" },
    default: { ...DEFAULT_SIZE, rounds: "5", only: SECTIONS.join() },
    unknown: refuseUnknown,
  });
  if (help) return undefined;
  if (json === "") throw new RangeError("--json must name a file.");
  const names: readonly string[] = only.split(",");
  const unknown = names.find((name) => !SECTIONS.some((section) => section === name));
  if (unknown !== undefined) {
    throw new RangeError(`--only knows no "${unknown}", but ${SECTIONS.join(", ")}.`);
  }
  return {
    only: SECTIONS.filter((section) => names.includes(section)),
    size: parseSize({ width, crop, batch }),
    rounds: numberOf("--rounds", rounds, (value) => wholeTo(1000, value), "1 to 1000"),
    json,
  };
}

const mebibytes = (bytes: number) => Math.round(bytes / (1 << 20));

/** Measures a section and prints it. @returns its rows for the JSON */
async function measure(section: Section, gpu: Gpu, { size, rounds }: Options): Promise<unknown> {
  switch (section) {
    case "batch":
    case "pixels":
    case "width": {
      const { unit, points } = await timeCurve(gpu, section, size, rounds);
      console.log(
        `\nms a step against ${section}, ${clockName(gpu)}; by the first, as by the values`,
      );
      const [first] = points;
      for (const { value, milliseconds } of points) {
        console.log(
          `${String(value).padStart(8)} ${unit}: ${milliseconds.toFixed(1).padStart(8)} ms, ` +
            `${(milliseconds / first.milliseconds).toFixed(2)} for ${
              (value / first.value).toFixed(2)
            }`,
        );
      }
      return points;
    }
    case "iterations": {
      const rows = await timeIterations(gpu, size, rounds);
      console.log("\nms of the kernels of the unrolled cost against T, and of all kernels");
      for (const { iterations, cost, step } of rows) {
        console.log(`${String(iterations).padStart(8)}: ${cost.toFixed(3)} of ${step.toFixed(1)}`);
      }
      const share = shareOfIteration(rows);
      console.log(`an iteration adds ${(100 * share).toFixed(3)} % of a step`);
      return { rows, share };
    }
    case "pairs":
      return await measurePairs(gpu, size, rounds);
    case "memory": {
      const rows = planMemory(MEMORY_SIZE);
      console.log(`\nMiB on the device, as planned, ${sizeName(MEMORY_SIZE)}`);
      for (const { family, planned, alive, ratio, persistent, total } of rows) {
        console.log(
          `kernels of a ${family}: ${mebibytes(planned)} of intermediate values, ` +
            `${ratio.toFixed(2)} times the ${mebibytes(alive)} that are alive at most; ` +
            `with ${mebibytes(persistent)} that stay ${mebibytes(total)}`,
        );
      }
      return rows;
    }
    case "start": {
      const { width, crop, batch } = size;
      const sizes = [`--width=${width}`, `--crop=${crop.join("x")}`, `--batch=${batch}`];
      const rows = await timeStart(sizes);
      console.log("\nfrom opening the device to the end of the first step");
      for (const { cache, pipelines, seconds, processorSeconds } of rows) {
        console.log(
          `cache of kernels ${cache}: ${seconds.toFixed(1)} s, ${
            processorSeconds.toFixed(1)
          } s of processors, ${pipelines} kernels`,
        );
      }
      return rows;
    }
    case "run": {
      const seconds = await timeIdleRun();
      console.log(`\n./run with nothing to do: ${seconds.toFixed(1)} s`);
      return { seconds };
    }
  }
}

async function measurePairs(gpu: Gpu, size: StepSize, rounds: number): Promise<unknown> {
  const step = await fastestStep(gpu, size, rounds);
  console.log(
    "\nms of the host for a batch against pairs of the split, wall clock, and as a part of a step",
  );
  const rows = [];
  for (const pairs of PAIRS) {
    const times = await inSplit({ pairs, frame: size.crop }, () => timeBatches(gpu, size, BATCHES));
    const share = times.submitting / step;
    rows.push({ pairs, ...times, share });
    console.log(
      `${String(pairs).padStart(8)} pairs: ${times.submitting.toFixed(2)} ms, ${
        (100 * share).toFixed(1)
      } %`,
    );
  }
  return rows;
}

/** @returns 1 where a section failed; the others are measured all the same */
async function measureAll(options: Options): Promise<number> {
  if (options.json !== undefined) await ensureWritable(options.json);
  const gpu = await openGpu(undefined, { timestamps: true });
  console.log(`${gpu.adapter.description}, ${sizeName(options.size)} where it is not varied`);
  const sections: Record<string, unknown> = {};
  let status = 0;
  for (const section of options.only) {
    try {
      sections[section] = await measure(section, gpu, options);
    } catch (error) {
      const { message } = error as Error;
      console.error(`\n${section}: ${message}`);
      sections[section] = { error: message };
      status = 1;
    }
    if (options.json === undefined) continue;
    const { size } = options, clock = clockName(gpu);
    const whole = { adapter: gpu.adapter, deno: Deno.version.deno, size, clock, ...sections };
    await Deno.writeTextFile(options.json, `${JSON.stringify(whole, null, 2)}\n`);
  }
  gpu.destroy();
  return status;
}

if (import.meta.main) {
  Deno.exit(await runCommand(HELP, () => parseOptions(Deno.args), measureAll));
}
