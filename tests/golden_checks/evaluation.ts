import { DatasetScores, PairScorer, type Scores } from "../../pipeline/score/metrics.ts";
import { endPointErrors } from "../../pipeline/score/metrics/errors.ts";
import type { NamedTensor } from "../../pipeline/common/io/safetensors.ts";
import { type GoldenCheck, shape4 } from "./_golden.ts";

/** What the evaluator calls each score of the whole set. */
const SET_SCORES: Record<string, string> = {
  epe_pooled: "epe_px",
  epe_noc_pooled: "epe_noc_px",
  epe_occ_pooled: "epe_occ_px",
  fl_pooled_pct: "fl_all_pct",
  fl_noc_pooled_pct: "fl_noc_pct",
  epe_image_mean: "epe_image_mean_px",
  epe_noc_image_mean: "epe_noc_image_mean_px",
  epe_occ_image_mean: "epe_occ_image_mean_px",
  fl_image_mean_pct: "fl_all_image_mean_pct",
};

const IMAGE_SCORES: Record<string, string> = {
  per_image_epe: "epe_px",
  per_image_epe_noc: "epe_noc_px",
  per_image_epe_occ: "epe_occ_px",
  per_image_fl_pct: "fl_all_pct",
};

/** The evaluator computes on the host: no kernel takes part. */
export const checkEvaluation: GoldenCheck = (_gpu, golden) => {
  const truth = golden.input("flow_true"), prediction = golden.input("flow_predicted");
  const [images, , height, width] = shape4(truth);
  const known = new DatasetScores(), everywhere = new DatasetScores();
  const perImage: Scores[] = [], errors: number[] = [];
  for (let image = 0; image < images; image++) {
    const flow = interleaved(truth, image), predicted = interleaved(prediction, image);
    const valid = mask(golden.input("valid"), image);
    const occluded = mask(golden.input("noc"), image).map((noc) => 1 - noc);
    const pair = { width, height, flow };
    perImage.push(known.add(new PairScorer({ ...pair, valid, occluded }).tally(predicted)));
    everywhere.add(new PairScorer(pair).tally(predicted));
    errors.push(...endPointErrors(predicted, flow));
  }
  const results = new Map<string, ArrayLike<number>>([
    ["epe_map", errors],
    ["epe_all_pixels_image_mean", [everywhere.scores().epe_image_mean_px]],
  ]);
  for (const [key, score] of Object.entries(SET_SCORES)) results.set(key, [known.scores()[score]]);
  for (const [key, score] of Object.entries(IMAGE_SCORES)) {
    results.set(key, perImage.map((scores) => scores[score]));
  }
  return Promise.resolve(results);
};

/** One image of [N, 2, H, W] as [H, W, 2]. */
function interleaved(flow: NamedTensor, image: number): Float32Array {
  const [, , height, width] = shape4(flow);
  const pixels = height * width;
  return Float32Array.from(
    { length: 2 * pixels },
    (_, i) => flow.data[(2 * image + i % 2) * pixels + (i >> 1)],
  );
}

/** One image of [N, 1, H, W]. */
function mask(tensor: NamedTensor, image: number): Uint8Array {
  const [, , height, width] = shape4(tensor);
  return Uint8Array.from(tensor.data.slice(image * height * width, (image + 1) * height * width));
}
