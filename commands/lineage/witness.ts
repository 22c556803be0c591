/**
 * A second witness for the embedded archives. Catalogue, data.dvc and the bytes can be rewritten in one commit and then agree with
 * each other; what cannot be rewritten with them is the first commit that gave an archive of this name its SHA-256. So an
 * archive never changes under its name: other data have another name. Whoever rewrites the history changes the hash of
 * every commit since, which every other clone notices; a shallow clone has no such witness, and the step lock says so.
 */
import type { Commit } from "./git.ts";
import type { Snapshot } from "./snapshot.ts";

export interface Pin {
  readonly sha256: string;
  readonly commit: Commit;
}

/** Wherever the catalogue was, and whatever it is called now. */
const CATALOGUES = ":(glob)**/catalogue.ts";
const ENTRY = /\bfile:\s*"([^"]+)",[^}]*?\bsha256:\s*"([0-9a-f]{64})"/g;

const known = new WeakMap<Snapshot, Promise<Map<string, Pin>>>();

/** What the oldest catalogue with this archive said of it; undefined without history, and for a name that is in no commit. */
export async function firstPin(snapshot: Snapshot, file: string): Promise<Pin | undefined> {
  let pins = known.get(snapshot);
  if (!pins) known.set(snapshot, pins = firstPins(snapshot));
  return (await pins).get(file);
}

async function firstPins({ git, commit }: Snapshot): Promise<Map<string, Pin>> {
  const pins = new Map<string, Pin>();
  if (!commit) return pins;
  const states = await git.statesOf(CATALOGUES, commit.hash);
  const texts = await git.blobs(states.map(({ commit, path }) => `${commit.hash}:${path}`));
  for (const [i, { commit }] of states.entries()) {
    for (const [, file, sha256] of new TextDecoder().decode(texts[i]).matchAll(ENTRY)) {
      if (!pins.has(file)) pins.set(file, { sha256, commit });
    }
  }
  return pins;
}

/** A problem, or none. */
export function againstWitness(
  file: string,
  sha256: string | undefined,
  pin: Pin | undefined,
): string[] {
  if (!pin || pin.sha256 === sha256) return [];
  const { commit } = pin;
  return [
    `${file} has SHA-256 ${sha256} in the catalogue, commit ${commit.hash.slice(0, 7)} of ` +
    `${commit.date.slice(0, 10)} first pinned it as ${pin.sha256}: other data need another name`,
  ];
}
