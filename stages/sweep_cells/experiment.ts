/**
 * What the cells of a sweep are cells of. sweep/params.yaml may have an experiment of its own, whose scenes and pretrained
 * weights other stages of sweep/dvc.yaml make; where it has none, its cells go on from those of params.yaml.
 */
import { declared } from "../../pipeline/common/io/made_by.ts";
import { readSection, SPLITS } from "../common/stage.ts";
import { trainSchema } from "../train/params.ts";
import { TRAIN_KEYS } from "./declared.ts";
import { parseExperiment, type TrainKeys } from "./experiment_params.ts";
import { PRETRAINING, SCENES } from "./own_place.ts";

export interface Experiment {
  /** What of the section train all cells share. */
  readonly train: TrainKeys;
  /** The folder of the splits of scenes. */
  readonly scenes: string;
  /** Of the weights that all cells go on from. */
  readonly pretrained: string;
}

/** @param content of sweep/params.yaml @throws {Error} when that, or section train of params.yaml, is not as it should be */
export async function experimentOf(content: Uint8Array): Promise<Experiment> {
  const own = parseExperiment(content);
  const train: TrainKeys = own?.train ?? await readSection("train", trainSchema);
  return {
    // Of either file in the same order, in which outputs have it.
    train: declared(train, TRAIN_KEYS),
    scenes: own ? SCENES : SPLITS,
    pretrained: own
      ? `${PRETRAINING.results}/model.safetensors`
      : "results/pretrain/model.safetensors",
  };
}
