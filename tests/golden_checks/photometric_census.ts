import { photometricCensus } from "../../pipeline/ops/photometric_census.ts";
import { photometricCheck } from "./_photometric.ts";

export const checkPhotometricCensus = photometricCheck(photometricCensus);
