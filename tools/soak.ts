/**
 * `deno task soak`: trains at a tiny scale, is killed at random moments in every way that ends a process, goes on, and must
 * end with the bytes of a run that nobody disturbed. The same seed draws the same kills; when they hit is up to the machine.
 */
import { parseArgs } from "@std/cli/parse-args";
import { fromFileUrl, join } from "@std/path";
import { Rng } from "../pipeline/common/rng.ts";
import { attempt, damageLast, drawPlan } from "./soak/attempt.ts";
import {
  checkpointNames,
  isWhole,
  makeTrainingProject,
  outputHashes,
  stageProgram,
} from "./soak/project.ts";
import { Tally } from "./soak/tally.ts";

const HELP = `deno task soak [--kills 100] [--seed 1]
  trains at a tiny scale in a copy, in .cache/soak, once undisturbed and then killed so many times, by SIGINT,
  SIGTERM, SIGHUP, SIGKILL, and SIGKILL to the parent, at random moments, half of them while a checkpoint is being
  written; some checkpoints get a flipped bit. Each run that ends is compared byte for byte.
  --kills   how many; 100 take some minutes
  --seed    of signals and moments
  Exit status: 0 all outputs equal; 1 not, or a stage ended oddly (its folder stays); 2 wrong usage`;

const ROOT = fromFileUrl(new URL("..", import.meta.url));
const FOLDER = ".cache/soak";
const STAGES = ["pretrain", "train"] as const;
const CHANGES = {
  "pretrain.steps": 40,
  "pretrain.checkpoint_every": 1,
  "train.steps": 30,
  "train.checkpoint_every": 1,
};
/** Share of the kills after which the last checkpoint is damaged. */
const DAMAGED = 0.15;

class Soak {
  readonly tally = new Tally();
  readonly #wanted = new Map<string, Map<string, string>>();
  readonly #longest = new Map<string, number>();
  /** The step at which the stage at hand said that it had saved. */
  #saved = 0;

  constructor(
    readonly folder: string,
    readonly kills: number,
    readonly rng: Rng,
  ) {}

  /** Makes the folder and runs each stage once, undisturbed. */
  async prepare(): Promise<void> {
    await Deno.remove(this.folder, { recursive: true }).catch((error) => {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    });
    await Deno.mkdir(join(this.folder, "checkpoints"), { recursive: true });
    await makeTrainingProject(ROOT, this.folder, CHANGES);
    for (const stage of STAGES) {
      const start = performance.now();
      const { status, said } = await attempt(this.folder, await stageProgram(this.folder, stage));
      if (status !== 0) throw new Error(`Cannot soak ${stage}: undisturbed it fails.\n${said}`);
      this.#longest.set(stage, performance.now() - start);
      this.#wanted.set(stage, await outputHashes(this.folder, stage));
    }
  }

  /** Runs all stages, killed as long as there are kills left, and compares what they wrote. */
  async round(): Promise<void> {
    for (const stage of STAGES) {
      await Deno.remove(join(this.folder, "results", stage), { recursive: true });
    }
    for (const stage of STAGES) {
      this.#saved = 0;
      while (!await this.#start(stage)) {
        // Killed: the next start goes on.
      }
      await this.#compare(stage);
    }
    this.tally.rounds++;
  }

  /** @returns whether the stage came to its end */
  async #start(stage: string): Promise<boolean> {
    const { tally, rng, folder } = this;
    const plan = tally.kills < this.kills ? drawPlan(rng, this.#longest.get(stage)!) : undefined;
    const outcome = await attempt(folder, await stageProgram(folder, stage), plan);
    tally.addStart(stage, outcome.said);
    if (!outcome.explained) {
      throw new Error(
        `${stage} ended with status ${outcome.status} after ${
          plan?.way ?? "no kill"
        }:\n${outcome.said}`,
      );
    }
    const ended = outcome.status === 0 ||
      await isWhole(folder, stage, this.#wanted.get(stage)!.keys());
    const stepIn = (pattern: RegExp) => Number(pattern.exec(outcome.said)?.[1] ?? Infinity);
    const resumed = stepIn(/goes on from step (\d+)/), stopped = stepIn(/stopped at step (\d+) of/);
    if (resumed < this.#saved) {
      tally.addProblem(
        `${this.#run}: ${stage} saved at step ${this.#saved} and went on from ${resumed}`,
      );
    }
    if (stopped < Infinity) this.#saved = stopped;
    if (plan && outcome.killed) {
      tally.addKill(stage, plan.way);
      if (ended) tally.endedAllTheSame++;
      if ("checkpoint" in plan.moment) tally.whileWriting++;
      if (checkpointNames(folder).some((name) => name.endsWith(".partial"))) tally.cutWrites++;
    } else if (plan) tally.tooLate++;
    if (ended) return true;
    if (rng.uniform() < DAMAGED && await damageLast(folder, rng)) {
      tally.damaged++;
      this.#saved = 0;
    }
    console.error(`${tally.kills}/${this.kills}  ${stage} ${plan!.way}`);
    return false;
  }

  get #run(): string {
    return `run ${this.tally.rounds + 1}`;
  }

  async #compare(stage: string): Promise<void> {
    const got = await outputHashes(this.folder, stage);
    const wanted = this.#wanted.get(stage)!;
    for (const path of new Set([...wanted.keys(), ...got.keys()])) {
      if (got.get(path) !== wanted.get(path)) {
        const what = got.has(path) ? (wanted.has(path) ? "differs" : "is too many") : "is missing";
        this.tally.addProblem(`${this.#run}: results/${stage}/${path} ${what}`);
      }
    }
    const left = checkpointNames(this.folder, stage);
    if (left.length > 0) {
      this.tally.addProblem(`${this.#run}: ${left.join(", ")} is left`);
    }
  }
}

async function main(): Promise<number> {
  const unknown: string[] = [];
  const given = parseArgs(Deno.args, {
    string: ["kills", "seed"],
    boolean: ["help"],
    alias: { help: "h" },
    default: { kills: "100", seed: "1" },
    unknown: (argument) => {
      unknown.push(argument);
    },
  });
  if (given.help) {
    console.log(HELP);
    return 0;
  }
  const kills = Number(given.kills), seed = Number(given.seed);
  const problem = unknown.length > 0
    ? `Unknown argument ${unknown[0]}.`
    : !(Number.isInteger(kills) && kills > 0)
    ? `--kills must be a whole number from 1, got ${given.kills}.`
    : !(Number.isInteger(seed) && seed >= 0)
    ? `--seed must be a whole number from 0, got ${given.seed}.`
    : undefined;
  if (problem !== undefined) {
    console.error(`${problem}\n${HELP}`);
    return 2;
  }
  const folder = join(ROOT, FOLDER);
  const soak = new Soak(folder, kills, new Rng(seed));
  await soak.prepare();
  while (soak.tally.kills < kills) await soak.round();
  console.log(soak.tally.describe(STAGES));
  if (!soak.tally.equal) {
    console.log(`What was left lies in ${FOLDER}.`);
    return 1;
  }
  await Deno.remove(folder, { recursive: true });
  return 0;
}

if (import.meta.main) {
  try {
    Deno.exit(await main());
  } catch (error) {
    console.error((error as Error).message);
    Deno.exit(1);
  }
}
