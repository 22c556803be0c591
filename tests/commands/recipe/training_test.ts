/** Every recipe trains: both stages, two steps each at a reduced size, on archives that look like those that it needs. */
import { assert, assertEquals, assertGreater, assertLess } from "@std/assert";
import { NONE } from "../../../pipeline/common/params/rules.ts";
import { Rng } from "../../../pipeline/common/rng.ts";
import { initialiseWeights } from "../../../pipeline/compute/network/initialise.ts";
import { describePwcLite } from "../../../pipeline/compute/network/pwclite.ts";
import { rampedSmoothness } from "../../../stages/train/params.ts";
import { ofDatasets, SCENES, validationPairs } from "../../../pipeline/train/datasets.ts";
import { changedParams } from "../../../commands/recipe/changes.ts";
import { openRecipes } from "../../../commands/recipe/folder.ts";
import { filesOf, readRecipe } from "../../../commands/recipe/recipe.ts";
import { parseModelsParams } from "../../../stages/check/models_params.ts";
import { type Params, parseParams } from "../../../stages/check/params.ts";
import { framesOf } from "../../train/_frames.ts";
import { startRun } from "../../stages/_training_run.ts";
import { lookAlikeSplits, SCENE_SIZE } from "./_look_alikes.ts";

const WIDTH = 0.0625;
const MODELS = "models/params.yaml";
const folder = openRecipes(".");
const committed = Deno.readTextFileSync("params.yaml");

/** Two steps, the second of which is after every change of the loss. */
function reduced<P extends Params["pretrain"] | Params["train"]>(params: P): P {
  const { later_loss, warmup_steps, occlusion_from_step } = params;
  return {
    ...params,
    steps: Math.min(2, params.steps),
    batch: 2,
    crop: SCENE_SIZE,
    warmup_steps: Math.min(1, warmup_steps),
    occlusion_from_step: Math.min(1, occlusion_from_step),
    later_loss: later_loss === NONE ? NONE : { ...later_loss, from_step: 1 },
    log_every: 1,
    validate_every: 2,
    checkpoint_every: 2,
  };
}

type Weights = ReadonlyMap<string, Float32Array>;

async function trainStage<N extends "pretrain" | "train">(
  name: N,
  params: Params[N],
  { weights, model, splits }: {
    weights: Weights;
    model: Parameters<typeof startRun>[0]["model"];
    splits: Awaited<ReturnType<typeof lookAlikeSplits>>;
  },
) {
  const { real_share: share, validation } = params;
  const scored = validation === SCENES
    ? await splits("scenes_validation")
    : validationPairs(await splits("real_validation"), params, name);
  const drawn = ofDatasets(framesOf(await splits("real_train")), params.real_datasets, name);
  const run = await startRun({
    name,
    params,
    model,
    weights,
    scenes: share < 1 ? framesOf(await splits("scenes_train")) : undefined,
    real: share > 0 ? drawn : undefined,
    validation: scored,
    smoothness: "smoothness" in params ? rampedSmoothness(params) : undefined,
    key: "0123456789abcdef".repeat(4),
  });
  await run.go();
  const { terms, result } = run.trainer;
  // Of the last step, by name.
  const losses = run.progress.lossRows.at(-1)!.losses;
  return {
    weights: await result.read() as Weights,
    losses: Object.fromEntries(terms.map((term, i) => [term, losses[i]])),
    epe: run.progress.validationRows.at(-1)!.epe,
  };
}

function largestChange(before: Weights, after: Weights): number {
  let largest = 0;
  for (const [name, values] of after) {
    const old = before.get(name)!;
    values.forEach((value, i) => largest = Math.max(largest, Math.abs(value - old[i])));
  }
  return largest;
}

/** Pretraining is shared by a recipe and its baseline. */
const pretrained = new Map<string, Promise<Awaited<ReturnType<typeof trainStage>>>>();

for (const name of folder.names) {
  Deno.test(`recipe ${name} trains on data that look like its own`, async () => {
    const recipe = readRecipe(name, folder);
    const experiment = parseParams(changedParams(committed, recipe));
    // Of the general model only scenes are drawn, here those of the experiment.
    const params = filesOf(recipe).includes(MODELS)
      ? {
        ...experiment,
        ...parseModelsParams(changedParams(Deno.readTextFileSync(MODELS), recipe, MODELS)),
        preprocess: experiment.preprocess,
      }
      : experiment;
    const pretrain = reduced(params.pretrain), train = reduced(params.train);
    const splits = await lookAlikeSplits(params);
    const { normalise_features: normaliseFeatures, centre_input: centreInput } = pretrain;
    const model = { width: WIDTH, normaliseFeatures, centreInput };
    // Whatever the recipe's init: with the paper's, flows of an untrained network contradict each other by more than a pixel, so
    // that all of it counts as occluded after the change of the loss.
    const start = initialiseWeights(describePwcLite(WIDTH), "kaiming", new Rng(1));
    const key = JSON.stringify([pretrain, params.download, params.preprocess]);
    pretrained.set(
      key,
      pretrained.get(key) ?? trainStage("pretrain", pretrain, { weights: start, model, splits }),
    );
    const before = await pretrained.get(key)!;
    const moved = largestChange(start, before.weights);
    // Of a published pre-training, pretrain is the initial weights alone.
    if (params.pretrain.steps === 1) assertLess(moved, 1e-9);
    else assertGreater(moved, 1e-5);

    const after = await trainStage("train", train, { weights: before.weights, model, splits });
    assertGreater(largestChange(before.weights, after.weights), 1e-5);
    const { smoothness_loss: smoothness, photometric_loss: photometric } = after.losses;
    assert(photometric > 0 && smoothness > 0, JSON.stringify(after.losses));
    const finetunes = /^(sintel|kitti)-(unrolled|l1)$/.test(name);
    assertEquals((after.losses.second_pass_loss ?? 0) > 0, finetunes);
    assert(Number.isFinite(after.epe) && after.epe > 0);
  });
}
