import { photometricSsim } from "../../pipeline/compute/ops/photometric_ssim.ts";
import { photometricCheck } from "./_photometric.ts";

export const checkPhotometricSsim = photometricCheck(photometricSsim);
