/**
 * What becomes of a malformed input:
 *
 * clear      an error that a user can act on: "Cannot ...", with the file's name, not longer than a few screens
 * harmless   the reader gives exactly what it gives for the unharmed file
 * accepted   it gives something else, where the format has nothing that tells of the change
 * silent     it gives something else though a checksum tells of the change, or takes what must be refused
 * unclear    any other error, and a process that dies
 * hang       no answer within the time limit of watchdog.ts
 * large      more memory than the limit
 */
import type { Case } from "./cases.ts";
import { fingerprint } from "./fingerprint.ts";
import type { Reader } from "./reader.ts";

export const VERDICTS = [
  "clear",
  "harmless",
  "accepted",
  "silent",
  "unclear",
  "hang",
  "large",
] as const;
export type Verdict = typeof VERDICTS[number];

/** Those that must not be. */
export const FAULTS: readonly Verdict[] = ["silent", "unclear", "hang", "large"];

export interface Judgement {
  readonly verdict: Verdict;
  /** The error's message, or why it is a fault. */
  readonly message: string;
  readonly stack?: string;
}

/** What a reader did. */
export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Names of errors that tell of a mistake in the program or of the system, not of the file. */
const BARE = /^(?!Error$)/;
const LONGEST_MESSAGE = 10_000;

/** What a reader gives for a whole file: hashes of the value and of what checksums cover of it. */
export interface Unharmed {
  readonly value: string;
  readonly covered: string;
}

export function unharmedBy({ covered = () => undefined }: Reader, value: unknown): Unharmed {
  return { value: fingerprint(value), covered: fingerprint(covered(value)) };
}

/** @param unharmed what the reader gives for the sample, if a sample was changed */
export function judge(
  reader: Reader,
  input: Case,
  outcome: Outcome,
  unharmed?: Unharmed,
): Judgement {
  if ("error" in outcome) return judgeError(reader, input, outcome.error);
  if (input.kind === "heavy") return { verdict: "accepted", message: "" };
  if (input.kind === "hostile") return { verdict: "silent", message: "it must be refused" };
  const now = unharmedBy(reader, outcome.value);
  if (now.value === unharmed?.value) return { verdict: "harmless", message: "" };
  return now.covered !== unharmed?.covered && !input.sealed
    ? { verdict: "silent", message: "it reads something else than the whole file says" }
    : { verdict: "accepted", message: "" };
}

function judgeError(reader: Reader, input: Case, error: unknown): Judgement {
  if (!(error instanceof Error)) {
    return { verdict: "unclear", message: `it throws ${typeof error}: ${error}` };
  }
  const { name, message, stack } = error;
  const names = [reader.file, ...reader.alsoNamed?.(input.bytes) ?? []];
  const why = [
    ...BARE.test(name) ? [`a bare ${name}`] : [],
    ...message.startsWith("Cannot ") ? [] : ['it does not start with "Cannot"'],
    ...names.some((known) => message.includes(known)) ? [] : [`it does not name ${reader.file}`],
    ...message.length <= LONGEST_MESSAGE ? [] : [`it is ${message.length} characters long`],
  ];
  const short = message.slice(0, LONGEST_MESSAGE);
  if (why.length === 0) return { verdict: "clear", message: short };
  return { verdict: "unclear", message: `${why.join(", ")}: ${short}`, stack };
}
