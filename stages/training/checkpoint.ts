/**
 * Checkpoints of a training run, in checkpoints/, outside the outs that DVC empties. The file's name holds the key of
 * params, data, code and adapter: a run with another key starts anew, one with the same key goes on and ends with the
 * same bytes.
 */
import { readSafetensors, writeSafetensors } from "../../pipeline/common/io/safetensors.ts";
import type { TrainProgress } from "../../pipeline/train/train.ts";
import type { TrainerState } from "../../pipeline/train/trainer.ts";
import { writeOutput } from "../common/stage.ts";

export interface Checkpoint {
  readonly state: TrainerState;
  readonly progress: TrainProgress;
}

const FOLDER = "checkpoints";
const KEY_DIGITS = 16;

function pathOf(stage: string, key: string): string {
  return `${FOLDER}/${stage}-${key.slice(0, KEY_DIGITS)}.safetensors`;
}

/** Writes beside and moves into place, so that a crash leaves the checkpoint before. */
export async function saveCheckpoint(
  stage: string,
  key: string,
  { state, progress }: Checkpoint,
): Promise<void> {
  const { step, ...buffers } = state;
  const tensors = Object.entries(buffers).map(([name, data]) =>
    [name, { shape: [data.length], data }] as [string, { shape: number[]; data: Float32Array }]
  );
  const metadata = { key, step: String(step), progress: JSON.stringify(progress) };
  await writeOutput(pathOf(stage, key), writeSafetensors(tensors, metadata));
}

/** The checkpoint of this very run, if there is one. */
export async function loadCheckpoint(stage: string, key: string): Promise<Checkpoint | undefined> {
  const path = pathOf(stage, key);
  let bytes: Uint8Array;
  try {
    bytes = await Deno.readFile(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
  const { tensors, metadata } = readSafetensors(bytes, path);
  if (metadata.key !== key) return undefined;
  const buffer = (name: string) => tensors.get(name)!.data as Float32Array;
  return {
    state: {
      step: Number(metadata.step),
      parameters: buffer("parameters"),
      firstMoments: buffer("firstMoments"),
      secondMoments: buffer("secondMoments"),
    },
    progress: JSON.parse(metadata.progress),
  };
}

/** Removes the checkpoint of a run that is complete. */
export async function removeCheckpoint(stage: string, key: string): Promise<void> {
  await Deno.remove(pathOf(stage, key)).catch((error) => {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  });
}
