/** Parameters as the library takes them: the sections with a cost share these keys. */
import type {
  PhotometricSettings,
  SmoothnessSettings,
} from "../../pipeline/compute/photometric_loss.ts";
import type { SimilarityParams, SmoothingParams } from "../../pipeline/params.ts";

/** The photometric term of a section; occlusion is chosen elsewhere. */
export function similarityOf(params: SimilarityParams): Omit<PhotometricSettings, "occlusion"> {
  return { wL1: params.w_l1, wSsim: params.w_ssim, wCensus: params.w_census };
}

/** The smoothness under test of a section. */
export function smoothnessOf(params: SmoothingParams): SmoothnessSettings {
  return {
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
  };
}
