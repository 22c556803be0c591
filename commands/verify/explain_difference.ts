/** Says in words how two runs of stages differ: in what they wrote (`culprits` finds these stages), and in what they read. */
import { isCodeFolder } from "../lineage/check.ts";
import { codeFolder, describeChanges } from "../lineage/code_folder.ts";
import type { LockedStage } from "../lineage/lock.ts";
import type { Snapshot } from "../lineage/snapshot.ts";
import { type Culprit, type DifferingFile, outputBytes, type StageRun } from "./lock_difference.ts";

/** Two runs as people call them, each after "in" and before "has". */
export type RunNames = readonly [first: string, second: string];

const RUNS: RunNames = ["the first run", "the second run"];
const FILES_SHOWN = 8;
const LINE_WIDTH = 100;
/** Shown of a long line before the first character that differs. */
const LEADING = 40;

/** Lines of text, the stage that ran first at the top. */
export async function explainCulprits(
  found: readonly Culprit[],
  names = RUNS,
): Promise<string[]> {
  const lines: string[] = [];
  for (const [i, culprit] of found.entries()) {
    const which = i === 0 ? "The first stage" : "Another stage";
    lines.push(`${which} with equal inputs and unequal outputs: ${culprit.stage}`);
    const files = await explainFiles(culprit.files, culprit, names);
    lines.push(...files.map((line) => `  ${line}`));
  }
  return lines;
}

/** A line for each file of a stage that was run twice, up to a number. */
export async function explainFiles(
  files: readonly DifferingFile[],
  runs: { readonly first: StageRun; readonly second: StageRun },
  names: RunNames,
): Promise<string[]> {
  const lines: string[] = [];
  for (const file of files.slice(0, FILES_SHOWN)) {
    lines.push(`${file.path}: ${await firstDifference(runs, file, names)}`);
  }
  if (files.length > FILES_SHOWN) lines.push(`and ${files.length - FILES_SHOWN} files more`);
  return lines;
}

async function firstDifference(
  { first, second }: { readonly first: StageRun; readonly second: StageRun },
  { path, md5, other }: DifferingFile,
  names: RunNames,
): Promise<string> {
  if (other === undefined) return `only ${names[1]} has it`;
  if (md5 === "absent") return `only ${names[0]} has it`;
  const [a, b] = [await outputBytes(first, path), await outputBytes(second, path)];
  if (!a || !b) return `md5 ${other} in ${names[0]} and ${md5} in ${names[1]}`;
  if (isSame(a, b)) {
    return `the same bytes, recorded as md5 ${other} in ${names[0]} and ${md5} in ${names[1]}`;
  }
  return describeDifference(a, b, names);
}

function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}

/** Where two contents part, for text with the line of each. */
export function describeDifference(
  first: Uint8Array,
  second: Uint8Array,
  names = RUNS,
): string {
  const at = first.findIndex((byte, i) => byte !== second[i]);
  const position = at < 0 ? first.length : at;
  const texts = [first, second].map(asText);
  if (texts.every((text) => text !== undefined)) {
    const before = new TextDecoder().decode(first.subarray(0, position)).split("\n");
    const column = before.at(-1)!.length;
    const [a, b] = texts.map((text) => {
      const line = text.split("\n")[before.length - 1];
      return line === undefined ? "(end of file)" : excerpt(line, column);
    });
    return `line ${before.length} is "${a}" in ${names[0]} and "${b}" in ${names[1]}`;
  }
  const sizes = first.length === second.length
    ? `${first.length} bytes each`
    : `${first.length} and ${second.length} bytes`;
  return `differs from byte ${position} on, ${sizes}`;
}

function asText(bytes: Uint8Array): string | undefined {
  if (bytes.includes(0)) return undefined;
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** The part of a line around a column. */
function excerpt(line: string, column: number): string {
  const start = column > LINE_WIDTH - LEADING ? column - LEADING : 0;
  const text = line.slice(start).trim();
  const shown = text.length > LINE_WIDTH ? `${text.slice(0, LINE_WIDTH)}…` : text;
  return start > 0 ? `…${shown}` : shown;
}

/** The run of a pipeline, or of some stages of one. */
export interface Run {
  readonly snapshot: Snapshot;
  readonly stages: readonly LockedStage[];
}

/** Stages whose inputs are not those of the committed run for another reason than the outputs of a stage that ran again. */
export async function explainStale(committed: Run, again: Run): Promise<string[]> {
  const made = again.stages.flatMap(({ outs }) => outs.map(({ path }) => path));
  const lines: string[] = [];
  for (const { name, deps } of again.stages) {
    const before = committed.stages.find((stage) => stage.name === name)?.deps ?? [];
    const changed: string[] = [];
    for (const { path, md5 } of deps) {
      if (made.some((out) => path === out || path.startsWith(`${out}/`))) continue;
      const recorded = before.find((dep) => dep.path === path);
      if (recorded?.md5 === md5) continue;
      const files = recorded && isCodeFolder(recorded)
        ? `: ${describeChanges(await codeFolder(again.snapshot, recorded))}`
        : "";
      changed.push(path + files);
    }
    if (changed.length > 0) {
      const paths = changed.join("; ");
      lines.push(`Stage ${name} has other inputs than dvc.lock says (see the step lock): ${paths}`);
    }
  }
  return lines;
}
