/**
 * `deno task verify`: does this commit still give its numbers? From cheap to dear; every step is run, whatever the
 * others found, and exit 0 means that all hold.
 */
import { closestString } from "@std/text";
import { printable } from "../pipeline/common/printable.ts";
import { explain } from "./failure.ts";
import { givenArguments, type Parsed } from "./given_arguments.ts";
import { runCommand } from "./run_command.ts";
import { contractStep } from "./verify/contract_step.ts";
import { fullStep } from "./verify/full_step.ts";
import { lintStep } from "./verify/lint_step.ts";
import { lockStep } from "./verify/lock_step.ts";
import { pushedStep } from "./verify/pushed_step.ts";
import { remakeStep } from "./verify/remake_step.ts";
import { rescoreStep } from "./verify/rescore_step.ts";
import { fails, type Site, type Step, type Verdict } from "./verify/step.ts";
import { twiceStep } from "./verify/twice_step.ts";

const ALWAYS: readonly Step[] = [
  lintStep,
  lockStep,
  pushedStep,
  contractStep,
  remakeStep,
  rescoreStep,
  twiceStep,
];
const STEPS: readonly Step[] = [...ALWAYS, fullStep];
const NAME_WIDTH = Math.max(...STEPS.map(({ name }) => name.length));

function help(): string {
  const steps = STEPS.map(({ name, claim, cost }) =>
    `  ${name.padEnd(NAME_WIDTH)}  ${claim}  [${cost}]`
  );
  return `deno task verify [--full] [--only STEP]... [--stop]
Does this commit still give its numbers? Looks at the working tree, then at fresh clones of the last commit.
${steps.join("\n")}
  --full       all of them; without it all but full
  --only STEP  this step alone; may be given several times
  --stop       stop at the first step that does not hold
Exit status: 0 all that was asked holds; 1 something does not; 2 wrong usage;
             3 nothing is wrong, but not all was verified: this adapter is not that of the committed run`;
}

interface Choice {
  readonly steps: readonly Step[];
  readonly stop: boolean;
}

export function choose(args: readonly string[]): Parsed<Choice> {
  const given = givenArguments(args, { lists: ["only"], switches: ["full", "stop"] });
  if (given === "help" || "wrong" in given) return given;
  const { lists: { only }, switches: { full, stop } } = given;
  const names = STEPS.map(({ name }) => name);
  const unknown = only.find((name) => !names.includes(name));
  if (unknown !== undefined) {
    return {
      wrong: `Cannot use --only "${unknown}": there is no such step, there are ${
        names.join(", ")
      }. Did you mean ${closestString(unknown, names)}?`,
    };
  }
  const usual = full ? STEPS : ALWAYS;
  return { steps: only.length > 0 ? STEPS.filter(({ name }) => only.includes(name)) : usual, stop };
}

/** What the outcomes are called, and their exit statuses, the worst first. */
const OUTCOMES = {
  fails: { word: "FAILED", status: 1 },
  unverified: { word: "NOT VERIFIED", status: 3 },
  holds: { word: "ok    ", status: 0 },
} as const;

/** @returns the exit status */
async function main({ steps, stop }: Choice): Promise<number> {
  const root = Deno.cwd();
  const site: Site = {
    root,
    scratch: `${root}/.cache/verify`,
    say: (text) => console.error(`  ${text}`),
  };
  const outcomes: Verdict["outcome"][] = [];
  for (const [i, step] of steps.entries()) {
    const start = performance.now();
    const verdict = await runStep(step, site);
    report(step, `${i + 1}/${steps.length}`, verdict, (performance.now() - start) / 1000);
    outcomes.push(verdict.outcome);
    if (verdict.outcome === "fails" && stop) break;
  }
  const count = (outcome: Verdict["outcome"]) => outcomes.filter((one) => one === outcome).length;
  const left = steps.length - outcomes.length;
  const notes = [
    ...count("unverified") > 0 ? [`${count("unverified")} not verified`] : [],
    ...left > 0 ? [`${left} not run`] : [],
  ];
  console.log(`\n${[`${count("holds")} of ${steps.length} hold`, ...notes].join(", ")}.`);
  const worst = (Object.keys(OUTCOMES) as Verdict["outcome"][]).find((one) => count(one) > 0);
  return OUTCOMES[worst ?? "holds"].status;
}

async function runStep(step: Step, site: Site): Promise<Verdict> {
  try {
    return await step.run(site);
  } catch (error) {
    const [first, ...others] = explain(error).split("\n");
    return fails(first, others);
  }
}

function report({ name, claim }: Step, count: string, verdict: Verdict, seconds: number): void {
  const { outcome, summary, details } = verdict;
  const { word } = OUTCOMES[outcome];
  console.log(`${count} ${name.padEnd(NAME_WIDTH)} ${word} ${seconds.toFixed(1)} s  ${claim}`);
  const indent = " ".repeat(count.length + 1);
  for (const line of [summary, ...details]) console.log(printable(`${indent}${line}`));
}

if (import.meta.main) await runCommand(help(), choose, main);
