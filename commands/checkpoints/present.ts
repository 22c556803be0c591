/** The key that a training stage would look for now: of its parameters, data, code and this machine's adapter. */
import type { z } from "zod";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { pretrainSchema } from "../../stages/pretrain/params.ts";
import { trainSchema } from "../../stages/train/params.ts";
import { PRETRAINING } from "../../stages/sweep_cells/own_place.ts";
import { stageKey } from "../../stages/training/inputs.ts";
import type { PresentKey } from "./folder.ts";

interface Training {
  readonly schema: z.ZodObject;
  /** The file of its parameters and their section there. */
  readonly file: string;
  readonly section: string;
  /** The dvc.yaml that has it, and its name there. */
  readonly pipeline?: string;
  readonly stage: string;
}

/** By what their checkpoints are called. */
const TRAININGS: Readonly<Record<string, Training>> = {
  pretrain: { schema: pretrainSchema, file: "params.yaml", section: "pretrain", stage: "pretrain" },
  train: { schema: trainSchema, file: "params.yaml", section: "train", stage: "train" },
  [PRETRAINING.checkpoints]: {
    schema: pretrainSchema,
    file: "sweep/params.yaml",
    section: "pretrain",
    ...PRETRAINING,
  },
};

/** @param name what the checkpoints of the training are called */
export async function presentKey(name: string): Promise<PresentKey> {
  const training = TRAININGS[name];
  if (!training) return { unknown: `there is no training stage ${name}` };
  const { schema, file, section, pipeline, stage } = training;
  try {
    const params = parseSection(await Deno.readTextFile(file), section, schema, { file });
    const gpu = await openGpu(Deno.env.get("DENO_WEBGPU_BACKEND"));
    const { adapter } = gpu;
    gpu.destroy();
    return { key: await stageKey(stage, { params, adapter }, pipeline) };
  } catch (error) {
    // Before its scenes are drawn, or before `pretrain` for train, there is no present run.
    return { unknown: (error as Error).message };
  }
}
