import { photometricCensus } from "../../pipeline/compute/ops/photometric_census.ts";
import { photometricCheck } from "./_photometric.ts";

export const checkPhotometricCensus = photometricCheck(photometricCensus);
