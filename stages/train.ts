/**
 * Stage train: goes on from the pretrained weights with the smoothness under test (method, sections 1 and 2).
 */
import { readModel } from "../pipeline/model_file.ts";
import { readSection, runStage } from "./_stage.ts";
import { runTraining } from "./_training.ts";

const PRETRAINED = "results/pretrain/model.safetensors";

await runStage("train", async () => {
  const params = await readSection("train");
  await runTraining({
    name: "train",
    params,
    start: readModel(await Deno.readFile(PRETRAINED), PRETRAINED),
    smoothness: {
      smoothness: params.smoothness,
      unrollIterations: params.unroll_iterations,
      rho: params.rho,
      lambda: params.lambda,
      eta: params.eta,
      edgeAlpha: params.edge_alpha,
      order: params.order,
      border: params.border,
      stopGradient: params.stop_gradient,
      wSmooth: params.w_smooth,
    },
  });
});
