/** The key that a training stage would look for now: of params.yaml, data, code and this machine's adapter. */
import type { z } from "zod";
import { parseSection } from "../../pipeline/common/params/parse.ts";
import { openGpu } from "../../pipeline/compute/gpu/device.ts";
import { pretrainSchema } from "../../stages/pretrain/params.ts";
import { trainSchema } from "../../stages/train/params.ts";
import { stageKey } from "../../stages/training/inputs.ts";
import type { PresentKey } from "./folder.ts";

const SCHEMAS: Readonly<Record<string, z.ZodObject>> = {
  pretrain: pretrainSchema,
  train: trainSchema,
};

export async function presentKey(stage: string): Promise<PresentKey> {
  const schema = SCHEMAS[stage];
  if (!schema) return { unknown: `there is no training stage ${stage}` };
  try {
    const params = parseSection(await Deno.readTextFile("params.yaml"), stage, schema);
    const gpu = await openGpu();
    const { adapter } = gpu;
    gpu.destroy();
    return { key: await stageKey(stage, { params, adapter }) };
  } catch (error) {
    // Before `preprocess` has run, or before `pretrain` for train, there is no present run.
    return { unknown: (error as Error).message };
  }
}
