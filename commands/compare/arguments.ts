/** What `deno task compare` is asked for: its help, and arguments checked before anything is read. */
import { parseArgs } from "@std/cli/parse-args";

const TABLE = "results/evaluate/pairs.tsv";
const OUT = ".cache/compare";
/** Names the files as they lie here, as DVC calls them. */
export const WORKSPACE = "workspace";

export const HELP = `deno task compare A B [--on DATASET] [--out FOLDER] [--table FILE]
  Two models, or two runs in Git, pair by pair: is B better than A, by how much, and is it more than chance?
  A, B      two files model.safetensors, which are scored now on the pairs of results/preprocess;
            or two commits, branches, tags or experiments, whose tables of pairs are read; ${WORKSPACE} is what lies here
  --on      one data set alone: scenes, middlebury ...; of models also a split, such as scenes_validation
  --table   of runs: the table that is read; ${TABLE} unless given
  --out     gets index.html, a page with pictures side by side, pairs.tsv and differences.tsv; ${OUT} unless given
  Exit status: 0 compared; 1 an error; 2 wrong usage`;

export interface CompareRequest {
  readonly names: readonly [string, string];
  readonly on?: string;
  readonly table: string;
  readonly out: string;
}

const TEXTS = ["on", "table", "out"] as const;

/** @returns what is asked for, "help", or what is wrong as a sentence */
export function parseCompareRequest(
  args: readonly string[],
): CompareRequest | "help" | { wrong: string } {
  const unknown: string[] = [];
  const given = parseArgs([...args], {
    string: [...TEXTS, "_"],
    boolean: ["help"],
    alias: { help: "h" },
    unknown: (argument, key) => {
      if (key !== undefined) unknown.push(argument);
    },
  });
  if (given.help) return "help";
  const wrong = (sentence: string) => ({ wrong: sentence });
  if (unknown.length > 0) return wrong(`Unknown argument ${unknown[0]}.`);
  for (const name of TEXTS) {
    if (Array.isArray(given[name])) return wrong(`--${name} is given twice.`);
    if (given[name] === "") return wrong(`--${name} needs a value.`);
  }
  const [first, second, ...more] = given._.map(String);
  if (first === undefined || second === undefined || more.length > 0) {
    return wrong(`Two models or two revisions are needed, got ${given._.length} names.`);
  }
  const { on, table = TABLE, out = OUT } = given;
  return { names: [first, second], table, out, ...on === undefined ? {} : { on } };
}
