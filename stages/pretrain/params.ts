/** Section pretrain of params.yaml. */
import { choice, flag, number, section } from "../../pipeline/common/params/rules.ts";
import { learning } from "../../pipeline/train/params.ts";

export const pretrainSchema = section({
  ...learning,
  width: number(0.0625, 4),
  init: choice("kaiming", "default"),
  normalise_features: flag(),
  centre_input: flag(),
});
