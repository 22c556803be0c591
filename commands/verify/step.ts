/** What a step of `deno task verify` is, what it is given, and what it answers. */

/** Where the steps work. */
export interface Site {
  /** The root of the repository that is checked. */
  readonly root: string;
  /** A folder for clones, git-ignored; made when needed. */
  readonly scratch: string;
  /** Tells whoever watches what is going on; never part of the verdict. */
  readonly say: (text: string) => void;
}

export interface Verdict {
  /** `unverified`: nothing is wrong as far as this machine can tell, and it cannot tell all. */
  readonly outcome: "holds" | "fails" | "unverified";
  /** One line: what was found. */
  readonly summary: string;
  /** What is wrong, by name, and what to do about it; or a table. A line each. */
  readonly details: readonly string[];
}

export interface Step {
  /** As `--only` takes it. */
  readonly name: string;
  /** What must hold. */
  readonly claim: string;
  /** For people who choose. */
  readonly cost: string;
  run(site: Site): Promise<Verdict>;
}

export function holds(summary: string, details: readonly string[] = []): Verdict {
  return { outcome: "holds", summary, details };
}

export function fails(summary: string, details: readonly string[]): Verdict {
  return { outcome: "fails", summary, details };
}

export function unverified(summary: string, details: readonly string[]): Verdict {
  return { outcome: "unverified", summary, details };
}
