/** The keys of the photometric term, in every section that has one, and what the loss takes of them. */
import type { z } from "zod";
import { number } from "../common/params/rules.ts";
import type { PhotometricSettings } from "./photometric_loss.ts";

export const similarity = {
  w_l1: number(0, 1000),
  w_ssim: number(0, 1000),
  w_census: number(0, 1000),
};

export type SimilarityParams = z.infer<z.ZodObject<typeof similarity>>;

/** The photometric term of a section; occlusion is chosen elsewhere. */
export function similarityOf(params: SimilarityParams): Omit<PhotometricSettings, "occlusion"> {
  return { wL1: params.w_l1, wSsim: params.w_ssim, wCensus: params.w_census };
}

/** A section without any photometric term would learn nothing. @param name of the section */
export function similarityProblems(name: string, params: SimilarityParams): string[] {
  if (params.w_l1 + params.w_ssim + params.w_census > 0) return [];
  return [
    `${name}.w_l1, ${name}.w_ssim and ${name}.w_census must not all be 0: nothing would be learned.`,
  ];
}
