/** What `deno task compare` is asked for: its help, and arguments checked before anything is read. */
import { givenArguments, type Parsed } from "../given_arguments.ts";

export const TABLE = "results/evaluate/pairs.tsv";
const OUT = ".cache/compare";
/** Names the files as they lie here, as DVC calls them. */
export const WORKSPACE = "workspace";

export const HELP = `deno task compare A B [--on DATASET] [--out FOLDER] [--table FILE]
  Two models, or two runs in Git, pair by pair: is B better than A, by how much, and is it more than chance?
  A, B      two files model.safetensors, which are scored now on the pairs of results/preprocess;
            or two commits, branches, tags or experiments, whose tables of pairs are read; ${WORKSPACE} is what lies here
  --on      one data set alone: scenes, middlebury ...; of models also a split, such as real_validation
  --table   of runs: the table that is read; ${TABLE} unless given
  --out     gets index.html, a page with pictures side by side, pairs.tsv and differences.tsv; ${OUT} unless given
  Exit status: 0 compared; 1 an error; 2 wrong usage`;

export interface CompareRequest {
  readonly names: readonly [string, string];
  readonly on?: string;
  readonly table?: string;
  readonly out: string;
}

export function parseCompareRequest(
  args: readonly string[],
): Parsed<CompareRequest> {
  const given = givenArguments(args, { texts: ["on", "table", "out"], names: true });
  if (given === "help" || "wrong" in given) return given;
  const [first, second, ...more] = given.names;
  if (first === undefined || second === undefined || more.length > 0) {
    return { wrong: `Two models or two revisions are needed, got ${given.names.length} names.` };
  }
  const { out = OUT, ...options } = given.texts;
  return { names: [first, second], out, ...options };
}
