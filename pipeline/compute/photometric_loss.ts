/**
 * The photometric term of the objective, over four levels (method, section 4) with occlusion (section 5). Both directions
 * are one batch, see network/pwclite.ts. What is added to it is a smoothness term, see smoothness_term.ts.
 */
import { areaDownsamples } from "./ops/area_downsample.ts";
import { weightedMeansOverVisible } from "./ops/mean_over_visible.ts";
import { nearestDownsamples } from "./ops/nearest_downsample.ts";
import { occlusionForwardBackward } from "./ops/occlusion_forward_backward.ts";
import { occlusionSplat } from "./ops/occlusion_splat.ts";
import { photometricCensus } from "./ops/photometric_census.ts";
import { photometricL1 } from "./ops/photometric_l1.ts";
import { photometricSsim } from "./ops/photometric_ssim.ts";
import { swapHalves } from "./ops/swap_halves.ts";
import type { Tape, Value } from "./tape.ts";
import { warp } from "./ops/warp.ts";

/** The coarsest of the five predicted levels has no photometric term. */
const PHOTOMETRIC_LEVELS = 4;

export interface PhotometricSettings {
  readonly wL1: number;
  readonly wSsim: number;
  readonly wCensus: number;
  /** `none` counts every pixel as visible. */
  readonly occlusion: "splat" | "forward_backward" | "none";
}

export interface PhotometricLoss {
  /** [1, 1, 1, 1] */
  readonly total: Value;
  /**
   * What it is the sum of, [levels · terms · 2, 1, 1, 1]: finest level first, of each the weighted terms, of each term half of
   * that of the forward and half of that of the backward direction. Without gradient.
   */
  readonly parts: Value;
  /** [2B, 1, H, W], 1 where a pixel is visible in the other frame. */
  readonly visible: Value;
}

/** Which pixels of each frame are visible in the other one. @param flow [2B, 2, H, W] @returns [2B, 1, H, W] */
export function visibility(
  tape: Tape,
  flow: Value,
  occlusion: PhotometricSettings["occlusion"],
): Value {
  if (occlusion === "splat") return occlusionSplat(tape, flow, { otherHalf: true }).visible;
  if (occlusion === "forward_backward") {
    return occlusionForwardBackward(tape, flow, swapHalves(tape, flow)).visible;
  }
  const [n, , h, w] = flow.shape;
  const visible = tape.persistent("all visible", [n, 1, h, w]);
  tape.write(visible, new Float32Array(n * h * w).fill(1));
  return visible;
}

/**
 * The photometric term.
 * @param images [2B, 3, H, W]
 * @param flows finest first, [2B, 2, H / 2^k, W / 2^k], at least four
 */
export function photometricLoss(
  tape: Tape,
  images: Value,
  flows: readonly Value[],
  settings: PhotometricSettings,
): PhotometricLoss {
  const visible = visibility(tape, flows[0], settings.occlusion);
  const finest = flows.slice(0, PHOTOMETRIC_LEVELS);
  const sizes = finest.map(({ shape: [, , height, width] }) => ({ height, width }));
  const pictures = areaDownsamples(tape, images, sizes);
  const masks = nearestDownsamples(tape, visible, sizes);
  const terms = finest.flatMap((flow, level) => {
    const image = pictures[level], mask = masks[level];
    const warped = warp(tape, image, flow, { otherHalf: true });
    return [
      { weight: settings.wL1, penalty: photometricL1 },
      { weight: settings.wSsim, penalty: photometricSsim },
      { weight: settings.wCensus, penalty: photometricCensus },
    ].filter(({ weight }) => weight > 0).map(({ weight, penalty }) => ({
      map: penalty(tape, image, warped, mask),
      visible: mask,
      weight: weight / 2, // both directions are averaged
    }));
  });
  const { total, means } = weightedMeansOverVisible(tape, terms, { groups: 2 });
  return { total, parts: means, visible };
}
