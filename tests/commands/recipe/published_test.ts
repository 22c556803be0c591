/** Every recipe against the schemas, and the constants of the paper, of its code and of ARFlow, which stand here once more. */
import { assert, assertEquals } from "@std/assert";
import { changedParams } from "../../../commands/recipe/changes.ts";
import { openRecipes } from "../../../commands/recipe/folder.ts";
import { filesOf, PARAMS, readRecipe } from "../../../commands/recipe/recipe.ts";
import { NONE } from "../../../pipeline/common/params/rules.ts";
import { cellsOf } from "../../../pipeline/smoothness/cells.ts";
import { parseModelsParams } from "../../../stages/check/models_params.ts";
import { type Params, parseParams } from "../../../stages/check/params.ts";
import { parseSweepParams } from "../../../stages/sweep_cells/params.ts";

const folder = openRecipes(".");
const committed = Deno.readTextFileSync("params.yaml");

function paramsOf(name: string): Params {
  return parseParams(changedParams(committed, readRecipe(name, folder)));
}

Deno.test("there is a recipe for each published setting and its L1 baseline, and for the claim", () => {
  assertEquals(folder.names, [
    "chairs-l1",
    "chairs-unrolled",
    "claim",
    "claim-quick",
    "kitti-l1",
    "kitti-raw-l1",
    "kitti-raw-unrolled",
    "kitti-unrolled",
    "sintel-l1",
    "sintel-raw-l1",
    "sintel-raw-unrolled",
    "sintel-unrolled",
  ]);
});

Deno.test("every part is extended by a recipe", () => {
  const texts = folder.names.map((name) => Deno.readTextFileSync(`recipes/${name}.yaml`));
  const parts = [...Deno.readDirSync("recipes/parts")].map(({ name }) => name);
  assertEquals(parts.sort(), ["fine-tuning.yaml", "pretraining.yaml", "published.yaml"]);
  for (const part of ["fine-tuning", "pretraining"]) {
    assert(texts.some((text) => text.includes(`\nextends: parts/${part}\n`)), part);
  }
});

Deno.test("every recipe for a file decides the same parameters, so that one after another leaves nothing of the first", () => {
  const keysOf = (name: string) => [...readRecipe(name, folder).params.keys()].sort();
  const kinds = Map.groupBy(folder.names, (name) => filesOf(readRecipe(name, folder)).join());
  assertEquals(kinds.size, 2);
  for (const [first, ...others] of kinds.values()) {
    for (const name of others) assertEquals(keysOf(name), keysOf(first), `${name} and ${first}`);
  }
});

/** rho = lambda, alpha and order of the unrolled cost; crop; sources. */
const SMOOTHNESS: Readonly<Record<string, [number, number, "1st" | "2nd"]>> = {
  "sintel-raw-unrolled": [0.1, 10, "1st"],
  "sintel-unrolled": [0.1, 50, "1st"],
  "kitti-raw-unrolled": [0.005, 150, "2nd"],
  "kitti-unrolled": [0.001, 150, "2nd"],
  "chairs-unrolled": [0.1, 10, "1st"],
};

for (const [name, [rho, alpha, order]] of Object.entries(SMOOTHNESS)) {
  Deno.test(`${name} has the smoothness of the paper, and its baseline differs in nothing else`, () => {
    const { train, ...others } = paramsOf(name);
    assertEquals({
      smoothness: train.smoothness,
      unroll_iterations: train.unroll_iterations,
      rho: train.rho,
      lambda: train.lambda,
      eta: train.eta,
      edge_alpha: train.edge_alpha,
      order: train.order,
      border: train.border,
      stop_gradient: train.stop_gradient,
      w_smooth: train.w_smooth,
      w_smooth_ramp_steps: train.w_smooth_ramp_steps,
    }, {
      smoothness: "unrolled",
      unroll_iterations: 1,
      rho,
      lambda: rho,
      eta: 1,
      edge_alpha: alpha,
      order,
      border: "zero",
      stop_gradient: false,
      w_smooth: 1,
      w_smooth_ramp_steps: 0,
    });
    const { train: baseline, ...baselineOthers } = paramsOf(name.replace("unrolled", "l1"));
    const w_smooth = order === "1st" ? 50 : 75;
    assertEquals(baseline, { ...train, smoothness: "l1", w_smooth, edge_alpha: 10 });
    assertEquals(baselineOthers, others);
  });

  Deno.test(`${name} has the network and the optimiser of the paper in both stages`, () => {
    const { pretrain, train, evaluate } = paramsOf(name);
    const { width, init, normalise_features, centre_input } = pretrain;
    assertEquals(
      { width, init, normalise_features, centre_input },
      { width: 1, init: "default", normalise_features: false, centre_input: false },
    );
    assertEquals(train.learning_rate, 2e-4);
    const crop = { sintel: [384, 832], kitti: [256, 832], chairs: [384, 448] }[name.split("-")[0]];
    for (const section of [pretrain, train]) {
      assertEquals([section.batch, section.real_share, section.crop], [8, 1, crop]);
      assertEquals([section.weight_decay, section.gradient_clip], [1e-6, 1e6]);
      assertEquals([section.learning_rate_schedule, section.warmup_steps], ["constant", 0]);
      assertEquals([section.average_decay, section.occlusion_from_step], [0, 0]);
      assertEquals(section.occlusion_pass, NONE);
    }
    assertEquals(evaluate.real_scale, 1);
  });
}

const L1_AND_SSIM = [0.15, 0.85, 0, "splat"], CENSUS = [0, 0, 1, "forward_backward"];

function lossOf(
  { w_l1, w_ssim, w_census, occlusion }: Pick<
    Params["train"],
    "w_l1" | "w_ssim" | "w_census" | "occlusion"
  >,
) {
  return [w_l1, w_ssim, w_census, occlusion];
}

/** A group that is on. */
function on<T extends object>(group: T | typeof NONE): T {
  assert(group !== NONE);
  return group;
}

for (const name of ["sintel-raw-unrolled", "kitti-raw-unrolled", "chairs-unrolled"]) {
  Deno.test(`${name}: L1 and SSIM, census from epoch 50 of 1,000 steps on, and nothing more`, () => {
    const { pretrain, train } = paramsOf(name);
    const later = on(train.later_loss);
    assertEquals([train.steps, later.from_step], [1_000_000, 50_000]);
    assertEquals([lossOf(train), lossOf(later)], [L1_AND_SSIM, CENSUS]);
    assertEquals([train.second_pass, train.augmentation], [NONE, NONE]);
    // The initial weights alone.
    assertEquals([pretrain.steps, pretrain.later_loss], [1, NONE]);
    assertEquals([pretrain.second_pass, pretrain.augmentation], [NONE, NONE]);
  });
}

for (const name of ["sintel-unrolled", "kitti-unrolled"]) {
  Deno.test(`${name}: pre-training but for its smoothness, then census alone with a second pass`, () => {
    const { pretrain, train } = paramsOf(name);
    const later = on(pretrain.later_loss);
    assertEquals([pretrain.steps, later.from_step], [1_000_000, 50_000]);
    assertEquals([lossOf(pretrain), lossOf(later)], [L1_AND_SSIM, CENSUS]);
    assertEquals([pretrain.learning_rate, pretrain.second_pass], [2e-4, NONE]);
    assertEquals([train.steps, train.later_loss, pretrain.augmentation], [1_000_000, NONE, NONE]);
    assertEquals(lossOf(train), CENSUS);
    const { passes, brightness, contrast, saturation, hue, gamma, blur, noise: grain } = on(
      train.augmentation,
    );
    const strong = name === "sintel-unrolled" ? 0.5 : 0;
    assertEquals([passes, brightness, hue, blur, grain], ["second", 0.5, 0, 1.5, 0]);
    assertEquals([contrast, saturation, gamma], [strong, strong, strong]);
    const { w_ar, epsilon, exponent, from_step, ramp_steps, noise } = on(train.second_pass);
    assertEquals([from_step, ramp_steps, noise], [0, 0, 0.04]);
    const weights = { "sintel-unrolled": [0.01, 0, 1], "kitti-unrolled": [0.12, 0.01, 0.4] };
    assertEquals([w_ar, epsilon, exponent], weights[name as keyof typeof weights]);
  });
}

/** Of configs/sintel_ft_ar.json and kitti15_ft_ar.json: angles in radians, translations in sides. */
const TRANSFORMS = {
  "sintel-unrolled": { zoom: [1, 1.5, 0.985, 1.015], rotate: [0.2, 0.015], trans: [0.2, 0.015] },
  "kitti-unrolled": { zoom: [1, 1.4, 0.99, 1.01], rotate: [0.01, 0.01], trans: [0.04, 0.005] },
};

for (const [name, { zoom, rotate, trans }] of Object.entries(TRANSFORMS)) {
  Deno.test(`${name} transforms the pictures of the second pass as ARFlow does`, () => {
    const pass = on(paramsOf(name).train.second_pass);
    const rounded = (value: number) => Number(value.toFixed(4));
    assertEquals([pass.zoom_least, pass.zoom_most], zoom.slice(0, 2));
    assertEquals([1 - pass.relative_zoom, 1 + pass.relative_zoom].map(rounded), zoom.slice(2));
    const degrees = [pass.rotation_degrees, pass.relative_rotation_degrees];
    assertEquals(degrees.map((value) => rounded(value * Math.PI / 180)), rotate);
    // There a range is all of a side from the left to the right end, here a half of it to both sides.
    assertEquals([2 * pass.translation, 2 * pass.relative_translation].map(rounded), trans);
  });
}

Deno.test("stages draw from the data that the setting names", () => {
  const names = folder.names.filter((name) => filesOf(readRecipe(name, folder)).includes(PARAMS));
  const drawn = names.map((name) => {
    const { download, pretrain, train, preprocess } = paramsOf(name);
    const datasets = [pretrain, train].map(({ real_datasets }) => real_datasets.join());
    return [name, download.sources.join(), ...datasets, train.validation, preprocess.holdout];
  });
  const movie = "sintel,frames", drives = "kitti_raw,kitti2015";
  const multiview = `${drives},kitti2015_multiview`;
  const chairs = ["flyingchairs", "flyingchairs", "flyingchairs", "flyingchairs", "usual"];
  const raw = ["frames", "frames", "sintel_final", "usual"];
  const sintel = ["frames", "sintel_clean,sintel_final", "sintel_final", "share"];
  const kitti = ["kitti_raw", "kitti2015_multiview", "kitti2015", "share"];
  const kittiRaw = ["kitti_raw", "kitti_raw", "kitti2015", "share"];
  assertEquals(drawn, [
    ["chairs-l1", ...chairs],
    ["chairs-unrolled", ...chairs],
    ["kitti-l1", multiview, ...kitti],
    ["kitti-raw-l1", drives, ...kittiRaw],
    ["kitti-raw-unrolled", drives, ...kittiRaw],
    ["kitti-unrolled", multiview, ...kitti],
    ["sintel-l1", movie, ...sintel],
    ["sintel-raw-l1", movie, ...raw],
    ["sintel-raw-unrolled", movie, ...raw],
    ["sintel-unrolled", movie, ...sintel],
  ]);
});

Deno.test("claim is the general model's experiment at width 1, its cells those of the claim, and claim-quick a part of it", () => {
  const paramsOf = (name: string) => {
    const recipe = readRecipe(name, folder);
    assertEquals(filesOf(recipe), ["models/params.yaml", "models/sweep/params.yaml"]);
    const [models, sweep] = filesOf(recipe)
      .map((file) => changedParams(Deno.readTextFileSync(file), recipe, file));
    return { models: parseModelsParams(models), sweep: parseSweepParams(sweep).train_cells };
  };
  const names = ["scenes_train", "largest_motion_px", "width", "steps", "batch", "crop"];
  const others = [...names, "learning_rate", "checkpoint_every", "log_every", "validate_every"];
  const withoutSizes = (params: object) =>
    JSON.stringify(params, (key, value) => others.includes(key) ? undefined : value);
  const { models, sweep } = paramsOf("claim");
  const general = parseModelsParams(Deno.readTextFileSync("models/params.yaml"));
  assertEquals(withoutSizes(models), withoutSizes(general));
  const { preprocess, pretrain } = models;
  assertEquals([pretrain.width, preprocess.scenes_train, preprocess.largest_motion_px], [
    1,
    20_000,
    32,
  ]);
  const cells = cellsOf(sweep);
  assertEquals(cells.map(({ name }) => name), [
    "l1",
    "tv",
    "unrolled_T0",
    "unrolled_T1",
    "unrolled_T3",
  ]);
  assertEquals(sweep.seeds.length, 3);
  for (const { smoothness } of cells) assertEquals(sweep.weights[smoothness].length, 3, smoothness);
  const quick = paramsOf("claim-quick");
  assertEquals(withoutSizes(quick.models), withoutSizes(models));
  assertEquals(quick.sweep, sweep);
  const { train } = quick.models;
  assertEquals([quick.models.pretrain.steps, train.steps, train.crop], [6000, 300, 64]);
});

Deno.test("the experiment is the general model's with fewer steps and scenes", () => {
  const general = parseModelsParams(Deno.readTextFileSync("models/params.yaml"));
  const { pretrain, train } = parseParams(committed);
  const { quick_scenes, preprocess } = general;
  assertEquals([quick_scenes.scenes_train, pretrain.steps, train.steps], [4000, 2000, 1000]);
  const fewer = ["steps", "scenes_train", "scenes_test", "validate_every"];
  const rest = (params: object) => Object.entries(params).filter(([key]) => !fewer.includes(key));
  assertEquals(rest(pretrain), rest(general.pretrain));
  assertEquals(rest(train), rest(general.train));
  assertEquals(rest(quick_scenes), rest(preprocess));
});
