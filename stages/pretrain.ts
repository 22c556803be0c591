/**
 * Stage pretrain: PWC-Lite learns to match at all, from scratch, by the photometric term alone (method, sections 3, 4).
 */
import { describePwcLite } from "../pipeline/model/pwclite.ts";
import { initialiseWeights } from "../pipeline/model/initialise.ts";
import { Rng } from "../pipeline/rng.ts";
import { readSection, runStage } from "./_stage.ts";
import { NO_SMOOTHNESS, runTraining } from "./_training.ts";

await runStage("pretrain", async () => {
  const params = await readSection("pretrain");
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
    smoothness: NO_SMOOTHNESS,
  });
});
