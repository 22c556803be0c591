/** Which commit recorded a stage's run: the oldest of those, up to the tree's own, whose dvc.lock says the same. */
import type { Commit } from "./git.ts";
import { type LockedStage, stageText } from "./lock.ts";
import { stageAddress } from "./repository.ts";
import { readText, type Snapshot } from "./snapshot.ts";

/** Commits by stageAddress; a stage whose run is not committed has none. */
export async function recordingCommits(
  snapshot: Snapshot,
  stages: readonly LockedStage[],
): Promise<Map<string, Commit>> {
  const { git, commit } = snapshot;
  const found = new Map<string, Commit>();
  if (!commit) return found;
  for (const lock of new Set(stages.map((stage) => stage.lock))) {
    const current = await readText(snapshot, lock) ?? "";
    const history = await git.history(lock, commit.hash);
    const blobs = await git.blobs(history.map(({ hash }) => `${hash}:${lock}`));
    const texts = blobs.map((blob) => new TextDecoder().decode(blob));
    for (const stage of stages.filter((stage) => stage.lock === lock)) {
      const wanted = stageText(current, stage.name);
      const other = texts.findIndex((text) => stageText(text, stage.name) !== wanted);
      const recorded = history[other < 0 ? history.length - 1 : other - 1];
      if (recorded) found.set(stageAddress(stage), recorded);
    }
  }
  return found;
}
