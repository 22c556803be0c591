/**
 * Whether a dvc.lock was cut while DVC wrote it. DVC truncates the file and writes it anew, stage by stage in the order
 * that it had: what a signal or a full disk leaves is its beginning, which may even be YAML that DVC takes for whole.
 */
import { parse } from "yaml";

interface LockedStage {
  readonly cmd?: unknown;
  readonly deps?: unknown;
  readonly params?: unknown;
  readonly outs?: unknown;
}

type Stages = Readonly<Record<string, LockedStage | null>>;

/** In the order in which DVC writes them. */
const SECTIONS = ["cmd", "deps", "params", "outs"] as const;

/**
 * @param text of the file
 * @param whole an earlier text of it, known to be whole
 * @param defined the stages of dvc.yaml, without what follows an @: others may be gone because they were removed
 * @returns how one sees it, to follow "dvc.lock "; undefined for a whole file, and for one that a merge or a person broke
 */
export function lockDamage(
  text: string,
  whole?: string,
  defined?: ReadonlySet<string>,
): string | undefined {
  if (text === whole || /^(<{7}|>{7}) /m.test(text)) return undefined;
  if (text.trim() === "") return "is empty";
  if (!text.endsWith("\n")) return "ends in the middle of a line";
  const stages = lockedStages(text);
  if (typeof stages === "string") return stages;
  const before = whole === undefined ? undefined : lockedStages(whole);
  if (typeof before !== "object") return undefined;
  return missingEnd(stages, before, defined);
}

/** Whether a text is worth keeping: what DVC writes, as far as one can see from it alone. Outputs end a stage. */
export function isWholeLock(text: string): boolean {
  const stages = lockedStages(text);
  if (!text.endsWith("\n") || typeof stages === "string") return false;
  const last = Object.values(stages).at(-1);
  return last === undefined ||
    (Array.isArray(last?.outs) && last.outs.every((out) => isMap(out) && "size" in out));
}

/** @returns how one sees that it is not what DVC writes, or its stages */
function lockedStages(text: string): Stages | string {
  let content: unknown;
  try {
    content = parse(text);
  } catch {
    return "is not YAML";
  }
  if (!isMap(content) || content.schema !== "2.0") return "does not begin with its schema";
  if (!isMap(content.stages)) return "has no stages";
  for (const [name, stage] of Object.entries(content.stages)) {
    if (!isMap(stage) || !stage.cmd) return `ends in the stage ${name}`;
  }
  return content.stages as Stages;
}

/** Of two lists in one order, whether the first stops before the second does. */
function missingEnd(
  stages: Stages,
  before: Stages,
  defined: ReadonlySet<string> | undefined,
): string | undefined {
  const [names, namesBefore] = [Object.keys(stages), Object.keys(before)];
  if (names.some((name, index) => index < namesBefore.length && name !== namesBefore[index])) {
    return undefined;
  }
  const lost = namesBefore.slice(names.length);
  if (lost.some((name) => defined?.has(name.split("@")[0]) ?? true)) {
    return `ends before the stage ${lost[0]}`;
  }
  const last = names.at(-1);
  if (last === undefined || names.length !== namesBefore.length) return undefined;
  return endsEarly(entries(stages[last]), entries(before[last]))
    ? `ends in the stage ${last}`
    : undefined;
}

/** "outs results/model md5" for each line that says something, so that a hash that is not there shows. */
function entries(stage: LockedStage | null): string[] {
  return SECTIONS.flatMap((section) => {
    const value = stage?.[section];
    if (value === undefined || value === null) return [];
    if (!Array.isArray(value)) return [section];
    return value.flatMap((item) =>
      isMap(item)
        ? Object.keys(item).map((key) => `${section} ${item.path} ${key}`)
        : [`${section} ${item}`]
    );
  });
}

function endsEarly(now: string[], before: string[]): boolean {
  return now.length < before.length && now.every((entry, index) => entry === before[index]);
}

// deno-lint-ignore no-explicit-any -- a file that may hold anything
function isMap(value: unknown): value is Record<string, any> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
