/** The command line of `deno task bench:on-gpu`. */
import { parseArgs } from "@std/cli/parse-args";
import { numberOf, refuseUnknown } from "../_arguments.ts";
import { BLOCKS } from "./blocks.ts";

const NAMES = BLOCKS.map(({ name }) => name);
const OUT = ".cache/on_gpu";

export const HELP =
  `deno task bench:on-gpu [--minutes 10] [--out FOLDER] [--only NAME,NAME...] [--python PROGRAM] [--tiny]
  in a bundle: ./run bench/on_gpu. Measures what a machine with a GPU tells us, block by block; FOLDER/on_gpu.md and
  FOLDER/on_gpu.json are written with every line that is found, so that nothing is lost when it is ended early.
  A block that fails is recorded, and the next one goes on. bench/README.md explains the tables.
  --minutes  for all of it; blocks get their shares, and leave out what they have no time for; default 10
  --out      default ${OUT}
  --only     of ${NAMES.join(", ")}
  --python   a Python with PyTorch and CUDA, to compare with; default python3
  --tiny     tries everything at sizes that measure nothing, as always on a CPU driver
  Exit status: 0 all blocks are done; 1 a block failed, or there is no adapter; 2 wrong usage; 130 or 143 ended by a signal`;

export interface Options {
  readonly minutes: number;
  readonly out: string;
  readonly only: readonly string[];
  readonly python: string;
  readonly tiny: boolean;
}

/** @returns undefined where help is asked for @throws {RangeError} for what is not in HELP */
export function parseOptions(args: readonly string[]): Options | undefined {
  const { help, minutes, out, only, python, tiny } = parseArgs([...args], {
    boolean: ["help", "tiny"],
    string: ["minutes", "out", "only", "python"],
    alias: { help: "h" },
    default: { minutes: "10", out: OUT, python: "python3" },
    unknown: refuseUnknown,
  });
  if (help) return undefined;
  for (const [option, value] of [["--out", out], ["--python", python]]) {
    if (value === "") throw new RangeError(`${option} must name something.`);
  }
  const names: readonly string[] = only === undefined ? NAMES : only.split(",");
  const unknown = names.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    throw new RangeError(`--only knows no "${unknown}", but ${NAMES.join(", ")}.`);
  }
  const allowed = (value: number) => value > 0 && value <= 600;
  return {
    minutes: numberOf("--minutes", minutes, allowed, "above 0 up to 600"),
    out,
    only: NAMES.filter((name) => names.includes(name)),
    python,
    tiny,
  };
}
