/** Section train of params.yaml. */
import { section } from "../../pipeline/common/params/rules.ts";
import { smoothing } from "../../pipeline/smoothness/params.ts";
import { learning } from "../../pipeline/train/params.ts";

export const trainSchema = section({ ...learning, ...smoothing });
