/** The network that pretraining starts from: drawn weights, and the settings that stay with it. */
import type { z } from "zod";
import { Rng } from "../../pipeline/common/rng.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import type { Model } from "../../pipeline/compute/network/model_file.ts";
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import type { pretrainSchema } from "./params.ts";

/** @param params section pretrain, whose seed draws the weights */
export function initialModel(params: z.infer<typeof pretrainSchema>): Model {
  const { width, init, seed } = params;
  return {
    settings: {
      width,
      normaliseFeatures: params.normalise_features,
      centreInput: params.centre_input,
    },
    weights: initialiseWeights(describePwcLite(width), init, new Rng(seed).fork("weights")),
    madeBy: {},
  };
}
