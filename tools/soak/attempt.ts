/** One start of a stage that is killed at some moment, and what came of it. */
import { join } from "@std/path";
import type { Rng } from "../../pipeline/common/rng.ts";
import { parseCheckpointName } from "../../pipeline/train/checkpoint.ts";
import { checkpointNames } from "./project.ts";

export const WAYS = ["INT", "TERM", "HUP", "KILL", "PARENT"] as const;
/** A signal to the stage, or SIGKILL to the shell that started it. */
export type Way = typeof WAYS[number];

export interface Plan {
  readonly way: Way;
  /** After so long, or while the checkpoint of that number after the start is being written. */
  readonly moment: { readonly milliseconds: number } | { readonly checkpoint: number };
}

export interface Outcome {
  /** False when the stage had ended before. */
  readonly killed: boolean;
  /** False when it ended in another way than the kill explains, or an orphan said that it failed. */
  readonly explained: boolean;
  readonly status: number;
  readonly said: string;
}

/** Exit statuses that follow a kill; a stage that was about to end may still end well. */
const STATUS: Record<Way, number> = { INT: 130, TERM: 143, HUP: 129, KILL: 137, PARENT: 137 };
const LOOK_EVERY_MS = 1;

/** @param longest a start takes about so long, in milliseconds */
export function drawPlan(rng: Rng, longest: number): Plan {
  const way = WAYS[rng.integer(WAYS.length)];
  const moment = rng.uniform() < 0.5
    ? { checkpoint: 1 + rng.integer(4) }
    : { milliseconds: rng.uniform(0, longest) };
  return { way, moment };
}

/** Runs a stage to its end, or until the plan kills it. */
export async function attempt(
  folder: string,
  command: readonly string[],
  plan?: Plan,
): Promise<Outcome> {
  // A shell that waits, as DVC does, for a parent that can be killed.
  const [program, ...args] = plan?.way === "PARENT"
    ? ["sh", "-c", '"$@"; exit $?', "sh", ...command]
    : command;
  // Looked at before the start, which may write at once.
  const before = plan && "checkpoint" in plan.moment ? partials(folder) : [];
  const child = new Deno.Command(program, {
    args,
    cwd: folder,
    stdin: "null",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  let running = true;
  const status = child.status.then(({ code }) => {
    running = false;
    return code;
  });
  let said = "";
  const reading = (async () => {
    // Ends with the last process that holds it: an orphan is waited for as well.
    const texts = child.stderr.pipeThrough(new TextDecoderStream());
    for await (const text of texts) said += text;
  })();
  let killed = false;
  if (plan) {
    await comes(plan.moment, folder, before, () => running);
    if (running) {
      child.kill(`SIG${plan.way === "PARENT" ? "KILL" : plan.way}` as Deno.Signal);
      killed = true;
    }
  }
  const code = await status;
  await reading;
  // Nobody hears an orphan's own status.
  const explained = code === 0 ||
    (killed && code === STATUS[plan!.way] && !/^Stage \w+ failed: /m.test(said));
  return { killed, explained, status: code, said };
}

async function comes(
  moment: Plan["moment"],
  folder: string,
  before: readonly string[],
  running: () => boolean,
): Promise<void> {
  const sleep = (milliseconds: number) => new Promise((done) => setTimeout(done, milliseconds));
  if ("milliseconds" in moment) {
    for (let left = moment.milliseconds; left > 0 && running(); left -= 50) {
      await sleep(Math.min(left, 50));
    }
    return;
  }
  const seen = new Set<string>();
  while (running()) {
    for (const name of partials(folder)) if (!before.includes(name)) seen.add(name);
    if (seen.size >= moment.checkpoint) return;
    await sleep(LOOK_EVERY_MS);
  }
}

function partials(folder: string): string[] {
  return checkpointNames(folder).filter((name) => name.endsWith(".partial"));
}

/** Flips one bit of the last whole checkpoint, which a stage would go on from. @returns its name, if there is one */
export async function damageLast(folder: string, rng: Rng): Promise<string | undefined> {
  const [last] = checkpointNames(folder)
    .flatMap((name) => {
      const parsed = parseCheckpointName(name);
      return parsed ? [{ name, step: parsed.step }] : [];
    })
    .sort((a, b) => b.step - a.step);
  if (!last) return undefined;
  const path = join(folder, "checkpoints", last.name);
  const bytes = await Deno.readFile(path);
  bytes[rng.integer(bytes.length)] ^= 1 << rng.integer(8);
  await Deno.writeFile(path, bytes);
  return last.name;
}
