/** The sweep over the tiles of products and convolutions: `deno task tune` itself, for as long as there is time, and what it found. */
import type { Gpu } from "../../../pipeline/compute/gpu/device.ts";
import { type KernelPlan, parsePlan } from "../../../pipeline/compute/gpu/plan.ts";
import { differences, planHead } from "../../../tools/tune/plan_head.ts";
import type { BlockContext } from "../context.ts";
import { lastLines, runProgram } from "../programs.ts";

/** The largest first: there it matters most. */
const SHAPES = ["1,4,384,832", "1,4,128,192", "0.25,4,128,128", "0.25,4,64,64"];
const TINY = ["--shape=0.25,1,64,64", "--case=forward k3 s1 d1 ci16 co16", "--tile=32x32x16"];
const NAME = "measured";

/** What a plan of this device would be called in kernels/plans/, its file here. */
const pathIn = (folder: string) => `${folder}/plans/${NAME}.json`;

/**
 * The plan that was measured into this folder, now or earlier; undefined if none was, or with another adapter or other kernels,
 * which a note says.
 * @throws {Error} when the file is damaged
 */
export async function measuredPlan(
  context: BlockContext,
  { adapter }: Gpu,
): Promise<KernelPlan | undefined> {
  const path = pathIn(context.settings.folder);
  let text: string;
  try {
    text = await Deno.readTextFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const plan = await parsePlan(NAME, text);
  const others = differences(plan, planHead(adapter));
  if (others.length === 0) return plan;
  context.note(`${path} is left aside: it is of ${others.join(" and ")}.`);
}

/** @throws {Error} when tune fails */
export async function measurePlan(context: BlockContext): Promise<void> {
  const { folder } = context.settings;
  const sizes = context.tiny
    ? [...TINY, "--family=gpu"]
    : SHAPES.map((shape) => `--shape=${shape}`);
  const permissions = ["--ignore-env", "--allow-read", `--allow-write=${folder}`];
  const options = ["run", "--quiet", "--no-prompt", "--frozen", ...permissions];
  let measured = 0;
  const result = await runProgram(
    "deno",
    [...options, "tools/tune.ts", `--name=${NAME}`, `--out=${folder}/plans`, ...sizes],
    {
      line: (line) => {
        if (/^\d+\/\d+ /.test(line)) measured++;
        else context.note(line);
      },
      end: { seconds: Math.max(1, context.secondsLeft), signal: "SIGINT" },
    },
  );
  // Told to end, it ends after the case at hand, as by Ctrl-C, or is killed; the cases that it has written stay.
  if (!result || result.code !== 0 && !result.outOfTime) {
    throw new Error(`deno task tune failed: ${lastLines(result?.output ?? "there is no deno")}`);
  }
  context.note(
    `${measured} cases measured${result.outOfTime ? ", then the time was over" : ""}.`,
  );
  const gpu = await context.openGpu();
  const plan = await measuredPlan(context, gpu);
  gpu.destroy();
  for (const [name, value] of Object.entries(plan?.cases ?? {})) {
    const { use, tile, chunks, us, rule } = value as PlanRow;
    context.row("cases that beat the rules", {
      case: name,
      kernel: `${use} ${tile}${chunks > 1 ? ` in ${chunks} chunks` : ""}`,
      us,
      "rules choose": rule[0],
      "rules us": rule[1],
    });
  }
}

/** Of a case what is shown; the operation that uses the plan checks it. */
interface PlanRow {
  readonly use: string;
  readonly tile: string;
  readonly chunks: number;
  readonly us: number;
  readonly rule: readonly [string, number];
}
