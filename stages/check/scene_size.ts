/** Whether the crops of training fit into its scenes, whose size stands in another file. */
import { learningProblems } from "../../pipeline/train/params.ts";
import type { ModelsParams } from "./models_params.ts";
import type { Params } from "./params.ts";

/** @throws {Error} one line for each crop that is larger than the scenes */
export function checkSceneSize(params: Params, { quick_scenes }: ModelsParams): void {
  const problems = (["pretrain", "train"] as const).flatMap((section) =>
    learningProblems(
      section,
      params[section],
      quick_scenes.scene_size,
      "quick_scenes.scene_size of models/params.yaml",
    )
  );
  if (problems.length > 0) throw new Error(`Cannot use params.yaml:\n  ${problems.join("\n  ")}`);
}
