/**
 * Stage pretrain: PWC-Lite learns to match at all, from scratch, by the photometric term alone (method, sections 3, 4).
 */
import { describePwcLite } from "../../pipeline/compute/network/pwclite.ts";
import { initialiseWeights } from "../../pipeline/compute/network/initialise.ts";
import { Rng } from "../../pipeline/common/rng.ts";
import { readSection, runStage } from "../common/stage.ts";
import { runTraining } from "../training/training.ts";
import { pretrainSchema } from "./params.ts";

await runStage("pretrain", async () => {
  const params = await readSection("pretrain", pretrainSchema);
  await runTraining({
    name: "pretrain",
    params,
    start: {
      settings: {
        width: params.width,
        normaliseFeatures: params.normalise_features,
        centreInput: params.centre_input,
      },
      weights: initialiseWeights(
        describePwcLite(params.width),
        params.init,
        new Rng(params.seed).fork("weights"),
      ),
      madeBy: {},
    },
  });
});
