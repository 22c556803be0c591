/**
 * A folder in which pretrain and train can run by themselves: the code, whose hash is in the key of checkpoints, tiny
 * parameters and a few packed scenes.
 */
import { createHash } from "node:crypto";
import { basename, dirname, join } from "@std/path";
import { parse, parseDocument } from "yaml";
import { packSplit } from "../../pipeline/common/io/pack.ts";
import type { FramePair } from "../../pipeline/common/io/pair.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { drawScenes } from "../../pipeline/pairs/scenes.ts";
import { tinyProfile } from "../tiny_profile.ts";

const CODE = ["deno.json", "deno.lock", "dvc.yaml", "kernels", "pipeline", "stages"];

/**
 * @param root of the repository
 * @param changes to the tiny parameters, by their path: "pretrain.checkpoint_every"
 */
export async function makeTrainingProject(
  root: string,
  folder: string,
  changes: Readonly<Record<string, number>> = {},
): Promise<void> {
  for (const path of CODE) await copy(join(root, path), join(folder, path));
  const params = parseDocument(tinyProfile(await Deno.readTextFile(join(root, "params.yaml"))));
  for (const [name, value] of Object.entries(changes)) params.setIn(name.split("."), value);
  await Deno.writeTextFile(join(folder, "params.yaml"), params.toString());
  const scenes = [...drawScenes(new Rng(1), { split: "train", count: 3, size: 64 })];
  const framesOnly = scenes.map((
    { flow: _1, flowBackward: _2, occluded: _3, ...rest },
  ): FramePair => rest);
  const splits: Record<string, FramePair[]> = {
    "models/results/quick_scenes/scenes_train": scenes,
    "models/results/quick_scenes/scenes_validation": scenes.slice(0, 2),
    "results/preprocess/real_train": framesOnly,
    "results/preprocess/real_validation": [],
  };
  for (const [place, pairs] of Object.entries(splits)) {
    await packSplit(basename(place), pairs, async (name, bytes) => {
      const path = join(folder, place, name);
      await Deno.mkdir(dirname(path), { recursive: true });
      await Deno.writeFile(path, bytes);
    });
  }
}

/** Program and arguments of a stage, as dvc.yaml gives them. */
export async function stageProgram(folder: string, stage: string): Promise<string[]> {
  const { stages } = parse(await Deno.readTextFile(join(folder, "dvc.yaml")));
  return (stages[stage].cmd as string).trim().split(/\s+/);
}

/** SHA-256 of each file below a stage's results, by its path there; none where the stage has not begun to write. */
export async function outputHashes(folder: string, stage: string): Promise<Map<string, string>> {
  const root = join(folder, "results", stage);
  const hashes = new Map<string, string>();
  const collect = async (path: string) => {
    for await (const { name, isFile } of Deno.readDir(join(root, path))) {
      const inner = join(path, name);
      if (!isFile) await collect(inner);
      else {
        const bytes = await Deno.readFile(join(root, inner));
        hashes.set(inner, createHash("sha256").update(bytes).digest("hex"));
      }
    }
  };
  try {
    await collect(".");
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  return new Map([...hashes].sort(([a], [b]) => a < b ? -1 : 1));
}

/** Names in the folder of checkpoints. @param stage only its own; every one without */
export function checkpointNames(folder: string, stage?: string): string[] {
  return [...Deno.readDirSync(join(folder, "checkpoints"))]
    .flatMap(({ name }) => stage === undefined || name.startsWith(`${stage}-`) ? [name] : []);
}

/**
 * Whether a stage has come to its end, killed or not: an orphan that lost its parent before it could look for it does, and
 * a stage that was about to end anyhow. The next start would find nothing to go on from.
 * @param outputs their paths below the stage's results
 */
export async function isWhole(
  folder: string,
  stage: string,
  outputs: Iterable<string>,
): Promise<boolean> {
  const written = await outputHashes(folder, stage);
  return checkpointNames(folder, stage).length === 0 &&
    [...outputs].every((path) => written.has(path));
}

async function copy(from: string, to: string): Promise<void> {
  if ((await Deno.stat(from)).isFile) return await Deno.copyFile(from, to);
  await Deno.mkdir(to, { recursive: true });
  for await (const { name } of Deno.readDir(from)) await copy(join(from, name), join(to, name));
}
