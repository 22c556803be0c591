/**
 * `deno task fuzz`: malformed inputs for every reader of what users, other programs and the disk give. Each is read in
 * a process with limits of time and memory, and must end in an error that a user can act on or do no harm; what that
 * means stands in tools/fuzz/judge.ts. The same seed gives the same inputs.
 */
import { parseArgs } from "@std/cli/parse-args";
import { handMade } from "./fuzz/cases.ts";
import { FAULTS } from "./fuzz/judge.ts";
import type { Reader } from "./fuzz/reader.ts";
import { READERS } from "./fuzz/readers.ts";
import { type Result, resultTable, shownFaults, shownResult } from "./fuzz/results.ts";
import { Watchdog } from "./fuzz/watchdog.ts";

const HELP = `deno task fuzz [--seed N] [--count N] [--reader NAME] [--case N]
Reads malformed inputs, each with limits of time and memory, and counts what becomes of them.
  --seed N       another seed gives other inputs (default: 1)
  --count N      so many changed files a reader, besides those made by hand (default: 50)
  --reader NAME  this reader alone
  --case N       this case of it alone, with the whole message
Readers: ${READERS.map(({ name }) => name).join(", ")}
Exit status: 0 no fault, 1 silent, unclear, hanging or too large, 2 wrong usage`;

export interface Wanted {
  readonly seed: number;
  readonly count: number;
  readonly readers: readonly Reader[];
  readonly number?: number;
}

/** Undefined when help was asked for. @throws {Error} when the arguments make no sense */
export function readArguments(args: readonly string[]): Wanted | undefined {
  const given = parseArgs(args, {
    boolean: ["help"],
    string: ["seed", "count", "reader", "case", "_"],
    alias: { help: "h" },
    unknown: (argument) => {
      throw new Error(`Cannot understand ${argument}.`);
    },
  });
  if (given.help) return undefined;
  const whole = (option: string, otherwise?: number) => {
    const text = given[option];
    if (text === undefined) return otherwise;
    if (!/^\d{1,9}$/.test(text)) {
      throw new Error(`Cannot use --${option} ${text}: it must be a whole number from 0 on.`);
    }
    return Number(text);
  };
  const readers = READERS.filter(({ name }) => name === (given.reader ?? name));
  if (readers.length === 0) throw new Error(`Cannot find a reader "${given.reader}".`);
  const number = whole("case");
  if (number !== undefined && given.reader === undefined) {
    throw new Error("Cannot tell which --case: name its --reader.");
  }
  return { seed: whole("seed", 1)!, count: whole("count", 50)!, readers, number };
}

interface Task {
  readonly reader: Reader;
  readonly number: number;
}

function tasksOf({ readers, count, number }: Wanted): Task[] {
  return readers.flatMap((reader) =>
    number === undefined
      ? Array.from({ length: handMade(reader) + count }, (_, i) => ({ reader, number: i }))
      : [{ reader, number }]
  );
}

/** @returns in the order of the tasks */
async function readAll(tasks: readonly Task[], seed: number): Promise<Result[]> {
  const results: Result[] = [];
  let next = 0;
  const lane = async () => {
    const watchdog = new Watchdog();
    try {
      while (next < tasks.length) {
        const index = next++;
        const { reader, number } = tasks[index];
        const answer = await watchdog.read({ reader: reader.name, seed, number });
        results[index] = { ...answer, reader: reader.name, number };
      }
    } finally {
      watchdog.stop();
    }
  };
  await Promise.all(Array.from({ length: navigator.hardwareConcurrency }, lane));
  return results;
}

/** @returns the exit status */
async function main(wanted: Wanted): Promise<number> {
  const start = performance.now();
  const results = await readAll(tasksOf(wanted), wanted.seed);
  const seconds = Math.round((performance.now() - start) / 1000);
  if (wanted.number !== undefined) {
    for (const result of results) {
      console.log(shownResult(result));
    }
  } else console.log(`${resultTable(results)}\n${shownFaults(results, wanted.seed)}`);
  const faults = results.filter(({ verdict }) => FAULTS.includes(verdict)).length;
  console.log(`${results.length} inputs of seed ${wanted.seed} in ${seconds} s, ${faults} faults.`);
  return faults > 0 ? 1 : 0;
}

if (import.meta.main) {
  let wanted: Wanted | undefined;
  try {
    wanted = readArguments(Deno.args);
  } catch (error) {
    console.error(`${(error as Error).message}\n${HELP}`);
    Deno.exit(2);
  }
  if (wanted) Deno.exit(await main(wanted));
  console.log(HELP);
}
