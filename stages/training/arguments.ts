/** The only argument of a training stage: where its scenes are, when not among the splits of `preprocess`. */

/** The help of its program. */
export function trainingUsage(stage: string): string {
  return `Stage ${stage} [FOLDER]. FOLDER has the splits of scenes, results/preprocess unless given. Its parameters are the ` +
    `section "${stage}" of params.yaml,\nits inputs and permissions are named in dvc.yaml, and it writes results/${stage}/.\n` +
    `Run it with: ./run dvc repro ${stage}`;
}

/** @throws {Error} when there is more than one */
export function scenesFolder([folder, ...others]: readonly string[]): string | undefined {
  if (others.length === 0) return folder;
  throw new Error(`One folder of scenes at most can be trained on, got also ${others.join(" ")}.`);
}
