/** The sweep over the tiles of products and convolutions: `deno task tune` itself, for as long as there is time, and what it found. */
import { type KernelPlan, parsePlan } from "../../../pipeline/compute/gpu/plan.ts";
import type { BlockContext } from "../context.ts";
import { lastLines, runProgram } from "../programs.ts";

/** The largest first: there it matters most. */
const SHAPES = ["1,4,384,832", "1,4,128,192", "0.25,4,128,128", "0.25,4,64,64"];
const TINY = ["--shape=0.25,1,64,64", "--case=forward k3 s1 d1 ci16 co16", "--tile=32x32x16"];
const NAME = "measured";

/** What a plan of this device would be called in kernels/plans/, its file here. */
const pathIn = (folder: string) => `${folder}/plans/${NAME}.json`;

/** The plan that this run has measured; undefined if it has none. @throws {Error} when the file is damaged */
export async function measuredPlan(folder: string): Promise<KernelPlan | undefined> {
  let text: string;
  try {
    text = await Deno.readTextFile(pathIn(folder));
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  return await parsePlan(NAME, text);
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
  const plan = await measuredPlan(folder);
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
