import { photometricL1 } from "../../pipeline/compute/ops/photometric_l1.ts";
import { photometricCheck } from "./_photometric.ts";

export const checkPhotometricL1 = photometricCheck(photometricL1);
