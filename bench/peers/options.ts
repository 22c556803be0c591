/** The command line of `deno task bench:peers`. */
import { parseArgs } from "@std/cli/parse-args";
import { type Contest, CONTESTS, type Correlation, CORRELATIONS } from "./contests.ts";

export const HELP =
  `deno task bench:peers [--json FILE] [--only NAME,NAME...] [--rounds 5] [--correlation fused]
  times a training step against PyTorch, and one convolution with its gradients against PyTorch, jax-js and
  TensorFlow.js, in turns with ours; bench/README.md says how to read it. The first use installs them
  (PyTorch into .cache/peers) and needs a network. Let nothing else run meanwhile.
  --json         writes the table as JSON
  --only         of ${CONTESTS.map(({ name }) => name).join(", ")}
  --rounds       turns of each side, of which the median counts
  --correlation  of PyTorch's step: fused (matrix products by rows) or slices (one product for each of the
                 81 displacements, as public code has it)
  Exit status: 0 timed; 1 an error, or both sides do not compute the same; 2 wrong usage`;

const MOST_ROUNDS = 1000;

export interface Options {
  readonly help: boolean;
  readonly contests: readonly Contest[];
  readonly rounds: number;
  readonly correlation: Correlation;
  readonly json?: string;
}

/** @throws {RangeError} for what is not in HELP, saying what it is */
export function parseOptions(args: readonly string[]): Options {
  const given = parseArgs([...args], {
    boolean: ["help"],
    string: ["json", "only", "rounds", "correlation"],
    alias: { help: "h" },
    default: { rounds: "5", correlation: CORRELATIONS[0] },
    unknown: (argument) => {
      throw new RangeError(`Unknown argument ${argument}.`);
    },
  });
  const rounds = Number(given.rounds);
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MOST_ROUNDS) {
    throw new RangeError(
      `--rounds must be a whole number from 1 to ${MOST_ROUNDS}, got "${given.rounds}".`,
    );
  }
  const correlation = CORRELATIONS.find((name) => name === given.correlation);
  if (correlation === undefined) {
    throw new RangeError(
      `--correlation must be one of ${CORRELATIONS.join(", ")}, got "${given.correlation}".`,
    );
  }
  if (given.json === "") throw new RangeError("--json must name a file.");
  return {
    help: given.help,
    contests: chosen(given.only),
    rounds,
    correlation,
    ...given.json === undefined ? {} : { json: given.json },
  };
}

function chosen(only: string | undefined): readonly Contest[] {
  if (only === undefined) return CONTESTS;
  const names = only.split(",");
  const known = CONTESTS.map(({ name }) => name);
  const unknown = names.find((name) => !known.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`--only knows no "${unknown}", but ${known.join(", ")}.`);
  }
  return CONTESTS.filter(({ name }) => names.includes(name));
}
